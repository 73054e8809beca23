"""Convolutional networks with batch norm (Ioffe and Szegedy 2015, arXiv:1502.03167) and dropout.

How much is dropped is our choice, for the sources do not say: 0.25 after pooling, 0.5 between dense layers.
"""

from __future__ import annotations

from torch import nn

from fervid.networks.base import ConvNet
from fervid.networks.dense import dense


def cnn6(classes: int, channels: int) -> ConvNet:
    """Six convolutions, each followed by ReLU and batch norm; pooling and dropout after every second one.

    The source gives no widths. Ours: 32, 32, 64, 64, 128 and 128 filters, 4608-256-classes, which makes 1,469,031
    parameters for grey pictures and seven classes.
    """
    layers: list[nn.Module] = []
    for inputs, filters in ((channels, 32), (32, 64), (64, 128)):
        for before in (inputs, filters):
            layers += [*_convolution(before, filters), nn.BatchNorm2d(filters)]
        layers += [nn.MaxPool2d(2), nn.Dropout(0.25)]
    head = dense(128 * 6 * 6, 256, classes, dropout={1: 0.5})
    return ConvNet(nn.Sequential(*layers), nn.Sequential(nn.Flatten(), *head))


def shallow_bn(classes: int, channels: int) -> ConvNet:
    """One stage of 32 and 64 filters; 36864-classes. 276,999 parameters for grey pictures and seven classes."""
    head = nn.Sequential(nn.Flatten(), nn.Linear(64 * 24 * 24, classes))
    return ConvNet(nn.Sequential(*_stage(channels, 32, 64)), head)


def deep_bn(classes: int, channels: int) -> ConvNet:
    """Seven convolutions and six dense layers, on pictures of 96x96.

    Stages of 32 and 64, 128 and 256, 512 and 256 filters, then 128 more; 18432-64-128-256-128-classes. 4,298,951
    parameters for grey pictures and seven classes.
    """
    features = nn.Sequential(
        *_stage(channels, 32, 64),
        *_stage(64, 128, 256),
        *_stage(256, 512, 256),
        *_convolution(256, 128),
    )
    head = dense(128 * 12 * 12, 64, 128, 256, 128, classes, dropout={3: 0.5, 4: 0.5})
    return ConvNet(features, nn.Sequential(nn.Flatten(), *head))


def _stage(inputs: int, first: int, second: int) -> list[nn.Module]:
    return [
        *_convolution(inputs, first),
        *_convolution(first, second),
        nn.BatchNorm2d(second),
        nn.MaxPool2d(2),
        nn.Dropout(0.25),
    ]


def _convolution(inputs: int, filters: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(inplace=True)
