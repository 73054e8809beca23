"""Dense layers: as a network of their own, which sees a picture as one long row of pixels, and as heads of others."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from torch import nn

PIXELS = 48 * 48


def dense(*widths: int, dropout: Mapping[int, float] | None = None) -> list[nn.Module]:
    """Dense layers, each but the last one followed by ReLU.

    Args:
        widths: What comes in, what each layer gives.
        dropout: How much is dropped after a layer, by its place from 1.
    """
    layers: list[nn.Module] = []
    for place, (inputs, outputs) in enumerate(pairwise(widths), 1):
        layers.append(nn.Linear(inputs, outputs))
        if place < len(widths) - 1:
            layers.append(nn.ReLU(inplace=True))
        if dropout and place in dropout:
            layers.append(nn.Dropout(dropout[place]))
    return layers


def fcnn(classes: int, channels: int) -> nn.Module:
    """Dense layers 2304-128-64-32-classes; 305,607 parameters for grey pictures and seven classes."""
    return nn.Sequential(nn.Flatten(), *dense(channels * PIXELS, 128, 64, 32, classes))


def feedforward(classes: int, channels: int) -> nn.Module:
    """Dense layers 2304-1024-512-256-128-classes; 3,050,247 parameters for grey pictures and seven classes.

    Leaky ReLU and dropout after each hidden layer, weights as Glorot and Bengio (2010) draw them ("Xavier"). How much
    is dropped (0.2) is our choice.
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
