"""Reference cases of products, normalisation along lines, rearrangements, resizing and attention."""

import math

import numpy as np
import torch
import torch.nn.functional as F

from conformance import differentiable, generator, normal, write_index

# what: (shape of x, shape of weight, bias, keyword arguments)
CONV_TRANSPOSE = {
    "2x2-s2": ((2, 5, 6, 7), (5, 4, 2, 2), True, {"stride": 2}),
    "3x3-s2-p1-op1": ((2, 4, 7, 5), (4, 6, 3, 3), True, {"stride": 2, "padding": 1, "output_padding": 1}),
    "4x4-s2-p1": ((1, 3, 5, 6), (3, 5, 4, 4), False, {"stride": 2, "padding": 1}),
    "3x3-dilation": ((2, 3, 6, 5), (3, 2, 3, 3), True, {"dilation": 2, "padding": 1}),
    "groups": ((2, 6, 5, 4), (6, 2, 3, 3), True, {"stride": 2, "groups": 3}),
    "depthwise": ((1, 5, 6, 6), (5, 1, 4, 4), False, {"stride": 3, "padding": 1, "groups": 5}),
    "1x7-strides-differ": (
        (2, 3, 4, 5),
        (3, 4, 1, 7),
        True,
        {"stride": [1, 3], "padding": [0, 2], "output_padding": [0, 2]},
    ),
    "output-padding-beyond-stride": (
        (1, 2, 4, 5),
        (2, 3, 3, 2),
        True,
        {"stride": [1, 2], "dilation": 3, "output_padding": [2, 1], "padding": 2},
    ),
    "1x1-s3": ((2, 4, 3, 4), (4, 3, 1, 1), True, {"stride": 3}),
    "no-batch": ((3, 4, 5), (3, 4, 3, 3), True, {"stride": 2}),
    "zero-batch": ((0, 3, 4, 4), (3, 2, 3, 3), True, {"stride": 2}),
}

# what: (shape of x, shape of weight, keyword arguments)
CONV_PADDING = {
    "same-3x3": ((2, 3, 7, 6), (4, 3, 3, 3), {"padding": "same"}),
    "same-even-kernel": ((1, 3, 7, 6), (4, 3, 4, 2), {"padding": "same"}),
    "same-dilation": ((1, 2, 9, 8), (3, 2, 2, 3), {"padding": "same", "dilation": 3}),
    "valid": ((2, 3, 7, 6), (4, 3, 3, 2), {"padding": "valid", "stride": 2}),
    "no-batch": ((4, 6, 7), (2, 4, 3, 3), {"padding": 1}),
}

# what: shapes of the operands
MATMUL = {
    "vectors": ((37,), (37,)),
    "matrices": ((19, 33), (33, 21)),
    "matrix-vector": ((9, 31), (31,)),
    "vector-matrix": ((23,), (23, 17)),
    "batch": ((4, 7, 9), (4, 9, 5)),
    "batch-matrix": ((3, 2, 7, 9), (9, 5)),
    "matrix-batch": ((7, 9), (5, 9, 4)),
    "batch-vector": ((2, 3, 6, 11), (11,)),
    "vector-batch": ((11,), (2, 3, 11, 6)),
    "broadcast": ((3, 1, 5, 7), (4, 7, 6)),
    "broadcast-both-ways": ((2, 1, 3, 5, 4), (3, 1, 4, 6)),
    "one-column": ((2, 5, 300), (2, 300, 1)),
    "no-depth": ((3, 4, 0), (3, 0, 2)),
    "zero-batch": ((0, 4, 3), (3, 2)),
}

