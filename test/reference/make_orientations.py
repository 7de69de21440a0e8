"""Volumes in every orientation, for `npm run data-table -- FOLDER`.

    make_orientations.py FOLDER

48 NIfTI files (every order and direction of the axes) in every numeric type in turn, with sform alone, qform alone or both,
and 24 DICOM series (every order and direction of rows and columns) plus one that is turned about all axes. Needs nibabel,
pydicom and numpy; seeded.
"""
import itertools
import pathlib
import sys

import nibabel
import numpy as np
import pydicom
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

TYPES = [np.int16, np.uint8, np.float32, np.int32, np.uint16, np.float64, np.int8, np.uint32]
SIZE = (5, 6, 7)
ZOOMS = (0.7, 1.25, 2.5)
random = np.random.default_rng(1)


def signed_permutations():
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1, -1), repeat=3):
            matrix = np.zeros((3, 3))
            for axis, (world, sign) in enumerate(zip(order, signs)):
                matrix[world, axis] = sign
            yield matrix


def rotation(degrees):
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    return about_z @ about_x


def write_nifti(folder, index, directions):
    kind = TYPES[index % len(TYPES)]
    low, high = (-1024, 3000) if np.issubdtype(kind, np.floating) else (max(np.iinfo(kind).min, -1024), min(np.iinfo(kind).max, 3000))
    affine = np.eye(4)
    affine[:3, :3] = directions @ np.diag(ZOOMS)
    affine[:3, 3] = random.uniform(-200, 200, 3)
    cls = (nibabel.Nifti1Image, nibabel.Nifti2Image)[index // len(TYPES) % 2]
    image = cls(random.integers(low, high, SIZE, endpoint=True).astype(kind), affine)
    image.header.set_xyzt_units("mm")
    image.set_sform(affine, code=(1, 0, 2)[index % 3])
    image.set_qform(affine, code=(0, 1, 1)[index % 3])
    nibabel.save(image, folder / f"{index:02d}.nii{('', '.gz')[index // 2 % 2]}")


def write_dicom(folder, row, column):
    """Slices of a series, their files in another order than their places."""
    folder.mkdir()
    normal = np.cross(row, column)
    origin = random.uniform(-200, 200, 3)
    study, series = generate_uid(entropy_srcs=[folder.name]), generate_uid(entropy_srcs=[folder.name, "series"])
    for k, place in enumerate(random.permutation(SIZE[2])):
        data = pydicom.Dataset()
        data.file_meta = pydicom.dataset.FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
        data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = generate_uid(entropy_srcs=[folder.name, str(k)])
        data.is_little_endian, data.is_implicit_VR = True, False
        data.StudyInstanceUID, data.SeriesInstanceUID = study, series
        data.PatientID, data.Modality, data.ImageType = folder.name, "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
        data.ImagePositionPatient = [f"{v:.9g}" for v in origin + ZOOMS[2] * place * normal]
        data.ImageOrientationPatient = [f"{v:.9g}" for v in (*row, *column)]
        data.PixelSpacing = [ZOOMS[1], ZOOMS[0]]
        data.Rows, data.Columns, data.SamplesPerPixel, data.PhotometricInterpretation = SIZE[1], SIZE[0], 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
        data.RescaleSlope, data.RescaleIntercept = 1, -1024
        data.PixelData = random.integers(0, 4096, (SIZE[1], SIZE[0])).astype("<u2").tobytes()
        data.save_as(folder / f"{k}.dcm", write_like_original=False)


folder = pathlib.Path(sys.argv[1])
(folder / "nifti").mkdir(parents=True)
(folder / "dicom").mkdir()
for index, directions in enumerate(signed_permutations()):
    write_nifti(folder / "nifti", index, directions)
axes = [sign * np.eye(3)[i] for i in range(3) for sign in (1, -1)]
for i, (row, column) in enumerate((r, c) for r in axes for c in axes if r @ c == 0):
    write_dicom(folder / "dicom" / f"{i:02d}", row, column)
turned = rotation(3)
write_dicom(folder / "dicom" / "turned", turned[:, 0], turned[:, 1])
