"""fervid's fast network: plain convolutions that halve the image three times, and bottlenecks where it is small."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from fervid.networks.base import ConvNet
from fervid.networks.compact import convolution, unit

_STAGES = ((16, 0), (48, 0), (128, 0), (256, 2))
"""Channels and number of bottlenecks of each stage; every stage but the first halves width and height."""


def swift(classes: int = 7, channels: int = 1) -> nn.Module:
    """Build ``swift``.

    Few large layers are fastest, because small networks spend much of their time between layers. Each stage has one
    dense 3x3 convolution; residual bottlenecks (He et al. 2015, arXiv:1512.03385) add depth where the image is small.
    The mean over all positions comes last, so images of other sizes fit too. docs/networks.md has the figures.

    Args:
        classes: Number of classes.
        channels: 1 for grey images, 3 for colour.
    """
    layers: list[nn.Module] = []
    widths = (channels, *(width for width, _ in _STAGES))
    for at, ((inputs, outputs), (_, bottlenecks)) in enumerate(zip(pairwise(widths), _STAGES, strict=True)):
        layers += unit(inputs, outputs, stride=1 if at == 0 else 2)
        layers += [Squeeze(outputs) for _ in range(bottlenecks)]
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2), nn.Linear(widths[-1], classes))
    return ConvNet(nn.Sequential(*layers), head)


class Squeeze(nn.Module):
    """A residual bottleneck whose 3x3 convolution works on half of the channels.

    Args:
        width: Number of input and output channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        half = width // 2
        self.conv1 = convolution(width, half, 1)
        self.bn1 = nn.BatchNorm2d(half)
        self.conv2 = convolution(half, half, 3)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv3 = convolution(half, width, 1)
        self.bn3 = nn.BatchNorm2d(width)
        nn.init.zeros_(self.bn3.weight)  # each block starts as its shortcut alone (Goyal et al. 2017, arXiv:1706.02677)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, width, height, width) to the same shape."""
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        return F.relu(self.bn3(self.conv3(y)) + x, inplace=True)
