"""Networks by the names and options of conformance files."""

import torch
import torchvision
from torch import nn

from cifar_resnet import CifarResNet

CIFAR = {"resnet20", "resnet32", "resnet44", "resnet56", "resnet110"}
TORCHVISION = {
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "densenet121",
    "vgg11_bn",
    "inception_v3",
    "squeezenet1_0",
}
# where the first convolution is
FIRST = {"densenet121": "features.conv0", "vgg11_bn": "features.0", "squeezenet1_0": "features.0"} | {
    "inception_v3": "Conv2d_1a_3x3.conv"
}
OPTIONS = {"dropout", "aux_logits", "transform_input"}


def make(params):
    """The network of a case's params, with values that its caller overwrites."""
    name, in_channels = params["name"], params.get("in_channels", 3)
    if name in CIFAR:
        return CifarResNet(int(name[6:]), in_channels, params.get("out_channels", 10))
    options = {key: params[key] for key in OPTIONS & params.keys()}
    if name == "inception_v3":
        options["init_weights"] = True
    model = getattr(torchvision.models, name)(num_classes=params.get("out_channels", 1000), **options)
    if in_channels != 3:
        replace_first(model, FIRST.get(name, "conv1"), in_channels)
    if "hidden_features" in params:
        model.classifier = narrow_classifier(params)
    return model


def replace_first(model, path, in_channels):
    parent, _, name = path.rpartition(".")
    owner = model.get_submodule(parent)
    old = getattr(owner, name)
    new = nn.Conv2d(
        in_channels, old.out_channels, old.kernel_size, old.stride, old.padding, bias=old.bias is not None
    )
    setattr(owner, name, new)


def narrow_classifier(params):
    hidden, dropout = params["hidden_features"], params.get("dropout", 0.5)
    return nn.Sequential(
        nn.Linear(512 * 7 * 7, hidden),
        nn.ReLU(True),
        nn.Dropout(dropout),
        nn.Linear(hidden, hidden),
        nn.ReLU(True),
        nn.Dropout(dropout),
        nn.Linear(hidden, params["out_channels"]),
    )
