"""Reference cases of explanations: Score-CAM map by map, Grad-CAM and Grad-CAM++, deletion and insertion curves, on a
ResNet-18 in float64; and how alike two maps are, by SciPy and scikit-image."""

import numpy as np
import scipy
import skimage
import torch
import torch.nn.functional as F
from scipy.stats import spearmanr
from skimage.metrics import structural_similarity

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


@torch.no_grad()
def perturbation_curves(model, x, order, steps):
    """How far output 0 goes from that of the whole picture as pixels are taken away in this order, and as they come."""
    whole = model(x)[0, 0]
    deletion, insertion = [], []
    for step in range(steps + 1):
        hidden = torch.zeros(x[0, 0].numel(), dtype=torch.bool)
        hidden[order[: int(step * len(order) / steps + 0.5)]] = True
        hidden = hidden.reshape(x.shape[2:])
        deletion.append(abs(model(x * ~hidden)[0, 0] - whole))
        insertion.append(abs(model(x * hidden)[0, 0] - whole))
    return torch.stack(deletion), torch.stack(insertion)


def curve_case():
    """The map has many equal values: of those the first pixel comes first."""
    random = generator("perturbation_curves")
    x = random.random((1, 1, *SIZE)).astype(np.float32)
    map_ = random.integers(0, 50, SIZE).astype(np.float32)
    order = torch.tensor(np.argsort(-map_.ravel(), kind="stable"))
    model = network(RESNET | {"mode": "eval"})
    deletion, insertion = perturbation_curves(model, torch.tensor(x, dtype=torch.float64), order, 8)
    params = {"model": RESNET, "steps": 8, "values": {"generator": "philox", "seed": SEED}}
    tensors = {"in.x": x, "in.map": map_, "out.deletion": float32(deletion), "out.insertion": float32(insertion)}
    write_case("perturbation_curves-resnet18", "perturbation_curves", params, TORCH, tensors, rtol=1e-3, atol=1e-4)


def similarity_cases():
    """Maps that are somewhat alike, with equal values among them."""
    random = generator("similarity")
    x = np.maximum(random.random((17, 23)) - 0.3, 0).astype(np.float32)
    y = np.clip(0.6 * x + 0.3 * random.random((17, 23)), 0, 1).astype(np.float32)
    inputs = {"in.x": x, "in.y": y}
    wide = x.astype(np.float64), y.astype(np.float64)
    rho = np.float32(spearmanr(wide[0].ravel(), wide[1].ravel()).correlation).reshape(1)
    write_case("spearmanr", "spearmanr", {}, f"scipy {scipy.__version__}", inputs | {"out.y": rho}, rtol=1e-6)
    ssim = np.float32(structural_similarity(*wide, data_range=1)).reshape(1)
    source = f"scikit-image {skimage.__version__}"
    write_case("structural_similarity", "structural_similarity", {}, source, inputs | {"out.y": ssim}, rtol=1e-6)


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
    curve_case()
    similarity_cases()


if __name__ == "__main__":
    main()
    write_index()
