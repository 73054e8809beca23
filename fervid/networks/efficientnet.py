"""EfficientNet-Lite0 (Tan and Le 2019, arXiv:1905.11946; the Lite variants: TensorFlow's TPU models, 2020).

The Lite variants have neither squeeze-and-excitation nor swish, and keep stem and head at their size when the network
grows. Their layers have the names of the published PyTorch checkpoints without the underscore before each
(``_blocks.0._bn1`` is ``blocks.0.bn1``), so that ImageNet weights fit.
"""

from __future__ import annotations

from typing import Final

import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from typing_extensions import override

from fervid.networks.base import Published

_STEM: Final = 32
_FEATURES: Final = 1280
_DROPOUT: Final = 0.2

_STAGES: Final = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
"""Expansion, kernel size, stride of the first block, channels, and number of blocks of each stage."""


class Margin(nn.Module):
    """The padding of a convolution with a stride of 2, as in TensorFlow, where the published weights were trained.

    If the width is even, there is one column more on the right than on the left; likewise for the height.

    Args:
        side: Kernel size of the convolution.
    """

    def __init__(self, side: int) -> None:
        super().__init__()
        self._side = side

    def forward(self, images: Tensor) -> Tensor:
        """Pad (N, channels, height, width)."""
        width, height = (self._side - 2 + int(images.shape[at]) % 2 for at in (-1, -2))
        return F.pad(images, (width // 2, width - width // 2, height // 2, height - height // 2))


class Block(nn.Module):
    """An inverted residual block (Sandler et al. 2018, arXiv:1801.04381) without squeeze-and-excitation.

    Args:
        inputs: Number of input channels.
        outputs: Number of output channels.
        expansion: Factor by which the first convolution multiplies the channels; 1 for no such convolution.
        side: Kernel size of the depthwise convolution.
        stride: Stride of the depthwise convolution.
    """

    def __init__(self, inputs: int, outputs: int, expansion: int, side: int, stride: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expand_conv: nn.Module = nn.Identity()
        self.bn0: nn.Module = nn.Identity()
        if expansion != 1:
            self.expand_conv, self.bn0 = _convolution(inputs, wide, 1), _norm(wide)
        self.margin = Margin(side) if stride == 2 else nn.Identity()
        self.depthwise_conv = _convolution(wide, wide, side, stride, groups=wide)
        self.bn1 = _norm(wide)
        self.project_conv = _convolution(wide, outputs, 1)
        self.bn2 = _norm(outputs)
        self._expands = expansion != 1
        self._adds = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, height, width) to (N, outputs, height / stride, width / stride), rounded up."""
        y = F.relu6(self.bn0(self.expand_conv(x)), inplace=True) if self._expands else x
        y = F.relu6(self.bn1(self.depthwise_conv(self.margin(y))), inplace=True)
        out: Tensor = self.bn2(self.project_conv(y))
        return x + out if self._adds else out


class EfficientNetLite(Published):
    """EfficientNet-Lite0 for images of any size.

    Args:
        classes: Number of classes.
        channels: 1 for grey images, 3 for colour.
    """

    HEAD = "fc"
    STEM = ("conv_stem.", "bn0.")

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.margin = Margin(3)
        self.conv_stem = _convolution(channels, _STEM, 3, 2)
        self.bn0 = _norm(_STEM)
        blocks, inputs = [], _STEM
        for expansion, side, stride, outputs, count in _STAGES:
            blocks.append(Block(inputs, outputs, expansion, side, stride))
            blocks += [Block(outputs, outputs, expansion, side, 1) for _ in range(count - 1)]
            inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.conv_head = _convolution(inputs, _FEATURES, 1)
        self.bn1 = _norm(_FEATURES)
        self.fc = nn.Sequential(nn.Dropout(_DROPOUT), nn.Linear(_FEATURES, classes))

    @override
    @staticmethod
    def own_name(published: str) -> str:
        """Return the name without the underscore before each of its parts."""
        return ".".join(part.removeprefix("_") for part in published.split("."))

    @override
    def backbone(self, images: Tensor) -> Tensor:
        """Return the (N, 1280) averages of the last convolution."""
        x = self.blocks(F.relu6(self.bn0(self.conv_stem(self.margin(images))), inplace=True))
        x = F.relu6(self.bn1(self.conv_head(x)), inplace=True)
        return F.adaptive_avg_pool2d(x, 1).flatten(1)


def efficientnet_lite0(classes: int, channels: int) -> EfficientNetLite:
    """Build ``efficientnet-lite0``, whose head is dropout and one dense layer."""
    return EfficientNetLite(classes, channels)


def _convolution(inputs: int, outputs: int, side: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    """Return a convolution without bias, to be padded by `Margin` if it has a stride of 2."""
    padding = 0 if stride == 2 else side // 2
    convolution = nn.Conv2d(inputs, outputs, side, stride, padding, groups=groups, bias=False)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    return convolution


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)
