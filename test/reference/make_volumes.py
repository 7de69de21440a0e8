"""Reference cases of the volume operations: SciPy and scikit-image on small pictures and volumes."""

import warnings

import numpy as np
import scipy
import scipy.ndimage
import skimage
import skimage.filters
import skimage.measure
import skimage.morphology
import skimage.segmentation

from conformance import generator, normal, write_case, write_index

SCIPY = f"scipy {scipy.__version__}"
SKIMAGE = f"scikit-image {skimage.__version__}"

SOBEL = {
    "2d": (17, 23),
    "2d-one-row": (1, 12),
    "3d": (11, 14, 9),
    "3d-thin": (2, 19, 1),
    "3d-33": (33, 18, 20),
}

# what: (shape, number of markers, connectivity, share of the plane inside the mask or None)
WATERSHED = {
    "2d": ((31, 37), 6, 1, None),
    "2d-connectivity-2": ((40, 27), 5, 2, None),
    "2d-mask": ((33, 35), 5, 1, 0.75),
    "2d-mask-connectivity-2": ((29, 41), 7, 2, 0.6),
    "2d-one-marker": ((15, 18), 1, 1, None),
    "2d-long-path": ((65, 63), 2, 1, None),
    "3d": ((13, 17, 15), 5, 1, None),
    "3d-connectivity-2": ((14, 11, 12), 4, 2, None),
    "3d-connectivity-3": ((12, 13, 11), 6, 3, None),
    "3d-mask": ((17, 14, 19), 6, 1, 0.7),
    "3d-mask-connectivity-3": ((11, 16, 12), 4, 3, 0.5),
    "3d-33": ((33, 34, 21), 9, 1, None),
}

# what: (shape, number of markers, connectivity, different elevations, share of the plane inside the mask or None)
WATERSHED_TIES = {
    "2d-ties": ((31, 29), 7, 1, 3, None),
    "2d-ties-connectivity-2": ((24, 33), 5, 2, 20, 0.8),
    "2d-ties-plain": ((21, 26), 4, 1, 1, None),
    "3d-ties": ((11, 12, 13), 6, 1, 4, None),
    "3d-ties-connectivity-2": ((9, 10, 12), 5, 2, 3, None),
    "3d-ties-connectivity-3": ((9, 7, 12), 5, 3, 5, 0.9),
    "3d-ties-edges": ((13, 15, 14), 12, 2, 6, None),
    "3d-ties-corners": ((15, 13, 14), 12, 3, 6, None),
}

# what: (shape, share of foreground, number of different foreground values, connectivity)
LABEL = {
    "2d": ((21, 30), 0.45, 1, 1),
    "2d-connectivity-2": ((25, 22), 0.4, 1, 2),
    "2d-values": ((19, 26), 0.7, 3, 1),
    "2d-values-connectivity-2": ((24, 17), 0.8, 4, 2),
    "2d-empty": ((7, 9), 0.0, 1, 1),
    "2d-full": ((8, 5), 1.0, 1, 1),
    "3d": ((9, 14, 11), 0.3, 1, 1),
    "3d-connectivity-2": ((10, 9, 13), 0.15, 1, 2),
    "3d-connectivity-3": ((12, 11, 10), 0.1, 1, 3),
    "3d-33": ((33, 20, 18), 0.3, 1, 1),
}

# what: (shape, share of foreground, keyword arguments)
SMALL_OBJECTS = {
    "2d": ((31, 27), 0.5, {"min_size": 7}),
    "3d-connectivity-3": ((13, 12, 15), 0.12, {"min_size": 5, "connectivity": 3}),
}

