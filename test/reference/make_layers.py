"""Reference cases of batch norm, element-wise operations, pooling and losses."""

import numpy as np
import torch
import torch.nn.functional as F

from conformance import differentiable, generator, normal, write_index

# what: (shape, mean, standard deviation, training, affine, keyword arguments)
BATCH_NORM = {
    "train": ((4, 6, 9, 7), 0.5, 2.0, True, {}),
    "train-mean-1000": ((4, 5, 12, 12), 1000.0, 0.5, True, {}),
    "train-mean-10000": ((3, 4, 10, 6), 1e4, 0.1, True, {}),
    "train-mean-1000-odd": ((2, 3, 7, 5), -1000.0, 0.5, True, {}),
    "train-one-pixel": ((8, 33, 1, 1), 0.0, 1.0, True, {"momentum": 0.3}),
    "train-batch1": ((1, 3, 17, 19), -3.0, 1.0, True, {"eps": 1e-3}),
    "train-large-plane": ((2, 2, 67, 71), 0.0, 1.0, True, {}),
    "train-64-channels": ((2, 64, 8, 8), 0.0, 1.0, True, {}),
    "train-small-variance": ((3, 4, 6, 6), 0.1, 1e-3, True, {}),
    "eval": ((4, 6, 9, 7), 0.5, 2.0, False, {}),
    "eval-mean-1000": ((2, 5, 6, 6), 1000.0, 0.5, False, {}),
    "eval-zero-batch": ((0, 5, 6, 6), 0.0, 1.0, False, {}),
}