# what: (shape, normalized_shape, weight, bias, mean, deviation, keyword arguments)
LAYER_NORM = {
    "last": ((4, 7, 32), [32], True, True, 0.5, 2.0, {}),
    "two-axes": ((3, 5, 4, 6), [4, 6], True, True, 0.0, 1.0, {"eps": 1e-3}),
    "all-axes": ((5, 7), [5, 7], True, True, 0.0, 1.0, {}),
    "mean-1000": ((6, 129), [129], True, True, 1000.0, 0.5, {}),
    "small-variance": ((6, 65), [65], True, True, 0.1, 1e-3, {}),
    "no-parameters": ((3, 4, 10), [10], False, False, 1.0, 1.0, {}),
    "no-bias": ((9, 17), [17], True, False, 1.0, 1.0, {}),
    "no-weight": ((9, 17), [17], False, True, 1.0, 1.0, {}),
    "three-elements": ((70, 3), [3], True, True, 0.0, 1.0, {}),
    "one-element": ((4, 1), [1], True, True, 0.0, 1.0, {}),
    "many-lines": ((200, 8), [8], True, True, 0.0, 1.0, {}),
    "long-line": ((1, 4099), [4099], False, False, 3.0, 1.0, {}),
    "zero-batch": ((0, 8), [8], True, True, 0.0, 1.0, {}),
}

# what: (shape, dim, scale)
SOFTMAX = {
    "last": ((6, 7, 33), -1, 2.0),
    "middle": ((3, 21, 5), 1, 2.0),
    "first": ((40, 6), 0, 2.0),
    "channels": ((2, 19, 9, 8), 1, 3.0),
    "large-values": ((5, 40), 1, 1e4),
    "one-element": ((4, 1), 1, 1.0),
    "number": ((), 0, 1.0),
    "many-lines": ((300, 3), 1, 1.0),
    "long-line": ((1, 4099), 1, 4.0),
    "long-first": ((513, 2), 0, 4.0),
    "zero-batch": ((0, 5), 1, 1.0),
}

# what: (shape, dims)
PERMUTE = {
    "transpose": ((7, 10), [1, 0]),
    "to-channels-last": ((2, 6, 5, 7), [0, 2, 3, 1]),
    "to-channels-first": ((2, 5, 7, 6), [0, 3, 1, 2]),
    "negative": ((3, 4, 8), [-1, 0, -2]),
    "five-axes": ((2, 3, 4, 5, 2), [4, 1, 3, 0, 2]),
    "identity": ((3, 5), [0, 1]),
    "empty": ((0, 4, 3), [2, 0, 1]),
}

# what: (shape, params, the same as an index)
SLICE = {
    "middle": ((5, 9, 4), {"dim": 1, "start": 2, "end": 7, "step": 1}, np.s_[:, 2:7]),
    "step": ((4, 5, 17), {"dim": -1, "start": 1, "end": 16, "step": 3}, np.s_[:, :, 1:16:3]),
    "from-the-end": ((11, 6), {"dim": 0, "start": -7, "end": -2}, np.s_[-7:-2]),
    "beyond-the-end": ((6, 8), {"dim": 1, "start": 3, "end": 100}, np.s_[:, 3:100]),
    "several-axes": ((6, 7, 8), {"start": [1, 0, 2], "stop": [6, 7, 8], "step": [2, 3, 2]}, np.s_[1:6:2, 0:7:3, 2:8:2]),
    "named-axes": ((6, 5, 8), {"dim": [0, 2], "start": [2, 1], "stop": [5, 7]}, np.s_[2:5, :, 1:7]),
    "slices": ((6, 5, 8), {"slices": [[None, 4], None, [1, None, 2]]}, np.s_[:4, :, 1::2]),
    "nothing": ((4, 6), {"dim": 1, "start": 4, "end": 2}, np.s_[:, 4:2]),
}

