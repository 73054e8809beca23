"""ResNets of 18 to 152 layers (He et al. 2015, arXiv:1512.03385).

Their layers have the names of torchvision's checkpoints, so that its ImageNet weights fit.

The ``-frozen`` networks put several dense layers on top of a ResNet that was trained on ImageNet and stays frozen. They
are built unfrozen and with random weights: `fervid.networks.pretrained.load` loads the ResNet's weights and
`fervid.networks.freeze` freezes it. Numbers of parameters are those of their heads with seven classes. The sources give
no dropout probability; ours is 0.5.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from typing_extensions import override

from fervid.networks.base import ConvNet, Published
from fervid.networks.dense import dense


class BasicBlock(nn.Module):
    """A residual block of two convolutions.

    Args:
        inputs: Number of input channels.
        width: Number of channels of the convolutions.
        stride: Stride of the first convolution.
    """

    expansion = 1

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1 = _convolution(inputs, width, 3, stride)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = _convolution(width, width, 3)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(inputs, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, height, width) to (N, width, height / stride, width / stride)."""
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.downsample(x), inplace=True)


class Bottleneck(nn.Module):
    """A residual block of three convolutions, whose 3x3 one in the middle works on a quarter of the channels.

    The stride belongs to the middle convolution, as in torchvision, and not to the first, as in the paper.

    Args:
        inputs: Number of input channels.
        width: Number of channels of the middle convolution; the block returns four times as many.
        stride: Stride of the middle convolution.
    """

    expansion = 4

    def __init__(self, inputs: int, width: int, stride: int) -> None:
        super().__init__()
        outputs = self.expansion * width
        self.conv1 = _convolution(inputs, width, 1)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = _convolution(width, width, 3, stride)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = _convolution(width, outputs, 1)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = _shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, height, width) to (N, 4 * width, height / stride, width / stride)."""
        y = F.relu(self.bn1(self.conv1(x)), inplace=True)
        y = F.relu(self.bn2(self.conv2(y)), inplace=True)
        y = self.bn3(self.conv3(y))
        return F.relu(y + self.downsample(x), inplace=True)


_LAYOUTS: Final[dict[int, tuple[type[BasicBlock | Bottleneck], tuple[int, int, int, int]]]] = {
    18: (BasicBlock, (2, 2, 2, 2)),
    34: (BasicBlock, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}
"""The block and the number of blocks in each of the four layers, by depth."""


class ResNet(Published):
    """A residual network for images of any size.

    Args:
        depth: 18, 34, 50, 101 or 152.
        channels: 1 for grey images, 3 for colour.
        fc: Head, which takes the (N, `feature_count(depth)`) averages of the last layer.
        small: Start with a 3x3 convolution of stride 1 and no pooling, instead of a 7x7 convolution of stride 2 and
            pooling. An image of 48x48 then reaches the last layer as 6x6 instead of 2x2.
    """

    HEAD = "fc"

    def __init__(self, depth: int, channels: int, fc: nn.Module, *, small: bool = False) -> None:
        super().__init__()
        block, (one, two, three, four) = _LAYOUTS[depth]
        self.conv1 = _convolution(channels, 64, 3) if small else _convolution(channels, 64, 7, 2)
        self.bn1 = nn.BatchNorm2d(64)
        self.maxpool = nn.Identity() if small else nn.MaxPool2d(3, 2, padding=1)
        self.layer1 = _layer(block, one, 64, 64, 1)
        self.layer2 = _layer(block, two, 64 * block.expansion, 128, 2)
        self.layer3 = _layer(block, three, 128 * block.expansion, 256, 2)
        self.layer4 = _layer(block, four, 256 * block.expansion, 512, 2)
        self.fc = fc

    @override
    def backbone(self, images: Tensor) -> Tensor:
        """Return the (N, `feature_count(depth)`) averages of the last layer, for images of any height and width."""
        x = self.maxpool(F.relu(self.bn1(self.conv1(images)), inplace=True))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


def resnet(classes: int, channels: int, depth: int, *, small: bool = False) -> ResNet:
    """Build a ResNet whose head is one dense layer."""
    return ResNet(depth, channels, nn.Linear(feature_count(depth), classes), small=small)


def feature_count(depth: int) -> int:
    """Return the number of features that a ResNet gives to its head: 512, or 2048 from 50 layers on."""
    block, _ = _LAYOUTS[depth]
    return 512 * block.expansion


def resnet50_frozen(classes: int, channels: int) -> ConvNet:
    """Build ``resnet50-frozen``: ResNet-50; 2048-256-256-128-classes. Its head has 624,135 parameters."""
    return _under_head(50, channels, (256, 256, 128, classes), dropped=(2, 3))


def resnet101_frozen(classes: int, channels: int) -> ConvNet:
    """Build ``resnet101-frozen``: ResNet-101; 2048-64-128-256-128-classes. Its head has 206,279 parameters."""
    return _under_head(101, channels, (64, 128, 256, 128, classes), dropped=(2, 4))


def resnet152_frozen(classes: int, channels: int) -> ConvNet:
    """Build ``resnet152-frozen``: ResNet-152; 2048-1024-512-classes. Its head has 2,626,567 parameters."""
    return _under_head(152, channels, (1024, 512, classes))


def _under_head(depth: int, channels: int, widths: tuple[int, ...], dropped: Collection[int] = ()) -> ConvNet:
    head = dense(feature_count(depth), *widths, dropout=dict.fromkeys(dropped, 0.5))
    return ConvNet(ResNet(depth, channels, nn.Identity()), nn.Sequential(*head))


def _layer(block: type[BasicBlock | Bottleneck], count: int, inputs: int, width: int, stride: int) -> nn.Sequential:
    rest = (block(width * block.expansion, width, 1) for _ in range(count - 1))
    return nn.Sequential(block(inputs, width, stride), *rest)


def _shortcut(inputs: int, outputs: int, stride: int) -> nn.Module:
    if inputs == outputs and stride == 1:
        return nn.Identity()
    return nn.Sequential(_convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))


def _convolution(inputs: int, outputs: int, side: int, stride: int = 1) -> nn.Conv2d:
    convolution = nn.Conv2d(inputs, outputs, side, stride, padding=side // 2, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return convolution
