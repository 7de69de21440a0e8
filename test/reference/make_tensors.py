"""Reference cases of functions of single numbers, arithmetic, and sums."""

import numpy as np
import torch
import torch.nn.functional as F

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


def main():
    unary()
    pairs()
    reductions()


if __name__ == "__main__":
    main()
    write_index()
