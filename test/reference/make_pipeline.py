"""Reference cases of the whole `kerber2023` recipe on small synthetic bodies.

The resampled volume has 2.8 million voxels: a case holds the picture whole, and samples of the volume and of the mask.
"""

import numpy as np
import scipy
import scipy.ndimage
import skimage

from conformance import generator, sampled, write_case, write_index
from kerber2023 import kerber2023

SOURCE = f"scipy {scipy.__version__}, scikit-image {skimage.__version__}"
SAMPLE = 8191

# what: (shape, markers, slab)
CASES = {
    "band": ((40, 36, 30), "band", 10),
    "all": ((40, 36, 30), "all", 10),
    "band-odd": ((37, 45, 21), "band", 10),
    "band-full-projection": ((33, 30, 41), "band", None),
}


def inside(shape, centre, radii):
    """Voxels of an ellipsoid; centre and radii as fractions of the volume's sides (an infinite radius: a cylinder)."""
    axes = [(np.arange(n) + 0.5) / n for n in shape]
    grid = np.meshgrid(*axes, indexing="ij")
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii)) <= 1


def body(shape, random):
    """A trunk with lungs, an airway, a spine, ribs' height of bone, a table and a gas bubble; noise everywhere."""
    hu = np.full(shape, -1000.0)
    hu[inside(shape, (0.5, 0.55, 0.5), (0.36, 0.3, np.inf))] = -90
    hu[inside(shape, (0.5, 0.55, 0.5), (0.32, 0.26, np.inf))] = 45
    for side in (0.34, 0.66):
        hu[inside(shape, (side, 0.57, 0.75), (0.12, 0.17, 0.3))] = -850
        hu[inside(shape, (side, 0.6, 0.8), (0.03, 0.04, 0.05))] = 60
    hu[inside(shape, (0.5, 0.38, 0.5), (0.06, 0.07, np.inf))] = 320
    hu[inside(shape, (0.45, 0.68, 0.2), (0.06, 0.05, 0.08))] = -950
    hu[:, : max(1, shape[1] // 18)] = 120  # the table: a second component
    noise = scipy.ndimage.gaussian_filter(random.standard_normal(shape), 0.5)
    return np.clip(np.round(hu + 25 * noise / noise.std()), -1024, 3071).astype(np.float32)


def pipeline(what, shape, markers, slab):
    name = f"kerber2023-{what}"
    volume = body(shape, generator(name))
    resampled, mask, image = kerber2023(volume, markers, slab)
    params = {"markers": markers, "slab": "full" if slab is None else slab}
    tensors = {"in.volume": volume, "out.image": image.astype(np.float32)}
    tensors |= sampled({"out.volume": resampled.astype(np.float32), "out.mask": mask}, SAMPLE)
    tolerance = {"rtol": 0, "atol": 1e-4, "norm_rtol": 1e-4, "min_agreement": 0.9999}
    write_case(name, "kerber2023", params, SOURCE, tensors, **tolerance)


def main():
    for what, case in CASES.items():
        pipeline(what, *case)


if __name__ == "__main__":
    main()
    write_index()
