"""Reference cases of explanations: Score-CAM map by map, Grad-CAM and Grad-CAM++, on a ResNet-18 in float64."""

import numpy as np
import torch
import torch.nn.functional as F

from conformance import TORCH, float32, generator, write_case, write_index
from make_models import RESNET, SEED, network

LAYER, SIZE = "layer2", (40, 33)
RECIPES = ("wang2020", "kerber2023")


def unit(map_):
    low, high = map_.min(), map_.max()
    return (map_ - low) / (high - low) if high > low else torch.zeros_like(map_)


@torch.no_grad()
def score_cam(model, x, layer, recipe):
    """ReLU(Σ weight · map) over the layer's maps; a map weighs what output 0 is for the picture seen through it."""
    kept = []
    handle = getattr(model, layer).register_forward_hook(lambda _module, _input, output: kept.append(output))
    model(x)
    handle.remove()
    maps = F.interpolate(F.relu(kept[0]), size=x.shape[2:], mode="bilinear", align_corners=False)[0]
    baseline = model(torch.zeros_like(x))[0, 0] if recipe == "wang2020" else 0
    total = sum((model(x * unit(each))[0, 0] - baseline) * each for each in maps)
    return unit(F.relu(total))


def grad_cam(model, x, layer, plus_plus):
    """ReLU(Σ weight · map), resized; weights by the formulas of the two papers."""
    kept = []
    handle = getattr(model, layer).register_forward_hook(lambda _module, _input, output: kept.append(output))
    score = model(x.requires_grad_())[0, 0]
    handle.remove()
    (maps,) = kept
    (g,) = torch.autograd.grad(score, maps)
    if plus_plus:
        denominator = 2 * g**2 + maps.sum((2, 3), keepdim=True) * g**3
        alpha = torch.where(denominator != 0, g**2 / torch.where(denominator != 0, denominator, torch.ones_like(g)), torch.zeros_like(g))
        weights = (alpha * F.relu(g)).sum((2, 3), keepdim=True)
    else:
        weights = g.mean((2, 3), keepdim=True)
    total = F.relu((weights * maps).sum(1, keepdim=True)).detach()
    return unit(F.interpolate(total, size=x.shape[2:], mode="bilinear", align_corners=False)[0, 0])


def main():
    x = generator("score_cam").random((1, 1, *SIZE)).astype(np.float32)
    model = network(RESNET | {"mode": "eval"})
    for recipe in RECIPES:
        expected = score_cam(model, torch.tensor(x, dtype=torch.float64), LAYER, recipe)
        params = {"model": RESNET, "layer": LAYER, "recipe": recipe, "values": {"generator": "philox", "seed": SEED}}
        tensors = {"in.x": x, "out.map": float32(expected)}
        write_case(f"score_cam-resnet18-{recipe}", "score_cam", params, TORCH, tensors, rtol=1e-3, atol=1e-3)

    for op, plus_plus in (("grad_cam", False), ("grad_cam_pp", True)):
        for layer in ("layer2", "layer3"):
            expected = grad_cam(model, torch.tensor(x, dtype=torch.float64), layer, plus_plus)
            params = {"model": RESNET, "layer": layer, "values": {"generator": "philox", "seed": SEED}}
            tensors = {"in.x": x, "out.map": float32(expected)}
            write_case(f"{op}-resnet18-{layer}", op, params, TORCH, tensors, rtol=1e-3, atol=1e-3)


if __name__ == "__main__":
    main()
    write_index()
