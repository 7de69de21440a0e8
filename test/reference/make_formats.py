"""Small NIfTI and DICOM files written by nibabel and pydicom, and what those packages read from them (formats/).

Values, sizes and transforms come from formulas, so the same scripts give the same bytes. Run by itself:
    python3 make_formats.py
"""

import gzip
import itertools
import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.pixel_data_handlers.rle_handler import rle_encode_frame
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

FOLDER = Path(__file__).parent / "formats"
SHAPE = (4, 3, 2)


def numbers(shape, low, high):
    """Values that run through [low, high] in an order that no flip or transposition keeps."""
    steps = np.arange(np.prod(shape), dtype=np.float64) * 0.6180339887498949 % 1.0
    return (low + np.floor(steps * (high - low))).reshape(shape)


def rotation(axis, degrees):
    """Rodrigues' formula."""
    axis = np.asarray(axis, np.float64) / np.linalg.norm(axis)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle = np.deg2rad(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def affine_of(matrix, zooms, origin):
    affine = np.eye(4)
    affine[:3, :3] = matrix * np.asarray(zooms)
    affine[:3, 3] = origin
    return affine


OBLIQUE = affine_of(rotation((1, 2, 3), 20) @ np.diag([-1, -1, 1]), (0.75, 0.8, 2.5), (-120.5, 80.25, -310.0))
LEFT_HANDED = affine_of(np.array([[0, 0, -1], [-1, 0, 0], [0, 1, 0]]) @ np.diag([1, 1, -1.0]), (1, 1.5, 2), (10, -20, 30))


def nifti_image(dtype, affine=OBLIQUE, cls=nib.Nifti1Image, endian="<", form="both", slope=None, shape=SHAPE):
    low, high = (-1000, 2000) if np.dtype(dtype).kind in "if" and dtype != "int8" else (0, 120)
    data = numbers(shape, low, high).astype(dtype)
    header = cls.header_class(endianness=endian)
    header.set_data_dtype(np.dtype(dtype).newbyteorder(endian))
    image = cls(data, None, header)
    if slope:
        image.header.set_slope_inter(*slope)
    if form in ("both", "sform"):
        image.set_sform(affine, code=2)
    if form in ("both", "qform"):
        image.set_qform(affine, code=1)
    if form == "none":
        image.header.set_zooms((1.5, 2.0, 2.5))
        image.header["qform_code"] = image.header["sform_code"] = 0
    return image


def nifti_bytes(image):
    return image.to_bytes()


def raw_scaled(dtype, slope, **options):
    """Stored integers with a slope and intercept in the header, the integers untouched."""
    image = nifti_image(dtype, **options)
    blob = bytearray(nifti_bytes(image))
    order = image.header.endianness
    blob[112:120] = np.array(slope, f"{order}f4").tobytes()
    return bytes(blob)


def nifti_files():
    for dtype in ("uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"):
        yield f"{dtype}.nii", nifti_bytes(nifti_image(dtype))
        yield f"{dtype}-big-endian.nii", nifti_bytes(nifti_image(dtype, endian=">"))
    yield "qform.nii", nifti_bytes(nifti_image("int16", form="qform"))
    yield "qform-left-handed.nii", nifti_bytes(nifti_image("int16", LEFT_HANDED, form="qform"))
    yield "sform.nii", nifti_bytes(nifti_image("int16", LEFT_HANDED, form="sform"))
    yield "no-transform.nii", nifti_bytes(nifti_image("int16", form="none"))
    yield "nifti2.nii", nifti_bytes(nifti_image("int16", cls=nib.Nifti2Image))
    yield "nifti2-big-endian.nii", nifti_bytes(nifti_image("float32", cls=nib.Nifti2Image, endian=">"))
    yield "four-dimensions.nii", nifti_bytes(nifti_image("int16", shape=(*SHAPE, 1)))
    yield "slope-integral.nii", raw_scaled("int16", (2, -24))
    yield "slope.nii", raw_scaled("uint8", (0.5, -10.25))
    yield "slope-big-endian.nii", raw_scaled("uint16", (0.25, 3), endian=">")
    extended = nifti_image("int16")
    extended.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"an extension moves the voxels"))
    yield "extension.nii", nifti_bytes(extended)
    whole = nifti_bytes(nifti_image("int16"))
    yield "gzip.nii.gz", gzip.compress(whole, mtime=0)
    cut = len(whole) // 2
    yield "gzip-members.nii.gz", b"".join(gzip.compress(part, mtime=0) for part in (whole[:200], whole[200:cut], whole[cut:]))


