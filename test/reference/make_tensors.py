"""Reference cases of functions of single numbers, arithmetic, sums, shapes and sizes."""

import numpy as np
import torch
import torch.nn.functional as F

import philox
from conformance import differentiable, generator, normal, write_index
from make_layers import PAIRS

# op: (function, least and largest input)
UNARY = {
    "exp": (torch.exp, -20, 10),
    "log": (torch.log, 1e-6, 50),
    "sqrt": (torch.sqrt, 1e-3, 50),
    "sigmoid": (torch.sigmoid, -30, 30),
    "tanh": (torch.tanh, -30, 30),
    "softplus": (F.softplus, -30, 60),
}

# what: (shape, keyword arguments)
REDUCTIONS = {
    "all": ((5, 6, 7), {}),
    "last": ((4, 5, 33), {"dim": -1}),
    "first-keepdim": ((65, 3, 2), {"dim": 0, "keepdim": True}),
    "two-axes": ((3, 8, 5, 6), {"dim": [0, 2]}),
    "channels": ((4, 6, 9, 9), {"dim": [0, 2, 3], "keepdim": True}),
    "one-element": ((1, 1), {}),
    "long": ((131, 300), {}),
}


# what: (shape, keyword arguments)
INTERPOLATE = {
    "nearest-up": ((2, 3, 4, 5), {"size": [9, 13], "mode": "nearest"}),
    "nearest-down": ((1, 4, 13, 11), {"size": [5, 4], "mode": "nearest"}),
    "bilinear-up": ((2, 3, 4, 5), {"size": [9, 13], "mode": "bilinear", "align_corners": False}),
    "bilinear-down": ((1, 4, 13, 11), {"size": [5, 4], "mode": "bilinear", "align_corners": False}),
    "bilinear-corners": ((2, 2, 7, 6), {"size": [10, 3], "mode": "bilinear", "align_corners": True}),
    "bilinear-14-to-56": ((2, 3, 14, 14), {"size": 56, "mode": "bilinear", "align_corners": False}),
    "bilinear-one-pixel": ((1, 2, 1, 1), {"size": [4, 3], "mode": "bilinear", "align_corners": False}),
}

RESHAPE = {"merge": ((4, 3, 5), [4, -1]), "split": ((6, 4), [2, 3, 2, 2]), "scalar": ((1, 1), []), "empty": ((0, 4), [2, 0])}

# what: (axis, shapes)
CAT = {
    "channels": (1, [(2, 3, 5, 7), (2, 8, 5, 7), (2, 1, 5, 7)]),
    "channels-vec4": (1, [(3, 4, 2, 6), (3, 8, 2, 6)]),
    "batch": (0, [(1, 6, 3), (4, 6, 3)]),
    "last": (-1, [(5, 3), (5, 4), (5, 9)]),
    "one-tensor": (1, [(2, 5)]),
    "eleven": (1, [(2, 1 + i % 3) for i in range(11)]),
    "zero-channels": (1, [(2, 3, 4), (2, 0, 4), (2, 2, 4)]),
    "zero-batch": (1, [(0, 3, 4), (0, 5, 4)]),
}

# what: (shape, keyword arguments); the mask is defined by Philox at (block, pass, 0, 0)
DROPOUT = {
    "half": ((3, 7, 11), {"p": 0.5, "key": [1, 2], "pass": 0}),
    "tenth": ((4, 8, 8), {"p": 0.1, "key": [4294967295, 305419896], "pass": 4294967295}),
    "long": ((8209,), {"p": 0.2, "key": [20, 11], "pass": 123456}),
    "all": ((5, 3), {"p": 1, "key": [1, 2], "pass": 3}),
    "none": ((5, 3), {"p": 0, "key": [1, 2], "pass": 3}),
    "zero-batch": ((0, 4), {"p": 0.5, "key": [1, 2], "pass": 0}),
}


def unary():
    for op, (function, low, high) in UNARY.items():
        name = f"{op}-range"
        x = generator(name).uniform(low, high, (9, 113)).astype(np.float32)
        differentiable(name, op, {}, lambda x: function(x), {"x": x})


def pairs():
    for op, function in {"sub": torch.sub, "div": torch.div}.items():
        for what in ("same", "channel", "outer"):
            name = f"{op}-{what}"
            random = generator(name)
            left, right = (normal(random, *shape) for shape in PAIRS[what])
            right = (np.sign(right) * (0.5 + np.abs(right))).astype(np.float32)  # divisors stay away from 0
            differentiable(name, op, {}, function, {"input": left, "other": right})


def reductions():
    for op, function in {"sum": torch.sum, "mean": torch.mean}.items():
        for what, (shape, arguments) in REDUCTIONS.items():
            name = f"{op}-{what}"
            x = (3 + normal(generator(name), *shape)).astype(np.float32)  # a mean away from 0: rounding errors add up
            differentiable(name, op, arguments, lambda x: function(x, **arguments), {"x": x})


def interpolate():
    for what, (shape, arguments) in INTERPOLATE.items():
        name = f"interpolate-{what}"
        x = normal(generator(name), *shape)
        size = arguments["size"]
        options = arguments | {"size": size if isinstance(size, int) else tuple(size)}
        differentiable(name, "interpolate", arguments, lambda x: F.interpolate(x, **options), {"x": x})


def reshape():
    for what, (shape, target) in RESHAPE.items():
        name = f"reshape-{what}"
        x = normal(generator(name), *shape)
        differentiable(name, "reshape", {"shape": target}, lambda x: x.reshape(target), {"x": x}, exact=True)


def cat():
    for what, (dim, shapes) in CAT.items():
        name = f"cat-{what}"
        random = generator(name)
        inputs = {f"x{i}": normal(random, *shape) for i, shape in enumerate(shapes)}
        function = lambda **tensors: torch.cat(list(tensors.values()), dim)
        differentiable(name, "cat", {"dim": dim}, function, inputs, exact=True)


def dropout():
    for what, (shape, arguments) in DROPOUT.items():
        name = f"dropout-{what}"
        p = arguments["p"]
        words = philox.words(int(np.prod(shape)), arguments["key"], arguments["pass"])
        kept = torch.tensor((words >= round(p * 2**32)).astype(np.float64)).reshape(shape)
        scale = 1 / (1 - p) if p < 1 else 0
        differentiable(name, "dropout", arguments, lambda x: x * kept * scale, {"x": normal(generator(name), *shape)})


def main():
    unary()
    pairs()
    reductions()
    interpolate()
    reshape()
    cat()
    dropout()


if __name__ == "__main__":
    main()
    write_index()
