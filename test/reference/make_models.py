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

import philox
from conformance import TORCH, float32, generator, normal, sampled, write_case, write_index

SOURCE = f"torchvision {torchvision.__version__}, {TORCH}"
SEED = 7

RESNET = {"name": "resnet18", "in_channels": 1, "out_channels": 2}

# what: (parameters of the model, shape of x)
MODELS = {
    "resnet18-train": (RESNET | {"mode": "train"}, (4, 1, 64, 64)),
    "resnet18-eval": (RESNET | {"mode": "eval"}, (1, 1, 75, 97)),
    "resnet18-rgb-train": (RESNET | {"in_channels": 3, "out_channels": 5, "mode": "train"}, (2, 3, 48, 80)),
}

STEPS, BATCH, SIDE = 5, 4, 64
MARGIN = 2e-6
OPTIMIZER = {"name": "adamw", "lr": 1e-4, "betas": [0.9, 0.999], "eps": 1e-8, "weight_decay": 0.01}


def network(params, dtype=torch.float64):
    model = getattr(torchvision.models, params["name"])(num_classes=params["out_channels"])
    if params["in_channels"] != 3:
        model.conv1 = torch.nn.Conv2d(params["in_channels"], 64, 7, 2, 3, bias=False)
    state = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    made = {k: torch.tensor(philox.values(k, tuple(v.shape), SEED)) for k, v in state.items()}
    model.load_state_dict(made, strict=False)
    return model.to(dtype).train(params.get("mode", "train") == "train")


def start_values(model):
    tensors = {f"param.{k}": float32(v) for k, v in model.named_parameters()}
    buffers = {k: v for k, v in model.named_buffers() if not k.endswith("num_batches_tracked")}
    return tensors | {f"buffer.{k}": float32(v) for k, v in buffers.items()}


def write(name, op, params, start, given, large, full, **tolerances):
    """`given` tensors are written whole; `start` and `large` only in the complete form."""
    if full:
        write_case(name, op, params, SOURCE, given | start | large, folder=full, **tolerances)
    else:
        params = params | {"values": {"generator": "philox", "seed": SEED}}
        write_case(name, op, params, SOURCE, given | sampled(large), **tolerances)


def watch_margin(model):
    """A function that runs a picture and gives the least distance of any ReLU's input from 0, and of any pooling window's
    two largest values from each other. There the gradient jumps: a case closer to a jump than rounding errors reach would
    not tell right from wrong.
    """
    distances = []

    def before_relu(_, inputs):
        distances.append(inputs[0].abs().min().item())

    def before_pooling(_, inputs):
        planes = F.pad(inputs[0], (1, 1, 1, 1), value=-1).flatten(0, 1).unsqueeze(1)
        largest = F.unfold(planes, 3, stride=2).topk(2, dim=1).values
        distances.append((largest[:, 0] - largest[:, 1])[largest[:, 0] > 0].min().item())

    for module in model.modules():
        if isinstance(module, torch.nn.ReLU):
            module.register_forward_pre_hook(before_relu)
        if isinstance(module, torch.nn.MaxPool2d):
            module.register_forward_pre_hook(before_pooling)

    def margin(x):
        distances.clear()
        with torch.no_grad():
            model(torch.tensor(x, dtype=torch.float64))
        return min(distances)

    return margin


def away_from_jumps(name, params, make):
    """The random stream and its `make(random)` = (picture, …) of the first attempt with a margin above MARGIN."""
    margin = watch_margin(network(params))
    for attempt in range(1000):
        random = generator(f"{name} {attempt}")
        made = make(random)
        if margin(made[0]) > MARGIN:
            return random, made
    raise RuntimeError(f"{name}: every attempt lies close to a jump of the gradient")


def model_case(what, params, shape, full):
    name = f"model-{what}"
    random, (x,) = away_from_jumps(name, params, lambda random: [normal(random, *shape)])
    model = network(params)
    start = start_values(model)
    gradient = normal(random, shape[0], params["out_channels"])
    leaf = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = model(leaf)
    y.backward(torch.tensor(gradient, dtype=torch.float64))
    given = {"in.x": x, "out.y": float32(y), "grad.out.y": gradient}
    large = {f"grad.param.{k}": float32(v.grad) for k, v in model.named_parameters()}
    large["grad.in.x"] = float32(leaf.grad)
    write(name, "model", params, start, given, large, full, rtol=1e-3, atol=1e-4, grad_norm_rtol=1e-3)


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
    # The smallest change of a parameter in these steps is 3e-4 of its norm, so 2e-4 tells a right step from a wrong one.
    # Less would not do: where a gradient is nearly 0, AdamW's first steps turn its rounding error into whole steps.
    tolerance = {"rtol": 0.01, "atol": 0, "norm_rtol": 2e-4, "grad_norm_rtol": 1e-3}
    write(name, "train_steps", params, start, given, large, full, **tolerance)


def main(full=None):
    for what, case in MODELS.items():
        model_case(what, *case, full)
    train_steps(full)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", metavar="DIR", type=Path, help="write complete files here (90 to 135 MB each)")
    arguments = parser.parse_args()
    main(arguments.full)
    if not arguments.full:
        write_index()