def refused_nifti_files():
    yield "complex.nii", nifti_bytes(nib.Nifti1Image(np.ones(SHAPE, np.complex64), OBLIQUE)), "complex"
    rgb = np.zeros(SHAPE, np.dtype([("R", "u1"), ("G", "u1"), ("B", "u1")]))
    yield "rgb.nii", nifti_bytes(nib.Nifti1Image(rgb, OBLIQUE)), "colours"
    yield "several.nii", nifti_bytes(nifti_image("int16", shape=(*SHAPE, 5))), "4 × 3 × 2 × 5"
    yield "flat.nii", nifti_bytes(nifti_image("int16", shape=(4, 3))), "4 × 3"


def summary(image):
    """Header facts and, x fastest, all values."""
    data = np.asanyarray(image.dataobj, dtype=np.float64)
    data = data.reshape(data.shape[:3])
    return {
        "size": list(data.shape),
        "affine": image.affine.ravel().tolist(),
        "axisCodes": "".join(nib.aff2axcodes(image.affine)),
        "values": data.ravel(order="F").tolist(),
    }


def canonical_cases():
    """All 48 orders and flips of the axes, each turned by a bit and sheared by less."""
    cases = []
    for turn, (order, signs) in enumerate(itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))):
        permutation = np.zeros((3, 3))
        permutation[list(order), range(3)] = signs
        matrix = rotation((1 + turn % 3, 2 - turn % 5, 1.5), 0.5 * turn) @ permutation
        matrix[:, 2] += 0.1 * matrix[:, turn % 2]
        shape = (3, 4, 5)
        affine = affine_of(matrix, (0.5, 0.75, 2.0), (turn, -2 * turn, 100 - turn))
        data = np.arange(np.prod(shape)).reshape(shape, order="F").astype(np.int16)
        canonical = nib.as_closest_canonical(nib.Nifti1Image(data, affine))
        cases.append(
            {
                "affine": affine.ravel().tolist(),
                "axisCodes": "".join(nib.aff2axcodes(affine)),
                "canonicalSize": list(canonical.shape),
                "canonicalAffine": canonical.affine.ravel().tolist(),
                "canonicalValues": np.asanyarray(canonical.dataobj).ravel(order="F").tolist(),
            }
        )
    return {"size": [3, 4, 5], "cases": cases}


def dicom_slice(index, stored, syntax, orientation, bits, photometric, rescale):
    """One slice of a series along the normal, 2.5 mm apart; `stored` as unsigned words or bytes."""
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    position = np.array([-100.5, 50.25, -30]) + 2.5 * index * np.cross(row, column)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = f"2.25.{1000 + index}"
    meta.TransferSyntaxUID = syntax
    data = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
    data.is_little_endian = syntax != ExplicitVRBigEndian
    data.is_implicit_VR = syntax == ImplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    data.StudyInstanceUID, data.SeriesInstanceUID, data.SeriesNumber = "2.25.1", "2.25.2", 3
    data.Modality, data.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.PatientID, data.PatientAge, data.PatientSex = "Reference", "047Y", "F"
    data.PatientName, data.StudyDate, data.PatientBirthDate = "Reference", "20200301", "19730105"
    data.ImagePositionPatient = [f"{value:.10g}" for value in position]
    data.ImageOrientationPatient = [f"{value:.12g}" for value in orientation]
    data.PixelSpacing, data.SliceThickness = [0.75, 0.8], 5
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, photometric
    data.Rows, data.Columns = stored.shape
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = bits
    data.RescaleSlope, data.RescaleIntercept = rescale
    # A nested sequence and a private element, as scanners write them.
    item = pydicom.Dataset()
    item.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    item.ReferencedSOPInstanceUID = "2.25.77"
    data.ReferencedImageSequence = [item, item]
    data.add_new(0x00091001, "LO", "private")
    word = "<u2" if data.is_little_endian else ">u2"
    data.PixelData = stored.astype("u1" if bits[0] == 8 else word).tobytes()
    data["PixelData"].VR = "OW" if bits[0] == 16 else "OB"
    return data, position


