"""Reference cases with NaN, infinities and zeros of either sign: what comes out of an operation, and of its gradient."""

import numpy as np
import torch
import torch.nn.functional as F

from conformance import differentiable, generator, normal, write_index

SPECIAL = np.array([np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0], np.float32)

UNARY = {
    "relu": (F.relu, {}),
    "leaky_relu": (F.leaky_relu, {"negative_slope": 0.25}),
    "gelu": (F.gelu, {}),
    "sigmoid": (torch.sigmoid, {}),
    "tanh": (torch.tanh, {}),
    "softplus": (F.softplus, {}),
    "exp": (torch.exp, {}),
    "log": (torch.log, {}),
    "sqrt": (torch.sqrt, {}),
}
PAIRS = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div}
LOSSES = {"l1_loss": F.l1_loss, "mse_loss": F.mse_loss, "smooth_l1_loss": F.smooth_l1_loss}


def unary():
    for op, (function, arguments) in UNARY.items():
        inputs = {"x": np.concatenate([SPECIAL, normal(generator(op), 6)])}
        differentiable(f"{op}-special", op, arguments, lambda x: function(x, **arguments), inputs)


def pairs():
    left, right = (x.ravel().astype(np.float32) for x in np.meshgrid(SPECIAL, SPECIAL))
    for op, function in PAIRS.items():
        differentiable(f"{op}-special", op, {}, function, {"input": left, "other": right})
    for op, function in LOSSES.items():
        arguments = {"reduction": "none"}
        function_with = lambda input, target: function(input, target, **arguments)
        differentiable(f"{op}-special", op, arguments, function_with, {"input": left, "target": right})


def rows(name, columns=16):
    """A row for each special value in its midst, and one without."""
    x = normal(generator(name), len(SPECIAL) + 1, columns)
    x[np.arange(len(SPECIAL)), np.arange(len(SPECIAL)) * 7 % columns] = SPECIAL
    return x


def lines():
    for op, function in {"sum": torch.sum, "mean": torch.mean, "softmax": F.softmax, "log_softmax": F.log_softmax}.items():
        name = f"{op}-special"
        differentiable(name, op, {"dim": 1}, lambda x: function(x, dim=1), {"x": rows(name)})
    name = "max-special"
    maxima = lambda x: torch.max(x, dim=1).values
    differentiable(name, "max", {"dim": 1}, maxima, {"x": rows(name)})
    name = "layer_norm-special"
    differentiable(name, "layer_norm", {"normalized_shape": [16]}, lambda x: F.layer_norm(x, [16]), {"x": rows(name)})


def windows():
    shape = (len(SPECIAL) + 1, 1, 6, 6)
    arguments = {"kernel_size": 3, "stride": 2, "padding": 1}
    name = "max_pool2d-special"
    x = rows(name, 36).reshape(shape)
    differentiable(name, "max_pool2d", arguments, lambda x: F.max_pool2d(x, **arguments), {"x": x}, exact=True)
    name = "max_pool2d-infinite"  # windows of −∞ alone
    x = np.full(shape, -np.inf, np.float32)
    differentiable(name, "max_pool2d", arguments, lambda x: F.max_pool2d(x, **arguments), {"x": x}, exact=True)
    name = "avg_pool2d-special"
    x = rows(name, 36).reshape(shape)
    differentiable(name, "avg_pool2d", arguments, lambda x: F.avg_pool2d(x, **arguments), {"x": x})
    name = "adaptive_avg_pool2d-special"
    differentiable(name, "adaptive_avg_pool2d", {"output_size": 2}, lambda x: F.adaptive_avg_pool2d(x, 2), {"x": x})
    name = "interpolate-special"
    arguments = {"size": 3, "mode": "nearest"}
    differentiable(name, "interpolate", arguments, lambda x: F.interpolate(x, **arguments), {"x": x})


def normalisation():
    """Channels with a special value each, and one without."""
    for what, training in {"train": True, "eval": False}.items():
        name = f"batch_norm-special-{what}"
        random = generator(name)
        channels = len(SPECIAL) + 1
        inputs = {
            "x": np.moveaxis(rows(name, 16).reshape(channels, 2, 8), 0, 1).copy(),
            "weight": (1 + 0.3 * random.standard_normal(channels)).astype(np.float32),
            "bias": normal(random, channels),
            "running_mean": normal(random, channels),
            "running_var": random.uniform(0.5, 1.5, channels).astype(np.float32),
        }

        def function(x, weight, bias, running_mean, running_var):
            mean, var = running_mean.clone(), running_var.clone()
            y = F.batch_norm(x, mean, var, weight, bias, training=training)
            return {"y": y, "running_mean": mean, "running_var": var} if training else y

        differentiable(name, "batch_norm", {"training": training}, function, inputs, ("running_mean", "running_var"))


def losses():
    name = "gaussian_nll_loss-special"
    input, target, var = (x.ravel() for x in np.meshgrid(SPECIAL[:5], SPECIAL[:5], np.float32([np.nan, np.inf, 0, 1])))
    arguments = {"reduction": "none", "eps": 1e-6}
    function = lambda input, target, var: F.gaussian_nll_loss(input, target, var, **arguments)
    inputs = {"input": input.copy(), "target": target.copy(), "var": var.copy()}
    differentiable(name, "gaussian_nll_loss", arguments, function, inputs)


def products():
    """A special value spoils its row and nothing else."""
    name = "linear-special"
    random = generator(name)
    inputs = {"x": rows(name), "weight": normal(random, 5, 16), "bias": normal(random, 5)}
    differentiable(name, "linear", {}, F.linear, inputs)
    name = "conv2d-special"
    random = generator(name)
    x = rows(name, 72).reshape(-1, 2, 6, 6)
    inputs = {"x": x, "weight": normal(random, 3, 2, 3, 3), "bias": normal(random, 3)}
    differentiable(name, "conv2d", {"padding": 1}, lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1), inputs)


def main():
    unary()
    pairs()
    lines()
    windows()
    normalisation()
    losses()
    products()


if __name__ == "__main__":
    main()
    write_index()