# what: (shape, pad, value)
PAD = {
    "last-axis": ((3, 4, 5), [1, 2], 0.0),
    "picture": ((2, 3, 4, 5), [1, 2, 3, 0], -1.5),
    "three-axes": ((2, 3, 4), [0, 1, 2, 0, 1, 1], 7.0),
    "cut": ((2, 3, 8, 9), [-2, -1, -1, -3], 0.0),
    "cut-and-pad": ((2, 4, 6, 7), [3, -2, -1, 4], 0.25),
    "whole-vectors": ((2, 8, 16), [4, 8, 1, 0], 0.0),
    "nothing": ((3, 5), [0, 0], 1.0),
    "around-nothing": ((2, 0), [1, 2], 3.0),
}

# what: (shape, keyword arguments)
INTERPOLATE = {
    "bicubic-up": ((2, 3, 4, 5), {"size": [9, 13], "mode": "bicubic"}),
    "bicubic-down": ((1, 4, 13, 11), {"size": [5, 4], "mode": "bicubic"}),
    "bicubic-corners": ((2, 2, 7, 6), {"size": [10, 3], "mode": "bicubic", "align_corners": True}),
    "bicubic-one-pixel": ((1, 2, 1, 1), {"size": [4, 3], "mode": "bicubic"}),
    "bicubic-factor": ((1, 3, 5, 4), {"scale_factor": [2.4, 1.7], "mode": "bicubic"}),
    "bilinear-factor-kept-axis": ((1, 2, 3, 9), {"scale_factor": [1.3, 2], "mode": "bilinear"}),
    "bilinear-factor-kept-size": ((2, 1, 3, 3), {"scale_factor": 1.3, "mode": "bilinear", "align_corners": False}),
    "bilinear-factor": ((2, 2, 5, 7), {"scale_factor": 1.6, "mode": "bilinear"}),
    "bilinear-factor-recomputed": (
        (2, 2, 5, 7),
        {"scale_factor": 1.6, "mode": "bilinear", "recompute_scale_factor": True},
    ),
    "bilinear-factor-corners": ((1, 2, 5, 7), {"scale_factor": [0.6, 2.3], "mode": "bilinear", "align_corners": True}),
    "bilinear-to-one-pixel-corners": ((1, 2, 5, 4), {"size": 1, "mode": "bilinear", "align_corners": True}),
    "bilinear-wide": ((1, 1, 2, 700), {"size": [3, 1201], "mode": "bilinear"}),
    "nearest-factor": ((1, 3, 7, 5), {"scale_factor": [1.3, 0.7], "mode": "nearest"}),
    "nearest-uneven": ((1, 1, 3, 49), {"size": [7, 98], "mode": "nearest"}),
    "nearest-line": ((2, 3, 10), {"size": 23, "mode": "nearest"}),
    "nearest-line-factor": ((1, 2, 9), {"scale_factor": 2.0, "mode": "nearest"}),
    "zero-batch": ((0, 2, 4, 4), {"size": 6, "mode": "bicubic"}),
}

# what: (query, key, value, mask or None, keyword arguments)
ATTENTION = {
    "plain": ((2, 3, 7, 8), (2, 3, 9, 8), (2, 3, 9, 5), None, {}),
    "scale": ((4, 6, 8), (4, 5, 8), (4, 5, 8), None, {"scale": 0.7}),
    "causal": ((2, 2, 9, 6), (2, 2, 9, 6), (2, 2, 9, 6), None, {"is_causal": True}),
    "causal-more-keys": ((3, 5, 4), (3, 8, 4), (3, 8, 6), None, {"is_causal": True}),
    "causal-more-queries": ((3, 8, 4), (3, 5, 4), (3, 5, 6), None, {"is_causal": True}),
    "bool-mask": ((2, 3, 6, 8), (2, 3, 7, 8), (2, 3, 7, 8), "bool", {}),
    "added-mask": ((2, 3, 6, 8), (2, 3, 7, 8), (2, 3, 7, 8), "added", {}),
    "broadcast-key": ((2, 3, 6, 8), (1, 7, 8), (1, 7, 4), None, {}),
    "long": ((1, 70, 16), (1, 130, 16), (1, 130, 16), None, {}),
    "matrices": ((6, 8), (7, 8), (7, 3), None, {}),
}


