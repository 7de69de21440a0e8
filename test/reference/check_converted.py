"""Converted volumes against their sources, both read by nibabel and pydicom.

    check_converted.py FOLDER

FOLDER holds N.nii with what was written and N.json with {"format": "nifti" or "dicom", "files": [...]}, where it came
from. Prints a JSON list: {"volume": N, "agrees": bool, "text": largest differences}. Agreement: affine and zooms to
1e-3 mm, values equal (where they are no integers, as far as float32 holds them).
"""
import json
import pathlib
import sys
import warnings

import nibabel
import numpy as np
import pydicom

warnings.simplefilter("ignore")
UNIT_IN_MM = {"meter": 1000.0, "micron": 0.001}


def nifti(files):
    """Values and affine in mm. nibabel leaves units to its caller."""
    image = nibabel.load(files[0])
    factor = UNIT_IN_MM.get(image.header.get_xyzt_units()[0], 1.0)
    values = np.asarray(image.dataobj, dtype=np.float64)
    return values.reshape(values.shape[:3]), np.diag([factor, factor, factor, 1.0]) @ image.affine


def frames(file):
    """(position, orientation, spacing, values in HU, key of copies) of every image of a file."""
    data = pydicom.dcmread(file, force=True)
    stored = data.pixel_array.astype(np.float64)
    if "PerFrameFunctionalGroupsSequence" not in data:
        place = data
        values = stored * float(data.RescaleSlope) + float(data.RescaleIntercept)
        yield data.ImagePositionPatient, data.ImageOrientationPatient, data.PixelSpacing, values, str(data.get("SOPInstanceUID", "")) or file
        return
    shared = data.SharedFunctionalGroupsSequence[0] if data.get("SharedFunctionalGroupsSequence") else pydicom.Dataset()
    for i, own in enumerate(data.PerFrameFunctionalGroupsSequence):
        def group(name):
            return (own if name in own else shared)[name].value[0]
        rescale = group("PixelValueTransformationSequence")
        values = stored.reshape(-1, *stored.shape[-2:])[i] * float(rescale.RescaleSlope) + float(rescale.RescaleIntercept)
        yield (group("PlanePositionSequence").ImagePositionPatient, group("PlaneOrientationSequence").ImageOrientationPatient,
               group("PixelMeasuresSequence").PixelSpacing, values, f"{file} {i}")


def dicom(files):
    images = {key: (np.array(p, float), np.array(o, float), np.array(s, float), v)
              for file in files for p, o, s, v, key in frames(file)}
    _, orientation, spacing, _ = next(iter(images.values()))
    row, column = orientation[:3], orientation[3:]
    normal = np.cross(row, column)
    ordered = sorted(images.values(), key=lambda image: image[0] @ normal)
    affine = np.eye(4)
    affine[:3, 0] = row * spacing[1]
    affine[:3, 1] = column * spacing[0]
    affine[:3, 2] = (ordered[-1][0] - ordered[0][0]) / (len(ordered) - 1)
    affine[:3, 3] = ordered[0][0]
    return np.stack([image[3].T for image in ordered], axis=2), np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine


def compare(folder, name):
    source = json.loads((folder / f"{name}.json").read_text())
    written = nibabel.load(folder / f"{name}.nii")
    try:
        values, affine = {"nifti": nifti, "dicom": dicom}[source["format"]](source["files"])
    except Exception as error:
        return False, f"the reference cannot read it ({type(error).__name__}: {error})"
    found = np.asarray(written.dataobj, dtype=np.float64)
    if found.shape != values.shape:
        return False, f"{found.shape} voxels instead of {values.shape}"
    zooms = np.linalg.norm(affine[:3, :3], axis=0)
    millimetres = max(np.abs(written.affine - affine).max(), np.abs(np.array(written.header.get_zooms()) - zooms).max())
    rounding = 0.0 if np.array_equal(values, np.rint(values)) else 2.0**-23 * np.abs(values[np.isfinite(values)]).max()
    same = (found == values) | (np.isnan(found) & np.isnan(values))
    difference = float(np.abs(np.where(same, 0, found - values)).max())
    return bool(millimetres <= 1e-3 and difference <= rounding), f"{millimetres:.1e} mm, {difference:.2g} HU"


folder = pathlib.Path(sys.argv[1])
results = []
for file in sorted(folder.glob("*.json"), key=lambda file: int(file.stem)):
    agrees, text = compare(folder, file.stem)
    results.append({"volume": int(file.stem), "agrees": agrees, "text": text})
print(json.dumps(results))