# name: transfer syntax, (allocated, stored, high bit, signed), photometric interpretation, (slope, intercept)
DICOM_SERIES = {
    "explicit": (ExplicitVRLittleEndian, (16, 16, 15, 1), "MONOCHROME2", (1, -1024)),
    "implicit-12-bit": (ImplicitVRLittleEndian, (16, 12, 11, 0), "MONOCHROME2", (1, -1024)),
    "big-endian": (ExplicitVRBigEndian, (16, 16, 15, 1), "MONOCHROME2", (2, -5)),
    "signed-12-bit": (ExplicitVRLittleEndian, (16, 12, 11, 1), "MONOCHROME1", (1, 0)),
    "high-bit": (ExplicitVRLittleEndian, (16, 10, 13, 0), "MONOCHROME2", (1, -1000)),
    "8-bit": (ImplicitVRLittleEndian, (8, 8, 7, 0), "MONOCHROME2", (10, -1000)),
    "slope": (ExplicitVRLittleEndian, (16, 12, 11, 0), "MONOCHROME2", (1.0002441, -1024)),
    "beyond-int16": (ExplicitVRLittleEndian, (16, 16, 15, 0), "MONOCHROME2", (1, -1024)),
}


def write_dicom_series(name, syntax, bits, photometric, rescale):
    """Three slices of 6 × 4 pixels; returns HU and affine by the standard's formulas (PS3.3, C.7.6.2.1.1 and C.11.1)."""
    allocated, stored_bits, high_bit, signed = bits
    turn = rotation((1, 0.5, 0.25), 7)
    orientation = [*turn[:, 0], *turn[:, 1]]
    values = numbers((3, 4, 6), -(2 ** (stored_bits - 1)) if signed else 0, 2 ** (stored_bits - (0 if not signed else 1)))
    words = (values.astype(np.int64) % (1 << stored_bits)) << (high_bit + 1 - stored_bits)
    if stored_bits < allocated:
        words |= 1 << (high_bit + 1) if high_bit + 1 < allocated else 0  # an overlay plane in a bit that is not used
    hu = values * rescale[0] + rescale[1]
    folder = FOLDER / "dicom" / name
    folder.mkdir(parents=True, exist_ok=True)
    positions = []
    # File names run against the slices' order.
    for index in range(3):
        data, position = dicom_slice(index, words[index], syntax, orientation, bits, photometric, rescale)
        data.save_as(folder / f"{3 - index}.dcm", write_like_original=False)
        positions.append(position)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = turn[:, 0] * 0.8, turn[:, 1] * 0.75, positions[1] - positions[0]
    affine[:3, 3] = positions[0]
    return {"size": [6, 4, 3], "affine": (np.diag([-1, -1, 1, 1]) @ affine).ravel().tolist(), "values": hu.ravel().tolist()}


# The frames of a multi-frame file in the order in which they are stored.
FRAMES = (2, 0, 3, 1)