# what: (input shape, matrix, offset, output shape, order, mode, cval)
DIAGONAL, ROTATION = [1.25, 0.8, 0.5], [[0.9, -0.3, 0.1], [0.25, 1.1, -0.2], [0.05, 0.15, 0.8]]
AFFINE = {
    "down-order-3": ((24, 22, 30), [2.0, 1.6925, 2.3125], 0.0, (12, 13, 13), 3, "constant", -1024.0),
    "up-order-3": ((9, 11, 8), [0.4375, 0.5, 0.26], 0.0, (21, 22, 30), 3, "constant", -1024.0),
    "mixed-order-3": ((14, 17, 12), DIAGONAL, [0.5, -1.25, 0.1], (12, 20, 22), 3, "constant", -1024.0),
    "matrix-order-3": ((14, 13, 16), ROTATION, [1.5, -2.0, 0.75], (15, 14, 13), 3, "constant", 7.5),
    "identity-order-3": ((7, 6, 8), [1.0, 1.0, 1.0], 0.0, (7, 6, 8), 3, "constant", 0.0),
    "one-slice-order-3": ((9, 8, 1), [0.75, 0.75, 1.0], 0.0, (11, 10, 1), 3, "constant", -1.0),
    "two-slices-order-3": ((2, 9, 8), [0.25, 0.75, 1.0], 0.0, (6, 10, 7), 3, "constant", -1.0),
    "mixed-order-1": ((14, 17, 12), DIAGONAL, [0.5, -1.25, 0.1], (12, 20, 22), 1, "constant", -1024.0),
    "matrix-order-1": ((14, 13, 16), ROTATION, [1.5, -2.0, 0.75], (15, 14, 13), 1, "constant", 0.0),
    "reflect-two-samples-order-3": ((5, 2), [[0.7, 0.2], [-0.4, 0.6]], [0.3, -1.4], (6, 7), 3, "reflect", 0.0),
    "reflect-three-samples-order-3": ((3, 2, 4), [0.45, 0.3, 0.8], [-0.6, 0.2, 1.1], (6, 5, 4), 3, "reflect", 0.0),
    "mirror-order-3": ((6, 7), [[0.7, 0.2], [-0.4, 1.6]], [0.3, -1.4], (9, 8), 3, "mirror", 0.0),
    "nearest-order-3": ((2, 5, 6), [[0.7, 0.2, 0.0], [-0.4, 1.1, 0.3], [0.1, 0.0, 0.9]], [0.3, -1.4, 0.5], (4, 6, 7), 3, "nearest", 0.0),
    "homogeneous-order-1": ((7, 6), [[0.9, -0.2, 0.5], [0.1, 1.2, -0.75], [0.0, 0.0, 1.0]], 0.0, (7, 7), 1, "constant", -2.0),
    "mixed-order-0": ((14, 17, 12), DIAGONAL, [0.3, -1.33, 0.11], (12, 20, 22), 0, "constant", -1024.0),
    "matrix-order-0": ((14, 13, 16), ROTATION, [1.53, -2.01, 0.77], (15, 14, 13), 0, "constant", 3.0),
}

# what: (shape, keyword arguments)
GAUSSIAN = {
    "2d": ((23, 31), {"sigma": 1.5}),
    "3d": ((11, 12, 14), {"sigma": 1.0}),
    "3d-sigma-each": ((9, 13, 17), {"sigma": [0.7, 0.0, 2.2]}),
    "reflect": ((12, 17), {"sigma": 2.0, "mode": "reflect"}),
    "mirror": ((12, 17), {"sigma": 2.0, "mode": "mirror", "truncate": 3.0}),
    "wrap": ((7, 11), {"sigma": 1.3, "mode": "wrap"}),
    "constant": ((9, 10), {"sigma": 1.7, "mode": "constant", "cval": 40.0}),
    "wider-than-picture": ((4, 3), {"sigma": 5.0, "mode": "reflect"}),
    "mirror-one-sample": ((1, 9), {"sigma": 1.0, "mode": "mirror"}),
    "channels": ((9, 8, 3), {"sigma": 1.2, "channel_axis": -1}),
    "none": ((5, 6), {"sigma": 0.0}),
}

