"""What every network's state dict holds: the number of tensors and of their elements, a digest of names and shapes, and the
standard deviations of some tensors as they are initialised.
"""

import hashlib
import json
from pathlib import Path

import torch

import networks

# what: params
NETWORKS = {name: {"name": name} for name in sorted(networks.TORCHVISION | networks.CIFAR)} | {
    "resnet18-grey": {"name": "resnet18", "in_channels": 1, "out_channels": 2},
    "densenet121-grey": {"name": "densenet121", "in_channels": 1, "out_channels": 2},
    "vgg11_bn-grey": {"name": "vgg11_bn", "in_channels": 1, "out_channels": 2},
    "inception_v3-grey": {"name": "inception_v3", "in_channels": 1, "out_channels": 2, "aux_logits": False},
    "squeezenet1_0-grey": {"name": "squeezenet1_0", "in_channels": 1, "out_channels": 2},
    "resnet20-grey": {"name": "resnet20", "in_channels": 1, "out_channels": 2},
}

# what: tensors whose first values are looked at, one of each kind
INITIALISED = {
    "resnet18-grey": ["layer2.0.conv1.weight", "layer2.0.downsample.0.weight", "fc.weight", "fc.bias"],
    "densenet121-grey": ["features.denseblock1.denselayer2.conv1.weight", "classifier.weight", "classifier.bias"],
    "vgg11_bn-grey": ["features.4.weight", "features.4.bias", "classifier.6.weight", "classifier.6.bias"],
    "inception_v3": ["Conv2d_2b_3x3.conv.weight", "fc.weight", "fc.bias", "AuxLogits.fc.weight"],
    "squeezenet1_0-grey": ["features.3.squeeze.weight", "features.3.squeeze.bias", "classifier.1.weight"],
    "resnet20-grey": ["layer1.0.conv1.weight", "linear.weight"],
}


def digest(what, params):
    torch.manual_seed(0)
    state = networks.make(params).state_dict()
    shapes = {name: list(tensor.shape) for name, tensor in state.items()}
    lines = "".join(f"{name} [{', '.join(map(str, shape))}]\n" for name, shape in sorted(shapes.items()))
    size = lambda shape: 1 if not shape else shape[0] * size(shape[1:])
    return {
        "params": params,
        "tensors": len(shapes),
        "elements": sum(map(size, shapes.values())),
        "sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "deviations": {name: round(float(state[name].std()), 6) for name in INITIALISED.get(what, [])},
    }


def main():
    described = {what: digest(what, params) for what, params in NETWORKS.items()}
    (Path(__file__).parent / "networks.json").write_text(json.dumps(described, indent=1) + "\n")


if __name__ == "__main__":
    main()
