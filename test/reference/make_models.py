"""Reference cases of whole networks and of training runs.

Shipped cases hold no parameters (ResNet-18 has 44 MB): both sides make them from a formula (philox.py), and the file holds
each gradient's norm and a sample of it. `--full DIR` writes the same cases complete, in the standard format.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision

import networks
import philox
from conformance import CASES, TORCH, float32, generator, normal, sampled, write_case, write_index

SOURCE = f"torchvision {torchvision.__version__}, {TORCH}"
SEED = 7

RESNET = {"name": "resnet18", "in_channels": 1, "out_channels": 2}

# what: (parameters of the model, shape of x[, margin and tolerances])
MODELS = {
    "resnet18-train": (RESNET | {"mode": "train"}, (4, 1, 64, 64)),
    "resnet18-eval": (RESNET | {"mode": "eval"}, (1, 1, 75, 97)),
    "resnet18-rgb-train": (RESNET | {"in_channels": 3, "out_channels": 5, "mode": "train"}, (2, 3, 48, 80)),
    "resnet20-train": ({"name": "resnet20", "mode": "train"}, (3, 3, 31, 34)),
    "resnet50-eval": (RESNET | {"name": "resnet50", "mode": "eval"}, (2, 1, 33, 46)),
    "resnet101-eval": (RESNET | {"name": "resnet101", "mode": "eval"}, (2, 1, 33, 46)),
    "densenet121-eval": (RESNET | {"name": "densenet121", "mode": "eval"}, (2, 1, 33, 46)),
    "vgg11_bn-eval": (RESNET | {"name": "vgg11_bn", "hidden_features": 24, "mode": "eval"}, (1, 1, 64, 35)),
    "inception_v3-eval": (
        {"name": "inception_v3", "out_channels": 3, "transform_input": True, "mode": "eval"},
        (1, 3, 75, 79),
    ),
    "squeezenet1_0-train": ({"name": "squeezenet1_0", "out_channels": 4, "dropout": 0, "mode": "train"}, (2, 3, 33, 46)),
}

# Of ten million ReLUs some lie within rounding of 0 whatever the picture: then PyTorch's own float32 is off by 1.5 % of a
# gradient's norm on the average, by 2.5 % at most.
JUMPS_ARE_MANY = {"margin": 0, "grad_norm_rtol": 5e-2}

# Too large to be shipped; written with --large DIR.
LARGE = {
    "resnet34-train": (RESNET | {"name": "resnet34", "mode": "train"}, (4, 1, 64, 64)),
    "resnet110-train": ({"name": "resnet110", "mode": "train"}, (4, 3, 32, 32)),
    "inception_v3-train": (
        {"name": "inception_v3", "out_channels": 3, "dropout": 0, "mode": "train"},
        (2, 3, 299, 299),
        JUMPS_ARE_MANY,
    ),
}

STEPS, BATCH, SIDE = 5, 4, 64
MARGIN = 2e-6
OPTIMIZER = {"name": "adamw", "lr": 1e-4, "betas": [0.9, 0.999], "eps": 1e-5, "weight_decay": 0.01}


def network(params, dtype=torch.float64):
    model = networks.make(params)
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    made = {k: torch.tensor(philox.values(k, tuple(v.shape), SEED)) for k, v in state.items()}
    model.load_state_dict(made, strict=False)
    return model.to(dtype).train(params.get("mode", "train") == "train")


def start_values(model):
    tensors = {f"param.{k}": float32(v) for k, v in model.named_parameters()}
    buffers = {k: v for k, v in model.named_buffers() if not k.endswith("num_batches_tracked")}
    return tensors | {f"buffer.{k}": float32(v) for k, v in buffers.items()}


def some(tensors):
    """All tensors of small networks, every third to sixth of large ones, the last one among them: no case takes much more
    than 100 KB.
    """
    step = 1 + len(tensors) // 80
    return {k: v for i, (k, v) in enumerate(tensors.items()) if (len(tensors) - 1 - i) % step == 0}


def write(name, op, params, start, given, large, full, folder=CASES, **tolerances):
    """`given` tensors are written whole; `start` and `large` only in the complete form."""
    if full:
        write_case(name, op, params, SOURCE, given | start | large, folder=full, **tolerances)
    else:
        params = params | {"values": {"generator": "philox", "seed": SEED}}
        write_case(name, op, params, SOURCE, given | sampled(large), folder=folder, **tolerances)


class Margin:
    """While it is open, finds the least distance of any ReLU's input from 0, and of any max pooling window's two largest
    values from each other. There the gradient jumps: a case closer to a jump than rounding errors reach would not tell
    right from wrong.
    """

    def __enter__(self):
        self.least = np.inf
        self.functions = F.relu, F.max_pool2d
        F.relu, F.max_pool2d = self.relu, self.max_pool2d
        return self

    def __exit__(self, *_):
        F.relu, F.max_pool2d = self.functions

    def see(self, distances):
        if distances.numel() > 0:
            self.least = min(self.least, distances.min().item())

    def relu(self, x, inplace=False):
        self.see(x.abs())
        return self.functions[0](x)

    def max_pool2d(self, x, kernel_size, stride, padding=0, dilation=1, ceil_mode=False, return_indices=False):
        y = self.functions[1](x, kernel_size, stride, padding, dilation, ceil_mode)
        ends = [(n - 1) * stride + kernel_size - size - padding for n, size in zip(y.shape[2:], x.shape[2:])]
        right, bottom = max(ends[1], 0), max(ends[0], 0)
        planes = F.pad(x, (padding, right, padding, bottom), value=-1).flatten(0, 1).unsqueeze(1)
        largest = F.unfold(planes, kernel_size, stride=stride).topk(2, dim=1).values
        self.see((largest[:, 0] - largest[:, 1])[largest[:, 0] > 0])
        return y


def away_from_jumps(name, params, make, least=MARGIN):
    """The random stream and its `make(random)` = (picture, …) of the first attempt with a margin above `least`."""
    model = network(params)
    for attempt in range(1000):
        random = generator(f"{name} {attempt}")
        made = make(random)
        with torch.no_grad(), Margin() as margin:
            model(torch.tensor(made[0], dtype=torch.float64))
        if margin.least > least:
            return random, made
    raise RuntimeError(f"{name}: every attempt lies close to a jump of the gradient")


def named_outputs(result):
    """`y`, and `aux` of Inception in training."""
    return {"y": result} if torch.is_tensor(result) else {"y": result.logits, "aux": result.aux_logits}


def model_case(what, params, shape, options={}, *, full=None, folder=CASES):
    name = f"model-{what}"
    options = {"margin": MARGIN, "grad_norm_rtol": 1e-3} | options
    least = options.pop("margin")
    random, (x,) = away_from_jumps(name, params, lambda random: [normal(random, *shape)], least)
    model = network(params)
    start = start_values(model)
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    outputs = named_outputs(model(leaf))
    gradients = {k: normal(random, *v.shape) for k, v in outputs.items()}
    torch.autograd.backward(list(outputs.values()), [torch.tensor(g, dtype=torch.float64) for g in gradients.values()])
    given = {"in.x": x}
    for k, v in outputs.items():
        given |= {f"out.{k}": float32(v), f"grad.out.{k}": gradients[k]}
    large = {f"grad.param.{k}": float32(v.grad) for k, v in model.named_parameters() if v.grad is not None}
    large["grad.in.x"] = float32(leaf.grad)
    write(name, "model", params, start, given, large if full else some(large), full, folder, rtol=1e-3, atol=1e-4, **options)


def gaussian_nll(output, target):
    """Mean of ½ (s + (y − μ)² / exp(s)) for outputs (μ, s = log σ²)."""
    mu, s = output[:, 0], output[:, 1]
    return (0.5 * (s + (target - mu) ** 2 / torch.exp(s))).mean()


def learnable(random):
    """The pictures of the first step, of all steps, and the targets, which are the pictures' means."""
    target = normal(random, STEPS, BATCH)
    x = normal(random, STEPS, BATCH, 1, SIDE, SIDE) + target[:, :, None, None, None]
    return x[0], x, target


