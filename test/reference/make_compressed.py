"""One small CT slice in every transfer syntax that is read, and what DCMTK and GDCM decode from it (formats/compressed/).

Needs pydicom, numpy, python3-gdcm, and DCMTK's programs. The same scripts give the same bytes. Run by itself:
    python3 make_compressed.py
"""

import json
import subprocess
import tempfile
from pathlib import Path

import gdcm
import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

FOLDER = Path(__file__).parent / "formats" / "compressed"
ROWS, COLUMNS = 21, 27

# what: (bits allocated, bits stored, signed)
FORMATS = {"u12": (16, 12, False), "s16": (16, 16, True), "s12": (16, 12, True), "u8": (8, 8, False)}

# what: (DCMTK command, formats, largest difference from the original, 0 where lossless)
DCMTK = {
    "implicit": (["dcmconv", "+ti"], ["u12"], 0),
    "big-endian": (["dcmconv", "+tb"], ["u12", "s16"], 0),
    "deflated": (["dcmconv", "+td"], ["u12", "s12"], 0),
    "rle": (["dcmcrle"], ["u12", "s16", "u8"], 0),
    "jpeg-lossless-sv1": (["dcmcjpeg", "+e1"], ["u12", "s16", "s12", "u8"], 0),
    **{f"jpeg-lossless-sv{n}": (["dcmcjpeg", "+el", "+sv", str(n)], ["u12"], 0) for n in range(2, 8)},
    "jpeg-lossless-transform": (["dcmcjpeg", "+el", "+sv", "4", "+pt", "2"], ["u12"], 4),
    "jpeg-baseline": (["dcmcjpeg", "+eb", "+q", "95"], ["u8"], 12),
    "jpeg-extended": (["dcmcjpeg", "+ee", "+q", "95"], ["u12", "u8"], 20),
    "jpeg-spectral": (["dcmcjpeg", "+es", "+q", "95"], ["u12", "u8"], 20),
    "jpeg-progressive": (["dcmcjpeg", "+ep", "+q", "95"], ["u12", "u8"], 20),
    "jpeg-ls": (["dcmcjpls", "+el"], ["u12", "s16", "s12", "u8"], 0),
    "jpeg-ls-near": (["dcmcjpls", "+en", "+md", "3"], ["u12"], 3),
}
GDCM = {
    "jpeg-2000-lossless": (gdcm.TransferSyntax.JPEG2000Lossless, ["u12", "s16", "s12", "u8"], 0),
    "jpeg-2000": (gdcm.TransferSyntax.JPEG2000, ["u12"], 20),
}


def original(what):
    """A smooth picture with edges and noise that no flip keeps."""
    allocated, stored, signed = FORMATS[what]
    y, x = np.mgrid[:ROWS, :COLUMNS]
    noise = (np.arange(ROWS * COLUMNS) * 0.6180339887498949 % 1.0).reshape(ROWS, COLUMNS)
    unit = 0.35 + 0.25 * np.sin(x / 5) * np.cos(y / 4) + 0.3 * ((x - 8) ** 2 + (y - 9) ** 2 < 30) + 0.05 * noise
    low, high = (-(2 ** (stored - 1)), 2 ** (stored - 1) - 1) if signed else (0, 2**stored - 1)
    values = np.clip(np.floor(low + unit * (high - low)), low, high)
    return values.astype({(8, False): "u1", (16, False): "u2", (16, True): "i2"}[allocated, signed])


def write_plain(what, path):
    allocated, stored, signed = FORMATS[what]
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    meta.MediaStorageSOPInstanceUID = "2.25.9"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = "2.25.1"
    data = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    data.is_little_endian, data.is_implicit_VR = True, False
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, "2.25.9"
    data.ImageType, data.Modality = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT"
    data.StudyInstanceUID, data.SeriesInstanceUID = "2.25.2", "2.25.3"
    data.PatientName, data.PatientID, data.StudyDate = "", "P", "20200301"
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing = [1, 1]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = ROWS, COLUMNS
    data.BitsAllocated, data.BitsStored, data.HighBit = allocated, stored, stored - 1
    data.PixelRepresentation = int(signed)
    data.RescaleIntercept, data.RescaleSlope = 0, 1
    data.PixelData = original(what).tobytes() + b"\0" * (ROWS * COLUMNS * allocated // 8 % 2)
    data["PixelData"].VR = "OW" if allocated == 16 else "OB"
    data.save_as(path, write_like_original=False)


def plain_values(path):
    """What a lossy file decodes to, as DCMTK sees it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "plain.dcm"
        syntax = pydicom.dcmread(path, stop_before_pixels=True).file_meta.TransferSyntaxUID
        program = "dcmdjpls" if syntax.startswith("1.2.840.10008.1.2.4.8") else "dcmdjpeg"
        subprocess.run([program, str(path), str(out)], check=True)
        return pydicom.dcmread(out).pixel_array


def gdcm_values(path):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(path))
    assert reader.Read()
    return np.frombuffer(reader.GetImage().GetBuffer().encode("utf-8", errors="surrogateescape"), "u2").reshape(ROWS, COLUMNS)


def convert_with_gdcm(syntax, source, target):
    reader = gdcm.ImageReader()
    reader.SetFileName(str(source))
    assert reader.Read()
    change = gdcm.ImageChangeTransferSyntax()
    change.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer = gdcm.ImageWriter()
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    writer.SetFileName(str(target))
    assert writer.Write()


def shorten(path):
    """Removes what the programs add and what differs from run to run (UIDs, dates, versions)."""
    data = pydicom.dcmread(path)
    for name in ("DerivationDescription", "DerivationCodeSequence", "SourceImageSequence", "LossyImageCompressionMethod"):
        if name in data:
            delattr(data, name)
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = "2.25.9"
    for tag in ("ImplementationClassUID", "ImplementationVersionName", "SourceApplicationEntityTitle"):
        if tag in data.file_meta:
            delattr(data.file_meta, tag)
    data.save_as(path)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.dcm"):
        path.unlink()
    expected = {what: original(what).ravel().tolist() for what in FORMATS}
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for what in FORMATS:
            plain = Path(folder) / f"{what}.dcm"
            write_plain(what, plain)
            for table in (DCMTK, GDCM):
                for name, (how, formats, difference) in table.items():
                    if what not in formats:
                        continue
                    path = FOLDER / f"{name}-{what}.dcm"
                    if table is DCMTK:
                        subprocess.run([*how, str(plain), str(path)], check=True)
                    else:
                        convert_with_gdcm(how, plain, path)
                    if name != "deflated":
                        shorten(path)
                    entry = {"format": what}
                    if difference:
                        decoded = plain_values(path) if table is DCMTK else gdcm_values(path)
                        intercept = int(pydicom.dcmread(path, stop_before_pixels=True).RescaleIntercept)
                        worst = int(np.abs(decoded.astype(int) + intercept - original(what).astype(int)).max())
                        assert worst <= difference, (path, worst)
                        entry["values"] = decoded.ravel().tolist()
                    files[path.name] = entry
    (FOLDER / "expected.json").write_text(json.dumps({"rows": ROWS, "columns": COLUMNS, "originals": expected, "files": files}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