# what: (shape, which of weight and bias there are, training)
BATCH_NORM = {
    "two-axes-no-parameters": ((9, 5), (), True),
    "three-axes-no-bias": ((4, 3, 7), ("weight",), True),
    "five-axes-no-weight": ((2, 3, 2, 4, 3), ("bias",), False),
}

# what: (op, shapes of input, target and variance, keyword arguments)
BROADCAST_LOSSES = {
    "mse_loss-row-of-targets": ("mse_loss", [(6, 4), (4,)], {}),
    "l1_loss-column-of-inputs": ("l1_loss", [(5, 1), (5, 3)], {"reduction": "sum"}),
    "gaussian_nll_loss-variance-of-rows": ("gaussian_nll_loss", [(7, 3), (7, 3), (7,)], {"full": True}),
    "gaussian_nll_loss-one-target": ("gaussian_nll_loss", [(4, 5), (4, 1), (4, 1)], {"reduction": "none"}),
}

# what: (op, shape, params, function)
SPELLINGS = {
    "sum-no-axes": ("sum", (3, 4, 2), {"dim": []}, lambda x: x.sum(dim=[])),
    "sum-axes-from-the-end": ("sum", (3, 4, 5), {"dim": [-1, 0], "keepdim": True}, lambda x: x.sum((-1, 0), True)),
    "mean-axis-keepdims": ("mean", (3, 4, 5), {"axis": 1, "keepdims": True}, lambda x: x.mean(1, True)),
    "add-number-alpha": ("add", (3, 5), {"other": 2, "alpha": -0.5}, lambda x: torch.add(x, 2, alpha=-0.5)),
    "relu-inplace": ("relu", (4, 5), {"inplace": True}, lambda x: F.relu(x)),
    "max_pool2d-no-batch": ("max_pool2d", (3, 7, 6), {"kernel_size": 2}, lambda x: F.max_pool2d(x, 2)),
    "adaptive_avg_pool2d-open-height": (
        "adaptive_avg_pool2d",
        (2, 3, 7, 6),
        {"output_size": [None, 2]},
        lambda x: F.adaptive_avg_pool2d(x, (None, 2)),
    ),
    "interpolate-nearest-one-channel": (
        "interpolate",
        (2, 1, 9, 7),
        {"scale_factor": [1.1, 2.1], "mode": "nearest"},
        lambda x: F.interpolate(x, scale_factor=(1.1, 2.1)),
    ),
}


def tupled(arguments):
    return {k: tuple(v) if isinstance(v, list) else v for k, v in arguments.items()}


def conv_transpose():
    for what, (shape, weight, has_bias, arguments) in CONV_TRANSPOSE.items():
        name = f"conv_transpose2d-{what}"
        random = generator(name)
        channels = weight[1] * arguments.get("groups", 1)
        inputs = {"x": normal(random, *shape), "weight": normal(random, *weight)}
        if has_bias:
            inputs["bias"] = normal(random, channels)
        function = lambda x, weight, bias=None: F.conv_transpose2d(x, weight, bias, **tupled(arguments))
        differentiable(name, "conv_transpose2d", arguments, function, inputs)


def conv_padding():
    for what, (shape, weight, arguments) in CONV_PADDING.items():
        name = f"conv2d-{what}"
        random = generator(name)
        inputs = {"x": normal(random, *shape), "weight": normal(random, *weight), "bias": normal(random, weight[0])}
        differentiable(name, "conv2d", arguments, lambda x, weight, bias: F.conv2d(x, weight, bias, **arguments), inputs)


def matmul():
    for what, (left, right) in MATMUL.items():
        name = f"matmul-{what}"
        random = generator(name)
        inputs = {"input": normal(random, *left), "other": normal(random, *right)}
        differentiable(name, "matmul", {}, torch.matmul, inputs)


