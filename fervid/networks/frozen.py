"""ResNets under a head of several dense layers, meant for a backbone that was trained on ImageNet and stays frozen.

A network comes unfrozen and with random weights: `fervid.networks.pretrained.load` gives the ResNet its weights,
`fervid.networks.freeze` freezes it. The parameter counts are the heads', with seven classes. Where dropout is, it is
0.5, which is our choice.
"""

from __future__ import annotations

from collections.abc import Collection

from torch import nn

from fervid.networks.base import ConvNet
from fervid.networks.dense import dense
from fervid.networks.resnet import ResNet, features_of


def resnet50_frozen(classes: int, channels: int) -> ConvNet:
    """ResNet-50; 2048-256-256-128-classes. 624,135 parameters."""
    return _under_head(50, channels, (256, 256, 128, classes), dropped=(2, 3))


def resnet101_frozen(classes: int, channels: int) -> ConvNet:
    """ResNet-101; 2048-64-128-256-128-classes. 206,279 parameters."""
    return _under_head(101, channels, (64, 128, 256, 128, classes), dropped=(2, 4))


def resnet152_frozen(classes: int, channels: int) -> ConvNet:
    """ResNet-152; 2048-1024-512-classes. 2,626,567 parameters."""
    return _under_head(152, channels, (1024, 512, classes))


def _under_head(depth: int, channels: int, widths: tuple[int, ...], dropped: Collection[int] = ()) -> ConvNet:
    head = dense(features_of(depth), *widths, dropout=dict.fromkeys(dropped, 0.5))
    return ConvNet(ResNet(depth, channels, nn.Identity()), nn.Sequential(*head))
