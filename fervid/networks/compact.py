"""fervid's own network: a small ResNet that works at full resolution once and at a quarter of the pixels after that."""

from __future__ import annotations

from itertools import pairwise

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from fervid.networks.base import ConvNet

_STEM = (32, 64)
_STAGES = ((64, 1), (128, 2), (256, 2))
"""Channels and number of blocks of each stage; every stage but the first halves width and height."""


def compact(classes: int = 7, channels: int = 1) -> nn.Module:
    """Build ``compact``.

    The first convolution works at the full 48x48, where a face of that size still shows its detail. The second one
    halves width and height, so the expensive rest of the network sees a quarter of the positions. Five residual blocks
    follow (He et al. 2015, arXiv:1512.03385), with average pooling in their shortcuts (He et al. 2018,
    arXiv:1812.01187). The mean over all positions comes last, so images of other sizes fit too.

    Of four designs that were trained in the same way for four epochs, this one had the highest accuracy.
    Squeeze-and-excitation made it slower and no better. docs/networks.md has the figures.

    Args:
        classes: Number of classes.
        channels: 1 for grey images, 3 for colour.
    """
    narrow, wide = _STEM
    layers = [*unit(channels, narrow, stride=1), *unit(narrow, wide, stride=2)]
    widths = (wide, *(width for width, _ in _STAGES))
    for at, ((inputs, outputs), (_, blocks)) in enumerate(zip(pairwise(widths), _STAGES, strict=True)):
        layers.append(Block(inputs, outputs, stride=1 if at == 0 else 2))
        layers += [Block(outputs, outputs, stride=1) for _ in range(blocks - 1)]
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3), nn.Linear(widths[-1], classes))
    return ConvNet(nn.Sequential(*layers), head)


class Block(nn.Module):
    """A residual block of two convolutions.

    Args:
        inputs: Number of input channels.
        outputs: Number of output channels.
        stride: 1, or 2 to halve width and height.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = convolution(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = convolution(outputs, outputs, 3)
        self.bn2 = nn.BatchNorm2d(outputs)
        nn.init.zeros_(self.bn2.weight)  # each block starts as its shortcut alone (Goyal et al. 2017, arXiv:1706.02677)
        self.shortcut = nn.Sequential()
        if stride != 1:
            self.shortcut.append(nn.AvgPool2d(stride, ceil_mode=True, count_include_pad=False))
        if inputs != outputs:
            self.shortcut.extend([convolution(inputs, outputs, 1), nn.BatchNorm2d(outputs)])

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, height, width) to (N, outputs, height / stride, width / stride), rounded up."""
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x), inplace=True)


def unit(inputs: int, outputs: int, stride: int) -> list[nn.Module]:
    """Return the layers of a 3x3 convolution with batch norm and ReLU."""
    return [convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> nn.Conv2d:
    """Return a convolution without bias that keeps width and height, or divides them by the stride."""
    return nn.Conv2d(inputs, outputs, side, stride, padding=side // 2, bias=False)
