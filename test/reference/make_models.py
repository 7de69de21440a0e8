"""Reference cases of whole networks and of training runs.

Shipped cases hold no parameters (ResNet-18 has 44 MB): both sides make them from a formula (philox.py), and the file holds
each gradient's norm and a sample of it. `--full DIR` writes the same cases complete, in the standard format.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
import torchvision

import philox
from conformance import TORCH, float32, generator, normal, sampled, write_case, write_index

SOURCE = f"torchvision {torchvision.__version__}, {TORCH}"
SEED = 7

RESNET = {"name": "resnet18", "in_channels": 1, "out_channels": 2}

# what: (parameters of the model, shape of x)
MODELS = {
    "resnet18-train": (RESNET | {"mode": "train"}, (4, 1, 64, 64)),
    "resnet18-eval": (RESNET | {"mode": "eval"}, (2, 1, 75, 97)),
    "resnet18-rgb-train": (RESNET | {"in_channels": 3, "out_channels": 5, "mode": "train"}, (3, 3, 48, 80)),
}

STEPS, BATCH, SIDE = 5, 4, 64
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


def model_case(what, params, shape, full):
    name = f"model-{what}"
    random = generator(name)
    model = network(params)
    start = start_values(model)
    x = normal(random, *shape)
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


def train_steps(full):
    name = "train_steps-resnet18"
    random = generator(name)
    x = normal(random, STEPS, BATCH, 1, SIDE, SIDE)
    target = normal(random, STEPS, BATCH)
    x += target[:, :, None, None, None]  # something to learn: the picture's mean
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
    # The smallest change of a parameter in these steps is 3e-4 of its norm, so 1e-4 tells a right step from a wrong one.
    tolerance = {"rtol": 0.01, "atol": 0, "norm_rtol": 1e-4, "grad_norm_rtol": 1e-3}
    write(name, "train_steps", params, start, given, large, full, **tolerance)


def main(full=None):
    for what, case in MODELS.items():
        model_case(what, *case, full)
    train_steps(full)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", metavar="DIR", type=Path, help="write complete files here (about 90 MB each)")
    arguments = parser.parse_args()
    main(arguments.full)
    if not arguments.full:
        write_index()
