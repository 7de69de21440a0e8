"""Reference cases of conv2d and linear."""

import math

import torch.nn.functional as F

from conformance import differentiable, generator, normal, write_index

# what: (batch, in channels, height, width, out channels, kernel, keyword arguments, bias)
CONVOLUTIONS = {
    "stem-7x7-s2-p3": (2, 1, 32, 32, 64, (7, 7), {"stride": 2, "padding": 3}, False),
    "stem-7x7-s2-p3-odd": (1, 1, 37, 29, 64, (7, 7), {"stride": 2, "padding": 3}, False),
    "stem-7x7-s2-p3-rgb": (2, 3, 23, 23, 16, (7, 7), {"stride": 2, "padding": 3}, True),
    "3x3-p1-64": (2, 64, 14, 14, 64, (3, 3), {"padding": 1}, False),
    "3x3-p1-64-odd": (2, 64, 7, 9, 52, (3, 3), {"padding": 1}, False),
    "3x3-p1-batch1-wide": (1, 8, 5, 67, 12, (3, 3), {"padding": 1}, True),
    "3x3-p1-narrow": (2, 5, 41, 3, 9, (3, 3), {"padding": 1}, False),
    "3x3-p1-one-pixel": (3, 16, 1, 1, 24, (3, 3), {"padding": 1}, True),
    "3x3-p1-odd-channels": (2, 13, 11, 10, 7, (3, 3), {"padding": 1}, True),
    "3x3-p1-many-channels": (1, 131, 5, 5, 35, (3, 3), {"padding": 1}, False),
    "3x3-p1-long-sum": (6, 2, 48, 48, 2, (3, 3), {"padding": 1}, False),
    "3x3-no-padding": (2, 6, 9, 8, 10, (3, 3), {}, True),
    "3x3-s2-p1-64-72": (2, 64, 10, 14, 72, (3, 3), {"stride": 2, "padding": 1}, False),
    "3x3-s2-p1-odd": (3, 10, 15, 13, 18, (3, 3), {"stride": 2, "padding": 1}, False),
    "3x3-s2-p1-even": (2, 12, 12, 16, 8, (3, 3), {"stride": 2, "padding": 1}, True),
    "3x3-s2-unused-border": (2, 4, 8, 10, 6, (3, 3), {"stride": 2}, False),
    "3x3-s3-p1": (2, 5, 17, 14, 6, (3, 3), {"stride": 3, "padding": 1}, False),
    "1x1": (2, 24, 9, 7, 33, (1, 1), {}, False),
    "1x1-bias": (3, 7, 5, 5, 4, (1, 1), {}, True),
    "1x1-256-64": (2, 256, 7, 7, 64, (1, 1), {}, False),
    "1x1-s2-64-128": (2, 64, 10, 10, 128, (1, 1), {"stride": 2}, False),
    "1x1-s2-odd": (2, 9, 11, 13, 15, (1, 1), {"stride": 2}, True),
    "1x1-p1": (1, 3, 4, 5, 2, (1, 1), {"padding": 1}, True),
    "2x2-s2": (2, 6, 10, 12, 8, (2, 2), {"stride": 2}, True),
    "4x4-s2-p1": (2, 5, 12, 11, 7, (4, 4), {"stride": 2, "padding": 1}, False),
    "5x5-p2": (2, 6, 12, 9, 10, (5, 5), {"padding": 2}, True),
    "11x11-s4-p2": (1, 3, 43, 39, 5, (11, 11), {"stride": 4, "padding": 2}, True),
    "1x7": (2, 12, 9, 11, 10, (1, 7), {"padding": [0, 3]}, False),
    "7x1": (2, 12, 9, 11, 10, (7, 1), {"padding": [3, 0]}, True),
    "3x5-strides-differ": (2, 4, 13, 17, 6, (3, 5), {"stride": [1, 3], "padding": [2, 1]}, True),
    "dilation-2": (2, 6, 13, 12, 8, (3, 3), {"padding": 2, "dilation": 2}, True),
    "dilation-differs": (1, 5, 16, 15, 6, (3, 3), {"stride": 2, "padding": [1, 3], "dilation": [1, 3]}, False),
    "groups-2": (2, 12, 9, 9, 20, (3, 3), {"padding": 1, "groups": 2}, True),
    "groups-4-s2": (2, 16, 11, 10, 24, (3, 3), {"stride": 2, "padding": 1, "groups": 4}, False),
    "depthwise": (2, 19, 10, 11, 19, (3, 3), {"padding": 1, "groups": 19}, True),
    "depthwise-multiplier-2": (2, 7, 9, 9, 14, (5, 5), {"stride": 2, "padding": 2, "groups": 7}, False),
    "whole-picture": (3, 4, 6, 5, 9, (6, 5), {}, True),
    "zero-batch": (0, 6, 8, 8, 10, (3, 3), {"padding": 1}, True),
    "zero-batch-stem": (0, 1, 16, 16, 64, (7, 7), {"stride": 2, "padding": 3}, False),
}

# what: (shape of x, out features, bias)
LINEAR = {
    "resnet-head": ((4, 512), 2, True),
    "batch1": ((1, 37), 5, True),
    "no-bias": ((3, 64), 64, False),
    "odd": ((7, 13), 11, True),
    "wide": ((5, 129), 257, True),
    "three-axes": ((2, 3, 10), 6, True),
    "zero-batch": ((0, 16), 4, True),
}

def convolution(what, batch, channels, height, width, outputs, kernel, arguments, bias):
    name = f"conv2d-{what}"
    random = generator(name)
    groups = arguments.get("groups", 1)
    fan_in = channels // groups * math.prod(kernel)
    inputs = {
        "x": normal(random, batch, channels, height, width),
        "weight": normal(random, outputs, channels // groups, *kernel) / fan_in**0.5,
    }
    inputs["weight"] = inputs["weight"].astype("float32")
    if bias:
        inputs["bias"] = normal(random, outputs)
    differentiable(name, "conv2d", arguments, lambda x, weight, bias=None: F.conv2d(x, weight, bias, **arguments), inputs)


def linear(what, shape, outputs, bias):
    name = f"linear-{what}"
    random = generator(name)
    inputs = {"x": normal(random, *shape), "weight": normal(random, outputs, shape[-1])}
    if bias:
        inputs["bias"] = normal(random, outputs)
    differentiable(name, "linear", {}, lambda x, weight, bias=None: F.linear(x, weight, bias), inputs, atol=1e-4)


def main():
    for what, case in CONVOLUTIONS.items():
        convolution(what, *case)
    for what, case in LINEAR.items():
        linear(what, *case)


if __name__ == "__main__":
    main()
    write_index()