def layer_norm():
    for what, (shape, normalized, has_weight, has_bias, mean, deviation, arguments) in LAYER_NORM.items():
        name = f"layer_norm-{what}"
        random = generator(name)
        inputs = {"x": (mean + deviation * random.standard_normal(shape)).astype(np.float32)}
        if has_weight:
            inputs["weight"] = (1 + 0.3 * random.standard_normal(normalized)).astype(np.float32)
        if has_bias:
            inputs["bias"] = normal(random, *normalized)
        function = lambda x, weight=None, bias=None: F.layer_norm(x, normalized, weight, bias, **arguments)
        differentiable(name, "layer_norm", {"normalized_shape": normalized} | arguments, function, inputs)


def activations():
    functions = {
        "leaky_relu": [(F.leaky_relu, {}), (F.leaky_relu, {"negative_slope": 0.2})],
        "gelu": [(F.gelu, {}), (F.gelu, {"approximate": "tanh"})],
        "softplus": [(F.softplus, {"beta": 2.5}), (F.softplus, {"beta": 0.5, "threshold": 3.0})],
    }
    for op, variants in functions.items():
        for number, (function, arguments) in enumerate(variants):
            name = f"{op}-{['range', 'variant'][number]}" if op != "softplus" else f"{op}-{['beta', 'threshold'][number]}"
            x = generator(name).uniform(-12, 12, (9, 113)).astype(np.float32)
            x.reshape(-1)[:40] = np.linspace(-1, 1, 40)
            if op == "leaky_relu":
                x.reshape(-1)[::11] = 0  # torch's gradient at 0 is the slope
            differentiable(name, op, arguments, lambda x: function(x, **arguments), {"x": x}, atol=1e-6)


def arithmetic_with_numbers():
    functions = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
    for op, function in functions.items():
        name = f"{op}-number"
        x = normal(generator(name), 5, 7)
        differentiable(name, op, {"other": -2.5}, lambda x: function(x, -2.5), {"x": x})
    for op, function in {"add": torch.add, "sub": torch.sub}.items():
        name = f"{op}-alpha"
        random = generator(name)
        inputs = {"input": normal(random, 4, 5), "other": normal(random, 5)}
        differentiable(name, op, {"alpha": 0.75}, lambda input, other: function(input, other, alpha=0.75), inputs)


def maxima():
    for what, (shape, arguments, levels) in {
        "all": ((4, 5, 6), {}, None),
        "all-ties": ((6, 7), {}, 3),
        "last": ((5, 33), {"dim": -1}, None),
        "first-keepdim": ((200, 3, 4), {"dim": 0, "keepdim": True}, None),
        "middle-ties": ((3, 130, 5), {"dim": 1}, 4),
        "one-element": ((3, 1), {"dim": 1}, None),
        "number": ((), {"dim": 0}, None),
        "zero-batch": ((0, 4), {"dim": 1}, None),
    }.items():
        name = f"max-{what}"
        random = generator(name)
        x = normal(random, *shape) if levels is None else random.integers(0, levels, shape).astype(np.float32)

        def function(x):
            result = torch.max(x, **arguments)
            return result if "dim" not in arguments else {"values": result.values, "indices": result.indices}

        differentiable(name, "max", arguments, function, {"x": np.asarray(x)}, exact=True)


def softmax():
    for op, function in {"softmax": F.softmax, "log_softmax": F.log_softmax}.items():
        for what, (shape, dim, scale) in SOFTMAX.items():
            name = f"{op}-{what}"
            x = np.asarray(scale * normal(generator(name), *shape), np.float32)
            differentiable(name, op, {"dim": dim}, lambda x: function(x, dim), {"x": x})


