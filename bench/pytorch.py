#!/usr/bin/env python3
"""The benchmark's training steps and inference in PyTorch: one line a case and a JSON file.

    python3 bench/pytorch.py [--json FILE] [--device cuda|cpu] [--queued N] [KEY ...]

On a GPU each case is timed with TF32 off, with TF32 on, and with automatic mixed precision (f16 on CUDA). On the
processor, where neither exists, only in f32: a check that the program runs, and a figure of what the machine can do.
Same network, loss, optimiser and data as bench/main.node.ts; needs torch and torchvision. A loss or an output is read after
every step, or, with --queued N, after every Nth, as training does that keeps the device busy.
"""
import argparse
import contextlib
import json
import time

import torch
import torchvision

SIZES = [(224, 1), (224, 4), (224, 16), (64, 32)]
CASES = {f"{kind}_{side}_b{batch}": (kind, "resnet18", side, batch) for kind in ("train", "infer") for side, batch in SIZES}
CASES["infer_resnet50_224_b1"] = ("infer", "resnet50", 224, 1)


def network(name, device):
    made = getattr(torchvision.models, name)(num_classes=2)
    made.conv1 = torch.nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return made.to(device)


def gaussian_nll(output, target):
    mean, s = output.float().unbind(1)
    return 0.5 * (s + (target - mean) ** 2 / s.exp()).mean()


def precisions(device):
    if device == "cpu":
        return {"f32": (False, contextlib.nullcontext)}
    half = lambda: torch.autocast(device, dtype=torch.float16)
    return {"f32": (False, contextlib.nullcontext), "tf32": (True, contextlib.nullcontext), "amp": (True, half)}


def trainer(name, side, batch, device, autocast):
    net = network(name, device).train()
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-4, weight_decay=0.0)
    scaler = torch.cuda.amp.GradScaler(enabled=autocast is not contextlib.nullcontext)
    x = torch.sin(torch.arange(batch * side * side) * 0.37).reshape(batch, 1, side, side).to(device)
    target = ((torch.arange(batch) + 0.5) / batch - 0.5).to(device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with autocast():
            loss = gaussian_nll(net(x), target)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        return loss

    return step


def predictor(name, side, batch, device, autocast):
    net = network(name, device).eval()
    x = torch.sin(torch.arange(batch * side * side) * 0.37).reshape(batch, 1, side, side).to(device)

    def step():
        with torch.no_grad(), autocast():
            return net(x).float()

    return step


def shortest(step, queued, rounds=20, budget=20.0):
    """Milliseconds of a step in the shortest round after a warm-up; a round ends when its last result has been read."""
    for _ in range(3):
        step().cpu()
    end = time.perf_counter() + budget
    best = float("inf")
    for done in range(rounds):
        if done and time.perf_counter() > end:
            break
        start = time.perf_counter()
        for _ in range(queued - 1):
            step()
        step().cpu()
        best = min(best, (time.perf_counter() - start) / queued)
    return 1000 * best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("keys", nargs="*", metavar="KEY", help=", ".join(CASES))
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu", choices=["cuda", "cpu"])
    parser.add_argument("--queued", metavar="N", type=int, default=1, help="steps between two readings")
    options = parser.parse_args()
    if options.queued < 1:
        parser.error(f"--queued {options.queued}: at least one step lies between two readings")
    unknown = set(options.keys) - set(CASES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(CASES)}")
    device = options.device
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    print(f"torch {torch.__version__}, {name}, {torch.get_num_threads()} threads; milliseconds")
    torch.backends.cudnn.benchmark = True
    results = {}
    for key in options.keys or CASES:
        kind, model, side, batch = CASES[key]
        make = trainer if kind == "train" else predictor
        results[key] = {}
        for precision, (tf32, autocast) in precisions(device).items():
            torch.backends.cuda.matmul.allow_tf32 = tf32
            torch.backends.cudnn.allow_tf32 = tf32
            results[key][precision] = shortest(make(model, side, batch, device, autocast), options.queued)
        print(f"{key:24}" + "".join(f"{p:>8} {ms:9.2f}" for p, ms in results[key].items()), flush=True)
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"torch": torch.__version__, "device": name, "queued": options.queued, "milliseconds": results}, file, indent=2)


if __name__ == "__main__":
    main()
