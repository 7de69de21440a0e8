"""The preparation as it is published, in pydicom, SciPy and scikit-image, for bench/prepare/main.node.ts.

    pipeline.py SERIES

Reads commands from standard input, a line each, and answers each with a line of JSON, {"wall": ms, "processor": ms}:

    read             the series to a volume in HU along R, A, S
    prepare POLICY   the volume to the picture, markers `band` or `all`
    picture FILE     writes the last picture as float64
"""
import json
import pathlib
import sys
import time

import numpy as np
import pydicom

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "test" / "reference"))
import kerber2023

series = pathlib.Path(sys.argv[1])
state = {}


def read():
    slices = [pydicom.dcmread(file) for file in series.iterdir()]
    orientation = np.array(slices[0].ImageOrientationPatient, float)
    normal = np.cross(orientation[:3], orientation[3:])
    slices.sort(key=lambda data: np.array(data.ImagePositionPatient, float) @ normal)
    stored = np.stack([data.pixel_array for data in slices])
    hu = stored * float(slices[0].RescaleSlope) + float(slices[0].RescaleIntercept)
    # columns run to the left and rows to the back where their directions are positive; RAS+ grows the other way
    columns, rows, up = orientation[0], orientation[4], normal[2]
    state["volume"] = hu.transpose(2, 1, 0)[:: -int(columns), :: -int(rows), :: int(up)]


def prepare(policy):
    state["picture"] = kerber2023.kerber2023(state["volume"], policy)[2]


def picture(file):
    np.asarray(state["picture"], np.float64).tofile(file)


COMMANDS = {"read": read, "prepare": prepare, "picture": picture}
for line in sys.stdin:
    command, *arguments = line.split(maxsplit=1)
    wall, processor = time.perf_counter(), time.process_time()
    COMMANDS[command](*(argument.strip() for argument in arguments))
    timing = {"wall": time.perf_counter() - wall, "processor": time.process_time() - processor}
    print(json.dumps({key: 1000 * value for key, value in timing.items()}), flush=True)
