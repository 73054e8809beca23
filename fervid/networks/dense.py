"""Dense layers: as the heads of other networks, and as networks of their own that see an image as a row of pixels."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import nn

PIXELS = 48 * 48


def dense(*widths: int, dropout: Mapping[int, float] | None = None) -> list[nn.Module]:
    """Build dense layers, each but the last followed by ReLU.

    Args:
        widths: Number of inputs, then the number of outputs of each layer.
        dropout: Dropout probability after a layer, by the number of the layer from 1.
    """
    layers: list[nn.Module] = []
    for number, (inputs, outputs) in enumerate(pairwise(widths), 1):
        layers.append(nn.Linear(inputs, outputs))
        if number < len(widths) - 1:
            layers.append(nn.ReLU(inplace=True))
        if dropout and number in dropout:
            layers.append(nn.Dropout(dropout[number]))
    return layers


def fcnn(classes: int, channels: int) -> nn.Module:
    """Build ``fcnn``: dense layers 2304-128-64-32-classes.

    It has 305,607 parameters for grey images and seven classes.
    """
    return nn.Sequential(nn.Flatten(), *dense(channels * PIXELS, 128, 64, 32, classes))


def feedforward(classes: int, channels: int) -> nn.Module:
    """Build ``feedforward``: dense layers 2304-1024-512-256-128-classes.

    Each hidden layer is followed by leaky ReLU and dropout, and weights are initialised as by Glorot and Bengio (2010,
    "Xavier"). The dropout probability of 0.2 is our choice. The network has 3,050,247 parameters for grey images and
    seven classes.
    """
    layers: list[nn.Module] = [nn.Flatten()]
    widths = (channels * PIXELS, 1024, 512, 256, 128)
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.LeakyReLU(inplace=True), nn.Dropout(0.2)]
    layers.append(nn.Linear(widths[-1], classes))
    for layer in layers:
        if isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    return nn.Sequential(*layers)
