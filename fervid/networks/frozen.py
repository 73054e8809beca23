"""ResNets under a head of several dense layers, meant for a backbone that was trained on ImageNet and stays frozen.

A network comes unfrozen and with random weights: `fervid.networks.pretrained.load` gives the backbone its weights,
`fervid.networks.freeze` freezes it. The parameter counts are the heads', with seven classes. Where dropout is, it is
0.5, which is our choice.
"""

from __future__ import annotations

from torch import Tensor, nn

from fervid.networks.base import Headed
from fervid.networks.resnet import ResNet


class FrozenResNet(Headed):
    """A ResNet and a head.

    Args:
        depth: Of the ResNet.
        channels: 1 for grey pictures, 3 for colour.
        head: Takes (N, 2048) averages of the backbone's last layer, returns (N, classes) logits.
    """

    def __init__(self, depth: int, channels: int, head: nn.Module) -> None:
        super().__init__()
        self.backbone = ResNet(depth, channels, nn.Identity())
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Score pictures.

        Args:
            images: (N, channels, height, width) float, normalised.

        Returns:
            (N, classes) float logits.
        """
        logits: Tensor = self.head(self.backbone(images))
        return logits


def resnet50_frozen(classes: int, channels: int) -> FrozenResNet:
    """ResNet-50; 2048-256-256-128-classes. 624,135 parameters."""
    head = nn.Sequential(
        nn.Linear(2048, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 256),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(256, 128),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(128, classes),
    )
    return FrozenResNet(50, channels, head)


def resnet101_frozen(classes: int, channels: int) -> FrozenResNet:
    """ResNet-101; 2048-64-128-256-128-classes. 206,279 parameters."""
    head = nn.Sequential(
        nn.Linear(2048, 64),
        nn.ReLU(inplace=True),
        nn.Linear(64, 128),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(128, 256),
        nn.ReLU(inplace=True),
        nn.Linear(256, 128),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(128, classes),
    )
    return FrozenResNet(101, channels, head)


def resnet152_frozen(classes: int, channels: int) -> FrozenResNet:
    """ResNet-152; 2048-1024-512-classes. 2,626,567 parameters."""
    head = nn.Sequential(
        nn.Linear(2048, 1024),
        nn.ReLU(inplace=True),
        nn.Linear(1024, 512),
        nn.ReLU(inplace=True),
        nn.Linear(512, classes),
    )
    return FrozenResNet(152, channels, head)