# what: (shape, keyword arguments)
MAX_POOL = {
    "3x3-s2-p1": ((2, 5, 14, 12), {"kernel_size": 3, "stride": 2, "padding": 1}),
    "3x3-s2-p1-odd": ((2, 3, 15, 13), {"kernel_size": 3, "stride": 2, "padding": 1}),
    "2x2": ((3, 4, 9, 10), {"kernel_size": 2}),
    "3x3-s1-p1": ((1, 2, 8, 9), {"kernel_size": 3, "stride": 1, "padding": 1}),
    "2x3-strides-differ": ((2, 3, 11, 12), {"kernel_size": [2, 3], "stride": [1, 2], "padding": [1, 0]}),
    "zero-batch": ((0, 3, 8, 8), {"kernel_size": 3, "stride": 2, "padding": 1}),
    "ceil": ((2, 3, 8, 11), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "ceil-window-in-padding": ((1, 3, 5, 6), {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
    "ceil-smaller-than-kernel": ((2, 2, 2, 3), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "dilation-2": ((2, 3, 11, 12), {"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2}),
    "dilations-differ-ceil": (
        (2, 3, 12, 13),
        {"kernel_size": [3, 2], "stride": [2, 3], "padding": [1, 1], "dilation": [2, 3], "ceil_mode": True},
    ),
    "dilation-4-s1": ((1, 2, 10, 9), {"kernel_size": 3, "stride": 1, "dilation": 4}),
}

AVG_POOL = {
    "2x2": ((2, 3, 8, 9), {"kernel_size": 2}),
    "3x3-s2-p1": ((2, 4, 11, 12), {"kernel_size": 3, "stride": 2, "padding": 1}),
    "3x3-s1-p1-no-pad-count": (
        (1, 5, 7, 6),
        {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False},
    ),
    "whole-plane": ((3, 6, 7, 7), {"kernel_size": 7}),
    "2x3": ((2, 3, 10, 12), {"kernel_size": [2, 3]}),
    "zero-batch": ((0, 3, 8, 8), {"kernel_size": 2}),
    "ceil": ((2, 3, 8, 11), {"kernel_size": 3, "stride": 2, "ceil_mode": True}),
    "ceil-p1": ((2, 3, 8, 10), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
    "ceil-p1-no-pad-count": (
        (2, 3, 8, 10),
        {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False},
    ),
    "ceil-window-in-padding": ((1, 3, 5, 6), {"kernel_size": 2, "stride": 3, "padding": 1, "ceil_mode": True}),
    "ceil-strides-differ": (
        (1, 2, 9, 12),
        {"kernel_size": [4, 3], "stride": [3, 5], "padding": [2, 1], "ceil_mode": True},
    ),
}

# what: (shape, output_size)
ADAPTIVE_AVG_POOL = {
    "to-1": ((4, 64, 7, 7), 1),
    "to-1-odd": ((2, 5, 3, 11), 1),
    "to-1-one-pixel": ((3, 7, 1, 1), 1),
    "2x3": ((2, 4, 7, 8), [2, 3]),
    "7-from-10x9": ((1, 3, 10, 9), 7),
    "larger-than-input": ((1, 2, 3, 4), [5, 6]),
    "zero-batch": ((0, 4, 5, 5), 1),
}

# what: shapes of the two operands
PAIRS = {
    "same": ((3, 5, 7, 9), (3, 5, 7, 9)),
    "long": ((8209,), (8209,)),
    "row": ((4, 6, 5), (5,)),
    "channel": ((2, 6, 4, 5), (1, 6, 1, 1)),
    "outer": ((7, 1), (1, 9)),
    "scalar": ((3, 8), ()),
    "zero-batch": ((0, 5, 3), (0, 5, 3)),
}

LOSS_SHAPES = {"column": (17, 1), "plane": (6, 11), "long": (3001,)}
REDUCTIONS = ("mean", "sum", "none")


def batch_norm(what, shape, mean, deviation, training, arguments):
    name = f"batch_norm-{what}"
    random = generator(name)
    channels = shape[1]
    inputs = {
        "x": (mean + deviation * random.standard_normal(shape)).astype(np.float32),
        "weight": (1 + 0.3 * random.standard_normal(channels)).astype(np.float32),
        "bias": normal(random, channels),
        "running_mean": (mean + 0.2 * random.standard_normal(channels)).astype(np.float32),
        "running_var": (deviation**2 * random.uniform(0.5, 1.5, channels)).astype(np.float32),
    }

    def function(x, weight, bias, running_mean, running_var):
        mean, var = running_mean.clone(), running_var.clone()
        y = F.batch_norm(x, mean, var, weight, bias, training=training, **arguments)
        return {"y": y, "running_mean": mean, "running_var": var} if training else y

    differentiable(
        name,
        "batch_norm",
        {"training": training} | arguments,
        function,
        inputs,
        ("running_mean", "running_var"),
    )


def pooling(op, function, cases, **tolerances):
    for what, (shape, arguments) in cases.items():
        name = f"{op}-{what}"
        inputs = {"x": normal(generator(name), *shape)}
        differentiable(name, op, arguments, lambda x: function(x, **arguments), inputs, **tolerances)


def max_pool_ties():
    """Few distinct values, so that most windows hold equal maxima, and a plane of one value."""
    for what, levels in {"ties": 3, "ties-constant": 1}.items():
        name = f"max_pool2d-{what}"
        arguments = {"kernel_size": 3, "stride": 2, "padding": 1}
        x = generator(name).integers(0, levels, (2, 3, 13, 12)).astype(np.float32)
        differentiable(name, "max_pool2d", arguments, lambda x: F.max_pool2d(x, **arguments), {"x": x}, exact=True)
    name = "max_pool2d-negative"  # padding must not count as 0
    x = -1 - generator(name).random((2, 3, 9, 9)).astype(np.float32)
    differentiable(name, "max_pool2d", arguments, lambda x: F.max_pool2d(x, **arguments), {"x": x}, exact=True)


def relu():
    for what, shape in {"plane": (3, 5, 7, 9), "long": (8209,), "zero-batch": (0, 4)}.items():
        name = f"relu-{what}"
        x = normal(generator(name), *shape)
        x.reshape(-1)[::11] = 0  # torch's gradient at 0 is 0
        differentiable(name, "relu", {}, lambda x: F.relu(x), {"x": x}, exact=True)


def pairs():
    for op, function in {"add": torch.add, "mul": torch.mul}.items():
        for what, (left, right) in PAIRS.items():
            name = f"{op}-{what}"
            random = generator(name)
            inputs = {"input": normal(random, *left), "other": normal(random, *right)}
            # the gradient of a broadcast operand is a sum of up to thousands of terms
            differentiable(name, op, {}, function, inputs)


def gaussian_nll():
    for what, shape in LOSS_SHAPES.items():
        for reduction in REDUCTIONS:
            for full in (False, True) if reduction == "mean" else (False,):
                name = f"gaussian_nll_loss-{what}-{reduction}{'-full' if full else ''}"
                random = generator(name)
                inputs = {
                    "input": normal(random, *shape),
                    "target": normal(random, *shape),
                    "var": random.uniform(0.05, 3, shape).astype(np.float32),
                }
                arguments = {"full": full, "eps": 1e-6, "reduction": reduction}
                function = lambda input, target, var: F.gaussian_nll_loss(input, target, var, **arguments)
                differentiable(name, "gaussian_nll_loss", arguments, function, inputs)
    name = "gaussian_nll_loss-clamped-variance"
    random = generator(name)
    inputs = {"input": normal(random, 9), "target": normal(random, 9), "var": np.linspace(0, 0.4, 9, dtype=np.float32)}
    arguments = {"full": False, "eps": 0.1, "reduction": "mean"}
    function = lambda input, target, var: F.gaussian_nll_loss(input, target, var, **arguments)
    differentiable(name, "gaussian_nll_loss", arguments, function, inputs)


def distances():
    losses = {"mse_loss": F.mse_loss, "l1_loss": F.l1_loss, "smooth_l1_loss": F.smooth_l1_loss}
    for op, function in losses.items():
        for what, shape in LOSS_SHAPES.items():
            reduction = REDUCTIONS[list(LOSS_SHAPES).index(what)]
            arguments = {"reduction": reduction}
            if op == "smooth_l1_loss" and what == "plane":
                arguments["beta"] = 0.5
            name = f"{op}-{what}-{reduction}"
            random = generator(name)
            inputs = {"input": normal(random, *shape), "target": normal(random, *shape)}
            function_with = lambda input, target: function(input, target, **arguments)
            differentiable(name, op, arguments, function_with, inputs)


def cross_entropy():
    shapes = {"batch": (5, 7), "planes": (2, 3, 4, 5), "one-picture": (6,)}
    for what, reduction in {"batch": "mean", "planes": "none", "one-picture": "sum"}.items():
        name = f"cross_entropy-{what}-{reduction}"
        random = generator(name)
        scores = 10 * normal(random, *shapes[what])
        shares = random.uniform(0, 1, shapes[what])
        axis = min(1, shares.ndim - 1)
        target = (shares / shares.sum(axis, keepdims=True)).astype(np.float32)
        arguments = {"reduction": reduction}
        function = lambda input, target: F.cross_entropy(input, target, **arguments)
        differentiable(name, "cross_entropy", arguments, function, {"input": scores, "target": target})


def main():
    for what, case in BATCH_NORM.items():
        batch_norm(what, *case)
    relu()
    pairs()
    pooling("max_pool2d", F.max_pool2d, MAX_POOL, exact=True)
    max_pool_ties()
    pooling("avg_pool2d", F.avg_pool2d, AVG_POOL)
    adaptive = {what: (shape, {"output_size": size}) for what, (shape, size) in ADAPTIVE_AVG_POOL.items()}
    pooling("adaptive_avg_pool2d", F.adaptive_avg_pool2d, adaptive)
    gaussian_nll()
    distances()
    cross_entropy()


if __name__ == "__main__":
    main()
    write_index()