# what: (shape, share of foreground, footprint: None, a shape filled with 1, or an array)
CORNER = [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
MORPHOLOGY = {
    "2d": ((17, 45), 0.6, None),
    "2d-square": ((19, 70), 0.6, (3, 3)),
    "2d-even": ((15, 33), 0.5, (2, 4)),
    "2d-corner": ((14, 40), 0.5, CORNER),
    "2d-wide": ((6, 100), 0.1, (1, 41)),
    "3d": ((9, 10, 37), 0.5, None),
    "3d-cube": ((8, 9, 34), 0.5, (3, 3, 3)),
    "3d-thin": ((7, 1, 12), 0.5, (3, 2, 1)),
}

# what: (shape, axis, start, stop)
PROJECTION = {
    "axis-0-slab": ((13, 9, 17), 0, 4, 10),
    "axis-1-slab": ((13, 9, 17), 1, 2, 7),
    "axis-2-slab": ((13, 9, 17), 2, 0, 17),
    "axis-0-one-slice": ((5, 8, 7), 0, 4, 5),
    "axis-1-65": ((3, 65, 66), 1, 1, 64),
}


def without_ties(values):
    """The same order with every value different and 24-bit exact: ranks as multiples of 1/n."""
    ranks = values.ravel().argsort(kind="stable").argsort(kind="stable")
    return (ranks / ranks.size).astype(np.float32).reshape(values.shape)


def sobel(what, shape):
    name = f"sobel-{what}"
    x = 100 * normal(generator(name), *shape)
    y = skimage.filters.sobel(x.astype(np.float64)).astype(np.float32)
    write_case(name, "sobel", {}, SKIMAGE, {"in.x": x, "out.y": y}, atol=1e-4)


def sobel_of_special_values():
    """NaN and infinity reach the pixels beside them, but not those for which their weight is 0."""
    x = normal(generator("sobel special"), 11, 13)
    x[3, 4], x[8, 2], x[8, 9] = np.nan, np.inf, -np.inf
    y = skimage.filters.sobel(x.astype(np.float64)).astype(np.float32)
    write_case("sobel-2d-special", "sobel", {}, SKIMAGE, {"in.x": x, "out.y": y})


def integer_pictures():
    """Integers are brought to −1 … 1 first, bytes from 0 … 255."""
    for dtype, least in (np.uint8, 0), (np.int32, -(2**31)):
        of = np.dtype(dtype).name
        x = generator(of).integers(least, np.iinfo(dtype).max, (13, 18), dtype, True)
        y = skimage.filters.sobel(x).astype(np.float32)
        write_case(f"sobel-2d-{of}", "sobel", {}, SKIMAGE, {"in.x": x, "out.y": y})
        y = skimage.filters.gaussian(x, sigma=1.2).astype(np.float32)
        write_case(f"gaussian-2d-{of}", "gaussian", {"sigma": 1.2}, SKIMAGE, {"in.x": x, "out.y": y})


def watershed(what, shape, count, connectivity, inside):
    name = f"watershed-{what}"
    random = generator(name)
    rough = random.standard_normal(shape)
    elevation = without_ties(scipy.ndimage.gaussian_filter(rough, 0.3 if "long" in what else 1.2) + 0.01 * rough)
    markers = np.zeros(shape, np.int32)
    markers.ravel()[random.choice(markers.size, count, replace=False)] = 1 + np.arange(count)
    tensors = {"in.elevation": elevation, "in.markers": markers}
    mask = None
    if inside is not None:
        field = scipy.ndimage.gaussian_filter(random.standard_normal(shape), 1.0)
        mask = field < np.quantile(field, inside)
        tensors["in.mask"] = mask
    y = skimage.segmentation.watershed(elevation, markers, connectivity=connectivity, mask=mask)
    tensors["out.y"] = y.astype(np.int32)
    write_case(name, "watershed", {"connectivity": connectivity}, SKIMAGE, tensors, exact=True)


def watershed_ties(what, shape, count, connectivity, levels, inside):
    """Few elevations: the order in which the reference's queue gives back equal ones decides."""
    name = f"watershed-{what}"
    random = generator(name)
    elevation = random.integers(0, levels, shape).astype(np.float32)
    markers = np.zeros(shape, np.int32)
    markers.ravel()[random.choice(markers.size, count, replace=False)] = 1 + np.arange(count)
    tensors = {"in.elevation": elevation, "in.markers": markers}
    mask = None
    if inside is not None:
        mask = tensors["in.mask"] = random.random(shape) < inside
    y = skimage.segmentation.watershed(elevation, markers, connectivity=connectivity, mask=mask)
    tensors["out.y"] = y.astype(np.int32)
    write_case(name, "watershed", {"connectivity": connectivity}, SKIMAGE, tensors, exact=True)


def label(what, shape, share, values, connectivity):
    name = f"label-{what}"
    random = generator(name)
    x = np.where(random.random(shape) < share, random.integers(1, values + 1, shape), 0).astype(np.int32)
    x = x.astype(bool) if values == 1 else x
    y = skimage.measure.label(x, connectivity=connectivity).astype(np.int32)
    write_case(name, "label", {"connectivity": connectivity}, SKIMAGE, {"in.x": x, "out.y": y}, exact=True)


def label_spiral():
    """One component whose path winds through the plane: many rounds for a parallel labelling."""
    x = np.zeros((33, 33), bool)
    row, column, step = 0, 0, (0, 1)
    x[0, 0] = True
    for length in [32] + [n for n in range(32, 0, -2) for _ in range(2)]:
        for _ in range(length):
            row, column = row + step[0], column + step[1]
            x[row, column] = True
        step = (step[1], -step[0])
    y = skimage.measure.label(x, connectivity=1).astype(np.int32)
    write_case("label-2d-spiral", "label", {"connectivity": 1}, SKIMAGE, {"in.x": x, "out.y": y}, exact=True)


def fill_holes():
    for what, (shape, share) in {"2d": ((27, 31), 0.55), "3d": ((15, 14, 17), 0.8), "2d-empty": ((6, 7), 0.0)}.items():
        name = f"binary_fill_holes-{what}"
        x = generator(name).random(shape) < share
        write_filled(name, x)
    shells = np.zeros((23, 21, 22), bool)  # hollow boxes in one another, and one with a hole in its wall
    for inset in (1, 4, 7):
        outer, inner = (slice(inset, -inset),) * 3, (slice(inset + 1, -inset - 1),) * 3
        shells[outer] = True
        shells[inner] = False
    write_filled("binary_fill_holes-3d-shells", shells)
    shells = shells.copy()
    shells[1, 10, 10] = False
    write_filled("binary_fill_holes-3d-open-shell", shells)
    ring = np.zeros((9, 9), bool)  # the hole touches the outside across a corner only: still a hole
    ring[[1, 1, 1, 2, 2, 3, 3, 4], [1, 2, 3, 1, 4, 1, 4, 2]] = True
    ring[[4, 4], [2, 3]] = True
    write_filled("binary_fill_holes-2d-diagonal", ring)


def remove_small_objects():
    for what, (shape, share, arguments) in SMALL_OBJECTS.items():
        name = f"remove_small_objects-{what}"
        x = generator(name).random(shape) < share
        y = skimage.morphology.remove_small_objects(x, **arguments)
        write_case(name, "remove_small_objects", arguments, SKIMAGE, {"in.x": x, "out.y": y}, exact=True)
    name = "remove_small_objects-labels"  # integers are labels, which need not lie together
    x = generator(name).integers(0, 9, (13, 14)).astype(np.int32) ** 2
    y = skimage.morphology.remove_small_objects(x, min_size=20).astype(np.int32)
    write_case(name, "remove_small_objects", {"min_size": 20}, SKIMAGE, {"in.x": x, "out.y": y}, exact=True)


def write_filled(name, x):
    y = scipy.ndimage.binary_fill_holes(x)
    write_case(name, "binary_fill_holes", {}, SCIPY, {"in.x": x, "out.y": y}, exact=True)


def affine_transform(what, shape, matrix, offset, output_shape, order, mode, cval):
    name = f"affine_transform-{what}"
    x = (300 * normal(generator(name), *shape)).astype(np.float32)
    params = {"output_shape": output_shape, "order": order, "mode": mode, "cval": cval}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a vector of scales is meant
        y = scipy.ndimage.affine_transform(x.astype(np.float64), np.array(matrix), offset, **params)
    params = {"matrix": matrix, "offset": offset} | params
    # values of order 300, in float32
    tolerance = {"exact": True} if order == 0 else {"atol": 2e-3}
    write_case(name, "affine_transform", params, SCIPY, {"in.x": x, "out.y": y.astype(np.float32)}, **tolerance)


def gaussian(what, shape, arguments):
    name = f"gaussian-{what}"
    x = (100 * normal(generator(name), *shape)).astype(np.float32)
    y = skimage.filters.gaussian(x.astype(np.float64), **arguments).astype(np.float32)
    write_case(name, "gaussian", arguments, SKIMAGE, {"in.x": x, "out.y": y}, atol=1e-4)


def morphology(what, shape, share, footprint):
    """The footprint as a tensor, or as a parameter where it is an array."""
    for op in ("binary_erosion", "binary_dilation", "binary_opening", "binary_closing"):
        name = f"{op}-{what}"
        x = generator(name).random(shape) < share
        tensors, params, given = {"in.x": x}, {}, footprint
        if isinstance(footprint, tuple):
            given = tensors["in.footprint"] = np.ones(footprint, np.uint8)
        elif footprint is not None:
            params, given = {"footprint": footprint}, np.array(footprint)
        tensors["out.y"] = getattr(skimage.morphology, op)(x, given)
        write_case(name, op, params, SKIMAGE, tensors, exact=True)


def max_projection(what, shape, axis, start, stop):
    name = f"max_projection-{what}"
    x = -100 + 50 * normal(generator(name), *shape)
    y = x.take(np.arange(start, stop), axis).max(axis)
    params = {"axis": axis, "start": start, "stop": stop}
    write_case(name, "max_projection", params, f"numpy {np.__version__}", {"in.x": x, "out.y": y}, exact=True)


def main():
    for what, shape in SOBEL.items():
        sobel(what, shape)
    sobel_of_special_values()
    integer_pictures()
    for what, case in WATERSHED.items():
        watershed(what, *case)
    for what, case in WATERSHED_TIES.items():
        watershed_ties(what, *case)
    for what, case in LABEL.items():
        label(what, *case)
    label_spiral()
    fill_holes()
    remove_small_objects()
    for what, case in AFFINE.items():
        affine_transform(what, *case)
    for what, case in GAUSSIAN.items():
        gaussian(what, *case)
    for what, case in MORPHOLOGY.items():
        morphology(what, *case)
    for what, case in PROJECTION.items():
        max_projection(what, *case)


if __name__ == "__main__":
    main()
    write_index()
