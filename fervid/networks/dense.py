"""Networks of dense layers alone, which see a picture as one long row of pixels."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

PIXELS = 48 * 48


def fcnn(classes: int, channels: int) -> nn.Module:
    """Dense layers 2304-128-64-32-classes; 305,607 parameters for grey pictures and seven classes."""
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(channels * PIXELS, 128),
        nn.ReLU(inplace=True),
        nn.Linear(128, 64),
        nn.ReLU(inplace=True),
        nn.Linear(64, 32),
        nn.ReLU(inplace=True),
        nn.Linear(32, classes),
    )


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