def enhanced(compressed):
    """Enhanced CT: four frames in one file, out of order; what differs from frame to frame stands in their groups."""
    turn = rotation((1, 0.5, 0.25), 7)
    orientation = [*turn[:, 0], *turn[:, 1]]
    values = numbers((4, 4, 6), 0, 4096)
    first, _ = dicom_slice(0, values[0].astype(np.int64), ExplicitVRLittleEndian, orientation, (16, 12, 11, 0), "MONOCHROME2", (1, 0))
    for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        delattr(first, name)
    first.SOPClassUID = first.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2.1"
    first.NumberOfFrames = len(FRAMES)

    def item(**elements):
        made = pydicom.Dataset()
        for name, value in elements.items():
            setattr(made, name, value)
        return made

    shared = item(
        PlaneOrientationSequence=[item(ImageOrientationPatient=[f"{value:.12g}" for value in orientation])],
        PixelMeasuresSequence=[item(PixelSpacing=[0.75, 0.8], SliceThickness=5)],
    )
    first.SharedFunctionalGroupsSequence = [shared]
    groups, frames, positions = [], [], []
    for index in range(len(FRAMES)):
        position = np.array([-100.5, 50.25, -30]) + 2.5 * index * np.cross(turn[:, 0], turn[:, 1])
        positions.append(position)
    for index in FRAMES:
        groups.append(
            item(
                PlanePositionSequence=[item(ImagePositionPatient=[f"{value:.10g}" for value in positions[index]])],
                PixelValueTransformationSequence=[item(RescaleSlope=1 + index, RescaleIntercept=-1000 - index, RescaleType="HU")],
            )
        )
        frames.append(values[index].astype("<u2"))
    first.PerFrameFunctionalGroupsSequence = groups
    first.PixelData = b"".join(frame.tobytes() for frame in frames)
    if compressed:
        # One fragment a frame, the first frame in two (as long ones are split), so that the offset table is needed.
        encoded = [rle_encode_frame(frame) for frame in frames]
        first.PixelData = split_first(encoded)
        first["PixelData"].is_undefined_length = True
        first["PixelData"].VR = "OB"
        first.file_meta.TransferSyntaxUID = pydicom.uid.RLELossless
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 2] = turn[:, 0] * 0.8, turn[:, 1] * 0.75, positions[1] - positions[0]
    affine[:3, 3] = positions[0]
    hu = np.stack([values[i] * (1 + i) - 1000 - i for i in range(len(FRAMES))])
    return first, {"size": [6, 4, 4], "affine": (np.diag([-1, -1, 1, 1]) @ affine).ravel().tolist(), "values": hu.ravel().tolist()}


def split_first(frames):
    """Encapsulated frames with a basic offset table; the first frame is cut into two fragments."""
    def fragment(blob):
        return b"\xfe\xff\x00\xe0" + len(blob).to_bytes(4, "little") + blob

    padded = [frame + b"\0" * (len(frame) % 2) for frame in frames]
    cut = len(padded[0]) // 4 * 2
    pieces = [fragment(padded[0][:cut]) + fragment(padded[0][cut:]), *[fragment(frame) for frame in padded[1:]]]
    offsets = np.cumsum([0, *[len(piece) for piece in pieces[:-1]]]).astype("<u4")
    return fragment(offsets.tobytes()) + b"".join(pieces)


def main():
    (FOLDER / "nifti").mkdir(parents=True, exist_ok=True)
    expected = {"nifti": {}, "refusedNifti": {}, "canonical": canonical_cases(), "dicom": {}}
    for name, blob in nifti_files():
        (FOLDER / "nifti" / name).write_bytes(blob)
        expected["nifti"][name] = summary(nib.load(FOLDER / "nifti" / name))
    for name, blob, word in refused_nifti_files():
        (FOLDER / "nifti" / name).write_bytes(blob)
        expected["refusedNifti"][name] = word
    for name, series in DICOM_SERIES.items():
        expected["dicom"][name] = write_dicom_series(name, *series)
    expected["multiFrame"] = {}
    for name, compressed in (("enhanced", False), ("enhanced-rle", True)):
        data, summary_of_it = enhanced(compressed)
        data.save_as(FOLDER / "dicom" / f"{name}.dcm", write_like_original=False)
        expected["multiFrame"][f"{name}.dcm"] = summary_of_it
    (FOLDER / "expected.json").write_text(json.dumps(expected, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
