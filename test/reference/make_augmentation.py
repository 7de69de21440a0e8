"""Reference cases of what training pictures go through: SciPy and torch, with given parameters."""

import numpy as np
import scipy
import scipy.ndimage
import torch

from conformance import generator, write_case, write_index
from philox import words

SOURCE = f"scipy {scipy.__version__}, torch {torch.__version__}"


def turn(degrees, scale, flip=1):
    cos, sin = np.cos(np.radians(degrees)) / scale, np.sin(np.radians(degrees)) / scale
    return np.array([[flip * cos, sin], [-flip * sin, cos]])


def about_centre(matrix, shape, shift):
    """The matrix [2, 3] that turns about the centre, then shifts."""
    centre = (np.array(shape) - 1) / 2
    return np.column_stack([matrix, centre - matrix @ centre + shift]).astype(np.float32)


def read(picture, matrix, away=(0, 0)):
    """The picture through a matrix [2, 3], its border repeated, read `away` from where it says."""
    linear, offset = matrix[:, :2].astype(np.float64), matrix[:, 2].astype(np.float64) + away
    return scipy.ndimage.affine_transform(picture.astype(np.float64), linear, offset, order=1, mode="nearest")


def warp(name, shape, matrices, intensity=None, rectangle=None, blur=None):
    x = generator("warp-" + name).random((len(matrices), *shape), np.float32)
    matrix = np.stack([about_centre(m, shape, shift) for m, shift in matrices])
    tensors = {"in.x": x, "in.matrix": matrix}
    y = np.stack([read(picture, m) for picture, m in zip(x, matrix)])
    if blur is not None:
        tensors["in.blur"] = blur = np.array(blur, np.float32)
        corners = [(i, j) for i in (-1, 1) for j in (-1, 1)]
        y = np.stack([np.mean([read(p, m, np.array(c) * b) for c in corners], 0) for p, m, b in zip(x, matrix, blur)])
    if intensity is not None:
        tensors["in.intensity"] = intensity = np.array(intensity, np.float32)
        y = y * intensity[:, 0, None, None] + intensity[:, 1, None, None]
    if rectangle is not None:
        tensors["in.rectangle"] = np.array(rectangle, np.float32)
        for i, (row, column, rows, columns) in enumerate(rectangle):
            y[i, row : row + rows, column : column + columns] = 0
    tensors["out.y"] = y.astype(np.float32)
    write_case("warp-" + name, "warp", {}, SOURCE, tensors, atol=3e-5)


def paste_patch(name, side, patches):
    """Patches are row, column, enlarged side, pasted row, pasted column, degrees."""
    x = generator("paste_patch-" + name).random((len(patches), side, side), np.float32)
    y = np.zeros((len(patches), side, side))
    for i, (row, column, enlarged, to_row, to_column, degrees) in enumerate(patches):
        patch = torch.from_numpy(x[i, row : row + side // 2, column : column + side // 2])[None, None]
        large = torch.nn.functional.interpolate(patch, size=(enlarged, enlarged), mode="nearest")[0, 0].numpy()
        y[i, to_row : to_row + enlarged, to_column : to_column + enlarged] = large
        if degrees:
            y[i] = scipy.ndimage.rotate(y[i], degrees, reshape=False, order=1, mode="grid-constant", cval=0)
    tensors = {"in.x": x, "in.patch": np.array(patches, np.float32), "out.y": y.astype(np.float32)}
    exact = all(patch[5] == 0 for patch in patches)
    write_case("paste_patch-" + name, "paste_patch", {}, SOURCE, tensors, **({"exact": True} if exact else {"atol": 3e-5}))


def add_noise(name, shape, keys, deviation):
    x = generator("add_noise-" + name).random((len(keys), *shape), np.float32)
    size = shape[0] * shape[1]
    y = x.reshape(len(keys), size).astype(np.float64)
    for i, key in enumerate(keys):
        pairs = words(-(-size // 4) * 4, key).reshape(-1, 2)
        radius = np.sqrt(-2 * np.log((pairs[:, 0] + 0.5) / 2**32))
        angle = 2 * np.pi * ((pairs[:, 1] >> np.uint64(8)) / 2**24 - 0.5)
        normal = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        y[i] += deviation * normal.ravel()[:size]
    tensors = {
        "in.x": x,
        "in.key": np.array(keys, np.uint32).view(np.int32),
        "out.y": y.reshape(x.shape).astype(np.float32),
    }
    write_case("add_noise-" + name, "add_noise", {"deviation": deviation}, f"numpy {np.__version__}", tensors, atol=5e-3)


def main():
    still = np.eye(2)
    warp("shift", (10, 20), [(still, (1.25, -2.5)), (still, (-3, 0)), (still, (40, -40.5))])
    warp("turn", (14, 28), [(turn(7, 1.1), (0.5, -1.75)), (turn(-33, 0.8), (0, 3)), (turn(180, 1), (0, 0))])
    warp("mirror", (9, 15), [(turn(0, 1, -1), (0, 0)), (turn(5, 1.05, -1), (1.5, 0.25))])
    warp("dimmed", (8, 13), [(turn(3, 0.95), (0.25, 0)), (still, (0, 0))], intensity=[(1.2, -0.1), (0.5, 0.25)])
    warp("emptied", (12, 18), [(turn(2, 1), (0, 1)), (still, (0, 0))], rectangle=[(3, 4, 5, 9), (0, 0, 12, 1)])
    warp("blurred", (11, 16), [(turn(4, 1.1), (0.5, 0)), (still, (0, 0)), (still, (0, 0))], blur=[0.75, 1.5, 0])
    paste_patch("plain", 16, [(0, 0, 8, 8, 8, 0), (8, 3, 12, 4, 1, 0), (5, 8, 9, 0, 7, 0)])
    paste_patch("turned", 18, [(2, 9, 13, 3, 5, 20), (0, 4, 9, 9, 9, -135), (7, 1, 11, 0, 7, 90)])
    add_noise("keys", (6, 7), [(1, 2), (0, 0), (0xFFFFFFFF, 0x12345678)], 0.25)


if __name__ == "__main__":
    main()
    write_index()