def rearrangements():
    for what, (shape, dims) in PERMUTE.items():
        name = f"permute-{what}"
        x = normal(generator(name), *shape)
        differentiable(name, "permute", {"dims": dims}, lambda x: x.permute(dims), {"x": x}, exact=True)
    for what, (shape, params, index) in SLICE.items():
        name = f"slice-{what}"
        differentiable(name, "slice", params, lambda x: x[index], {"x": normal(generator(name), *shape)}, exact=True)
    for what, (shape, padding, value) in PAD.items():
        name = f"pad-{what}"
        params = {"pad": padding, "mode": "constant", "value": value}
        x = normal(generator(name), *shape)
        differentiable(name, "pad", params, lambda x: F.pad(x, padding, value=value), {"x": x}, exact=True)


def interpolate():
    for what, (shape, arguments) in INTERPOLATE.items():
        name = f"interpolate-{what}"
        options = tupled(arguments)
        differentiable(
            name, "interpolate", arguments, lambda x: F.interpolate(x, **options), {"x": normal(generator(name), *shape)}
        )


def attention():
    for what, (query, key, value, mask, arguments) in ATTENTION.items():
        name = f"scaled_dot_product_attention-{what}"
        random = generator(name)
        inputs = {"query": normal(random, *query), "key": normal(random, *key), "value": normal(random, *value)}
        queries, keys = query[-2], key[-2]
        if mask == "bool":
            inputs["attn_mask"] = random.random((queries, keys)) < 0.6
            inputs["attn_mask"][2] = False  # a query that sees nothing gives zeros
        if mask == "added":
            inputs["attn_mask"] = normal(random, 3, 1, keys)

        def function(query, key, value, attn_mask=None):
            scores = query @ key.transpose(-2, -1) * arguments.get("scale", 1 / math.sqrt(query.shape[-1]))
            if mask == "added":
                scores = scores + attn_mask
            seen = torch.ones(queries, keys, dtype=torch.bool)
            if mask == "bool":
                seen = torch.tensor(inputs["attn_mask"])
            if arguments.get("is_causal"):
                seen = seen.tril()
            shares = scores.masked_fill(~seen, -math.inf).softmax(-1)
            return shares.masked_fill(~seen.any(-1, keepdim=True), 0) @ value

        differentiable(name, "scaled_dot_product_attention", arguments, function, inputs, constants=("attn_mask",) * (mask == "bool"))


def batch_norm():
    for what, (shape, parts, training) in BATCH_NORM.items():
        name = f"batch_norm-{what}"
        random = generator(name)
        inputs = {"x": 2 + normal(random, *shape)} | {part: normal(random, shape[1]) for part in parts}
        if not training:
            inputs |= {"running_mean": normal(random, shape[1]), "running_var": 0.5 + random.random(shape[1], np.float32)}

        def function(x, weight=None, bias=None, running_mean=None, running_var=None):
            return F.batch_norm(x, running_mean, running_var, weight, bias, training)

        constants = ("running_mean", "running_var")
        differentiable(name, "batch_norm", {"training": training}, function, inputs, constants)


def broadcast_losses():
    for name, (op, shapes, arguments) in BROADCAST_LOSSES.items():
        random = generator(name)
        inputs = {key: normal(random, *shape) for key, shape in zip(("input", "target"), shapes)}
        if len(shapes) > 2:
            inputs["var"] = (0.1 + random.random(shapes[2])).astype(np.float32)
        differentiable(name, op, arguments, lambda **tensors: getattr(F, op)(**tensors, **arguments), inputs)


def spellings():
    for name, (op, shape, params, function) in SPELLINGS.items():
        differentiable(name, op, params, lambda x: function(x), {"x": normal(generator(name), *shape)})


def main():
    batch_norm()
    broadcast_losses()
    spellings()
    conv_transpose()
    conv_padding()
    matmul()
    layer_norm()
    activations()
    arithmetic_with_numbers()
    maxima()
    softmax()
    rearrangements()
    interpolate()
    attention()


if __name__ == "__main__":
    main()
    write_index()
