"""fervid's fast network: plain convolutions with max pooling, and bottlenecks where the image is small."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from fervid.networks.base import ConvNet
from fervid.networks.compact import convolution, unit

_SIDE = 6
"""Width and height of the last feature map, for images of 48x48."""


def swift(classes: int = 7, channels: int = 1) -> nn.Module:
    """Build ``swift``.

    Few large layers are fastest, because small networks spend much of their time between layers. Each size of the
    image has one dense 3x3 convolution; residual bottlenecks (He et al. 2015, arXiv:1512.03385) add depth where the
    image is small. Faces lie in the crop in the same way, so a depthwise convolution as large as the last feature map
    weighs its positions (Chen et al. 2018, arXiv:1804.07573) instead of averaging them. docs/networks.md has the
    figures.

    Args:
        classes: Number of classes.
        channels: 1 for grey images, 3 for colour.
    """
    features = nn.Sequential(
        *_pooled(channels, 24),
        *_pooled(24, 64),
        *unit(64, 112, stride=1),
        Bottleneck(112),
        nn.MaxPool2d(2),
        *unit(112, 224, stride=1),
        Bottleneck(224),
        Bottleneck(224),
    )
    head = nn.Sequential(*_positions(224), nn.Flatten(), nn.Dropout(0.1), nn.Linear(224, classes))
    return ConvNet(features, head)


class Bottleneck(nn.Module):
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


def _pooled(inputs: int, outputs: int) -> list[nn.Module]:
    """Return the layers of a 3x3 convolution with max pooling, batch norm and ReLU.

    Pooling comes before the batch norm, so that this and its gradients are computed for a quarter of the positions.
    """
    return [convolution(inputs, outputs, 3), nn.MaxPool2d(2), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _positions(width: int) -> list[nn.Module]:
    """Return the layers that weigh the positions of each channel; they begin as the mean."""
    weigh = nn.Conv2d(width, width, _SIDE, groups=width, bias=False)
    nn.init.constant_(weigh.weight, 1 / _SIDE**2)
    return [weigh, nn.BatchNorm2d(width)]
