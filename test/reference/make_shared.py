"""What PyTorch says of pictures with weights that others trained: shared-logits.json. Reads the shared data beside the
repository (first argument); neither a picture nor a weight of it comes into the file.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import networks

CIFAR_MEAN, CIFAR_DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CAFFE_MEAN = (104, 117, 123)  # blue, green, red
KINDS = {".w": "weight", ".b": "bias"}
EVERY = 50  # of a thousand logits


def areas(size, side):
    """[side, size]: row i holds what part of pixel i of the smaller picture lies in each pixel of the larger."""
    edges = np.arange(side + 1) * size / side
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(overlap, 0) * side / size


def square(path, side):
    """[side, side, 3]: the middle square of a picture, averaged over areas."""
    colours = np.asarray(Image.open(path).convert("RGB"), np.float64)
    height, width, _ = colours.shape
    size = min(height, width)
    top, left = (height - size) // 2, (width - size) // 2
    weights = areas(size, side)
    middle = colours[top : top + size, left : left + size]
    return np.stack([weights @ middle[:, :, colour] @ weights.T for colour in range(3)], 2)


def cifar_input(path):
    scaled = (square(path, 32) / 255 - CIFAR_MEAN) / CIFAR_DEVIATION
    return scaled.transpose(2, 0, 1).astype(np.float32)


def caffe_input(path):
    return (square(path, 227)[:, :, ::-1] - CAFFE_MEAN).transpose(2, 0, 1).astype(np.float32)


def squeezenet_name(name):
    """Caffe's "fire2/conv1x1_1.w" is torchvision's "features.3.squeeze.weight"."""
    layer, kind = name[:-2], KINDS[name[-2:]]
    if layer == "conv1":
        return f"features.0.{kind}"
    if layer == "conv_final":
        return f"classifier.1.{kind}"
    fire, part = layer.split("/")
    place = {2: 3, 3: 4, 4: 5, 5: 7, 6: 8, 7: 9, 8: 10, 9: 12}[int(fire[4:])]
    return f"features.{place}.{ {'conv1x1_1': 'squeeze', 'conv1x1_2': 'expand1x1', 'conv3x3_2': 'expand3x3'}[part]}.{kind}"


def cifar(file, depth):
    model = networks.make({"name": f"resnet{depth}"})
    state = torch.load(file, map_location="cpu")["state_dict"]
    model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    return model


def squeezenet(file):
    model = networks.make({"name": "squeezenet1_0"})
    arrays = np.load(file)
    model.load_state_dict({squeezenet_name(name): torch.tensor(arrays[name]) for name in arrays})
    return model


def logits(model, inputs):
    with torch.no_grad():
        return model.double().eval()(torch.tensor(np.stack(inputs), dtype=torch.float64)).numpy()


def main(shared):
    weights = shared / "weights"
    pictures = sorted((shared / "images/imagenet_samples").glob("*.JPEG"))
    small = [cifar_input(path) for path in pictures]
    large = [caffe_input(path) for path in pictures]
    trained = weights / "pytorch_resnet_cifar10/pretrained_models"
    said = {
        "resnet20": logits(cifar(trained / "resnet20-12fca82f.th", 20), small),
        "resnet32": logits(cifar(trained / "resnet32-d509ac18.th", 32), small),
        "squeezenet1_0": logits(squeezenet(weights / "squeezenet_deep_compression/decoded_squeezenet_fp32.npz"), large),
    }
    described = {}
    for name, values in said.items():
        step = EVERY if values.shape[1] == 1000 else 1
        described[name] = {
            path.name: {"best": int(row.argmax()), "logits": [round(float(v), 5) for v in row[::step]]}
            for path, row in zip(pictures, values)
        }
    (Path(__file__).parent / "shared-logits.json").write_text(json.dumps(described, indent=1) + "\n")
    for name, rows in described.items():
        print(name, {path.split("_", 1)[1]: row["best"] for path, row in rows.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
