"""Rates that torch.optim.lr_scheduler gives, step by step, and a training with groups, clipping and a schedule: optim/*.json."""

import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler

from conformance import generator

FOLDER = Path(__file__).parent / "optim"
warnings.filterwarnings("ignore")  # rates are asked for without a step of the optimiser

# name: (class, keyword arguments, base rates of the groups, steps)
SCHEDULES = {
    "step": ("StepLR", {"step_size": 3, "gamma": 0.5}, [0.1, 0.02], 10),
    "step-defaults": ("StepLR", {"step_size": 4}, [1.0], 9),
    "multi-step": ("MultiStepLR", {"milestones": [2, 5, 9], "gamma": 0.3}, [0.1, 0.5], 12),
    "linear": ("LinearLR", {}, [0.3], 8),
    "linear-down": ("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 6}, [0.3, 1.0], 9),
    "cosine": ("CosineAnnealingLR", {"T_max": 8, "eta_min": 0.01}, [0.1, 0.4], 20),
    "one-cycle": ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20}, [0.5], 19),
    "one-cycle-linear": (
        "OneCycleLR",
        {"max_lr": 0.2, "total_steps": 15, "pct_start": 0.4, "anneal_strategy": "linear", "div_factor": 10},
        [0.5, 0.1],
        14,
    ),
    "one-cycle-three-phase": (
        "OneCycleLR",
        {"max_lr": 1.0, "total_steps": 24, "three_phase": True, "base_momentum": 0.8, "max_momentum": 0.9, "final_div_factor": 100.0},
        [0.1],
        23,
    ),
    "one-cycle-rate-only": ("OneCycleLR", {"max_lr": 0.1, "total_steps": 12, "cycle_momentum": False}, [0.1], 11),
}

# name: (keyword arguments, base rates, metrics)
PLATEAUS = {
    "defaults-patience-2": ({"patience": 2}, [0.1], [5, 4, 4.5, 4, 4, 3.9, 3.9, 3.9, 3.8999, 3.9, 3.9, 3.9]),
    "max-abs-cooldown": (
        {"mode": "max", "factor": 0.5, "patience": 1, "threshold": 0.1, "threshold_mode": "abs", "cooldown": 2},
        [0.1, 0.3],
        [0.1, 0.15, 0.18, 0.19, 0.1, 0.1, 0.1, 0.1, 0.5, 0.5, 0.5, 0.5],
    ),
    "least-rate": ({"patience": 0, "min_lr": [0.02, 0.001]}, [0.1, 0.1], [1, 2, 3, 4, 5, 6]),
    "nan": ({"patience": 1}, [0.1], [float("nan"), 1, float("nan"), float("nan"), 0.5]),
    "least-change": ({"patience": 0, "eps": 0.02}, [0.1], [1, 1, 1, 1]),
}


def optimizer(rates):
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in rates]
    return torch.optim.SGD(groups, lr=0.1, momentum=0.9)


def rates(target, name):
    return [group[name] for group in target.param_groups]


def schedule(kind, arguments, base, steps):
    target = optimizer(base)
    scheduler = getattr(lr_scheduler, kind)(target, **arguments)
    lr, momentum = [rates(target, "lr")], [rates(target, "momentum")]
    for _ in range(steps):
        scheduler.step()
        lr.append(rates(target, "lr"))
        momentum.append(rates(target, "momentum"))
    return {"kind": kind, "arguments": arguments, "base": base, "lr": lr, "momentum": momentum}


def warm_up_and_cosine(base, warm_up, total):
    target = optimizer(base)
    parts = [
        lr_scheduler.LinearLR(target, start_factor=1 / warm_up, total_iters=warm_up - 1),
        lr_scheduler.CosineAnnealingLR(target, T_max=total - warm_up),
    ]
    scheduler = lr_scheduler.SequentialLR(target, parts, milestones=[warm_up])
    lr = [rates(target, "lr")]
    for _ in range(total):
        scheduler.step()
        lr.append(rates(target, "lr"))
    return {"base": base, "warmUp": warm_up, "total": total, "lr": lr}


def plateau(arguments, base, metrics):
    target = optimizer(base)
    scheduler = lr_scheduler.ReduceLROnPlateau(target, **arguments)
    lr = []
    for metric in metrics:
        scheduler.step(metric)
        lr.append(rates(target, "lr"))
    return {"arguments": arguments, "base": base, "metrics": [None if m != m else m for m in metrics], "lr": lr}


def training(name, kind, arguments, own, clip):
    """Ten steps with given gradients: two groups, the second with options of its own; clipping; one cycle."""
    random = generator(name)
    shapes = {"a": (3, 4), "b": (5,), "c": (2,)}
    drawn = lambda scale: {k: (scale * random.standard_normal(v)).astype("float32").tolist() for k, v in shapes.items()}
    start = drawn(1)
    gradients = [drawn(1 + 3 * (i % 3)) for i in range(10)]
    parameters = {k: torch.nn.Parameter(torch.tensor(v, dtype=torch.float64)) for k, v in start.items()}
    groups = [{"params": [parameters["a"], parameters["b"]]}, {"params": [parameters["c"]], **own}]
    target = getattr(torch.optim, kind)(groups, **arguments)
    cycle = {"max_lr": [0.1, 0.03], "total_steps": 11}
    scheduler = lr_scheduler.OneCycleLR(target, **cycle)
    norms = []
    for step in gradients:
        for key, gradient in step.items():
            parameters[key].grad = torch.tensor(gradient, dtype=torch.float64)
        norms.append(float(torch.nn.utils.clip_grad_norm_(parameters.values(), clip)))
        target.step()
        scheduler.step()
    final = {key: parameter.detach().tolist() for key, parameter in parameters.items()}
    cycle = {"maxLr": cycle["max_lr"], "totalSteps": cycle["total_steps"]}
    return {
        "kind": kind, "arguments": arguments, "own": own, "clip": clip, "cycle": cycle,
        "start": start, "gradients": gradients, "norms": norms, "final": final,
    }  # fmt: skip


def main():
    FOLDER.mkdir(exist_ok=True)
    schedules = {
        "source": f"torch {torch.__version__}",
        "schedules": {name: schedule(*case) for name, case in SCHEDULES.items()},
        "warmUp": warm_up_and_cosine([0.1, 0.4], 5, 17),
        "plateaus": {name: plateau(*case) for name, case in PLATEAUS.items()},
    }
    (FOLDER / "schedules.json").write_text(json.dumps(schedules, allow_nan=False) + "\n")
    trainings = {
        "sgd": training("sgd", "SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.01}, {"weight_decay": 0.2, "nesterov": True}, 2.0),
        "adam": training("adam", "Adam", {"lr": 0.1, "weight_decay": 0.01}, {"weight_decay": 0.1, "eps": 1e-3}, 2.0),
        "adamw": training("adamw", "AdamW", {"lr": 0.1}, {"weight_decay": 0.5}, 2.0),
    }
    (FOLDER / "groups.json").write_text(json.dumps({"source": f"torch {torch.__version__} in float64", "trainings": trainings}) + "\n")


if __name__ == "__main__":
    main()
