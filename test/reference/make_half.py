"""Reference cases of operations on float16: float64 results of float16 numbers, rounded to float16 once."""

import numpy as np
import torch
import torch.nn.functional as F

from conformance import differentiable, generator, normal, write_index

# One step of float16 is 2^-10 of a number at most: the engine rounds once, where float32 may have gone to the other side.
STEP = 1e-3
TOLERANCES = {"rtol": STEP, "atol": 1e-6, "grad_rtol": STEP, "grad_atol": 1e-6}
# Gradients that are made from a rounded output.
FROM_OUTPUT = {**TOLERANCES, "grad_rtol": 4 * STEP}

# what: (operation, function, shapes of its inputs, keyword arguments)
CONV = [
    ("conv2d-3x3", ((2, 6, 9, 7), (5, 6, 3, 3), (5,)), {"padding": 1}),
    ("conv2d-7x7-s2", ((1, 3, 15, 13), (8, 3, 7, 7)), {"stride": 2, "padding": 3}),
    ("conv2d-1x1-s2-odd", ((1, 7, 5, 5), (3, 7, 1, 1)), {"stride": 2}),
    ("conv2d-groups", ((1, 6, 7, 5), (9, 2, 3, 3)), {"padding": 1, "groups": 3}),
    ("conv2d-zero-batch", ((0, 3, 5, 5), (4, 3, 3, 3)), {}),
]

ELEMENTWISE = [
    ("add", lambda a, b: a + b, ((3, 5, 7), (5, 1)), TOLERANCES),
    ("mul", lambda a, b: a * b, ((3, 5, 7), (3, 5, 7)), TOLERANCES),
    ("sub", lambda a, b: a - b, ((11,), (11,)), TOLERANCES),
]

UNARY = [
    ("relu", F.relu, TOLERANCES),
    ("sigmoid", torch.sigmoid, FROM_OUTPUT),
    ("tanh", torch.tanh, {**TOLERANCES, "grad_rtol": 4 * STEP, "grad_atol": 2e-3}),
]

POOLING = [
    ("max_pool2d", F.max_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("avg_pool2d", F.avg_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1}),
    ("adaptive_avg_pool2d", F.adaptive_avg_pool2d, {"output_size": 1}),
]


def halves(what, *shapes):
    random = generator(f"half {what}")
    return [normal(random, *shape).astype(np.float16) for shape in shapes]


def convolutions():
    for what, shapes, arguments in CONV:
        names = ("x", "weight", "bias")
        inputs = dict(zip(names, halves(what, *shapes)))
        function = lambda x, weight, bias=None: F.conv2d(x, weight, bias, **arguments)
        differentiable(f"half-{what}", "conv2d", arguments, function, inputs, **TOLERANCES)


def linear():
    for what, batch in (("linear", 5), ("linear-one-row", 1)):
        x, weight, bias = halves(what, (batch, 33), (7, 33), (7,))
        inputs = {"x": x, "weight": weight, "bias": bias}
        differentiable(f"half-{what}", "linear", {}, F.linear, inputs, **TOLERANCES)


def batch_norm():
    """Parameters and statistics stay float32."""
    for what, shape, training in (
        ("train", (4, 6, 8, 8), True),
        ("train-odd", (3, 5, 7, 5), True),
        ("eval", (2, 6, 3, 3), False),
    ):
        random = generator(f"half batch norm {what}")
        channels = shape[1]
        inputs = {
            "x": (2 * normal(random, *shape) + 0.5).astype(np.float16),
            "weight": normal(random, channels),
            "bias": normal(random, channels),
            "running_mean": normal(random, channels),
            "running_var": np.exp(normal(random, channels)),
        }

        def function(x, weight, bias, running_mean, running_var):
            mean, var = running_mean.clone(), running_var.clone()
            y = F.batch_norm(x, mean, var, weight, bias, training)
            return {"y": y, "running_mean": mean, "running_var": var}

        differentiable(
            f"half-batch_norm-{what}",
            "batch_norm",
            {"training": training},
            function,
            inputs,
            constants=("running_mean", "running_var"),
            **{**TOLERANCES, "atol": 1e-5, "grad_atol": 1e-4},
        )


def elementwise():
    for op, function, shapes, tolerances in ELEMENTWISE:
        a, b = halves(op, *shapes)
        inputs = {"input": a, "other": b}
        differentiable(f"half-{op}", op, {}, lambda input, other: function(input, other), inputs, **tolerances)
    for op, function, tolerances in UNARY:
        (x,) = halves(op, (3, 7, 5))
        differentiable(f"half-{op}", op, {}, lambda x: function(x), {"x": x}, **tolerances)


def pooling():
    for op, function, arguments in POOLING:
        (x,) = halves(op, (2, 3, 9, 7))
        differentiable(f"half-{op}", op, arguments, lambda x: function(x, **arguments), {"x": x}, **TOLERANCES)


def joined():
    (x,) = halves("interpolate", (1, 2, 5, 3))
    arguments = {"size": [7, 9], "mode": "bilinear", "align_corners": False}
    resized = lambda x: F.interpolate(x, **arguments)
    differentiable("half-interpolate", "interpolate", arguments, resized, {"x": x}, **TOLERANCES)
    a, b = halves("cat", (2, 3, 5), (2, 4, 5))
    inputs = {"x0": a, "x1": b}
    differentiable("half-cat", "cat", {"dim": 1}, lambda x0, x1: torch.cat((x0, x1), 1), inputs, **TOLERANCES)
    (x,) = halves("mean", (3, 65, 5))
    differentiable("half-mean", "mean", {"dim": [1]}, lambda x: x.mean((1,)), {"x": x}, **TOLERANCES)


def main():
    convolutions()
    linear()
    batch_norm()
    elementwise()
    pooling()
    joined()


if __name__ == "__main__":
    main()
    write_index()