def train_steps(full):
    name = "train_steps-resnet18"
    _, (_, x, target) = away_from_jumps(name, RESNET, learnable)
    model = network(RESNET)
    start = start_values(model)
    options = {k: v for k, v in OPTIMIZER.items() if k != "name"}
    optimizer = torch.optim.AdamW(model.parameters(), **options)
    losses, large = [], {}
    for step in range(STEPS):
        optimizer.zero_grad()
        inputs, targets = (torch.tensor(v[step], dtype=torch.float64) for v in (x, target))
        loss = gaussian_nll(model(inputs), targets)
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            large |= {f"grad.param.{k}": float32(v.grad) for k, v in model.named_parameters()}
        optimizer.step()
    large |= {f"out.param.{k}": float32(v) for k, v in model.named_parameters()}
    params = {"model": RESNET, "loss": "gaussian_nll", "optimizer": OPTIMIZER, "steps": STEPS}
    given = {"in.x": x, "in.target": target, "out.loss": np.array(losses, np.float32)}
    # With torch's eps of 1e-8, AdamW's first steps would turn the rounding of gradients that are nearly 0 into whole steps.
    tolerance = {"rtol": 1e-3, "atol": 0, "norm_rtol": 2e-5, "grad_norm_rtol": 1e-4}
    write(name, "train_steps", params, start, given, large, full, **tolerance)


def main(full=None):
    for what, case in MODELS.items():
        model_case(what, *case, full=full)
    train_steps(full)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", metavar="DIR", type=Path, help="write complete files here (90 to 135 MB each)")
    parser.add_argument("--large", metavar="DIR", type=Path, help="write cases here that are too large to be shipped")
    arguments = parser.parse_args()
    if arguments.large:
        for what, case in LARGE.items():
            model_case(what, *case, folder=arguments.large)
    else:
        main(arguments.full)
        if not arguments.full:
            write_index()
