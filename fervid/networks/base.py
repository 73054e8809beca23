"""Base classes of networks with a backbone, which can be frozen, and a head, which goes on learning."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from torch import Tensor, nn
from typing_extensions import Self, override


class Headed(nn.Module):
    """A network that ends in a head.

    Attributes:
        HEAD: Name of the submodule that is the head; all other submodules form the backbone.
    """

    HEAD: ClassVar[str] = "head"

    def __init__(self) -> None:
        super().__init__()
        self._frozen = False

    @abstractmethod
    def backbone(self, images: Tensor) -> Tensor:
        """Return what the head takes, for (N, channels, size, size) normalised floats."""

    @property
    def top(self) -> nn.Module:
        """The head, which takes the output of `backbone` and returns (N, classes) logits."""
        return self.get_submodule(self.HEAD)

    def forward(self, images: Tensor) -> Tensor:
        """Classify images.

        Args:
            images: (N, channels, size, size) float, normalised.

        Returns:
            (N, classes) float logits.
        """
        logits: Tensor = getattr(self, self.HEAD)(self.backbone(images))
        return logits

    def freeze(self) -> None:
        """Freeze the backbone, so that only the head goes on learning.

        The backbone's parameters get no gradients, and its batch norms and dropouts stay in evaluation mode.
        """
        self._frozen = True
        self.requires_grad_(False)
        self.top.requires_grad_(True)
        self.train(self.training)

    @override
    def train(self, mode: bool = True) -> Self:
        """Switch between training and evaluation mode; a frozen backbone stays in evaluation mode."""
        super().train(mode)
        if self._frozen:
            for name, part in self.named_children():
                if name != self.HEAD:
                    part.eval()
        return self


class Published(Headed):
    """A network for which ImageNet weights are published, for a thousand classes in colour.

    Attributes:
        STEM: Prefixes of the names of the first convolution and of its batch norm.
    """

    STEM: ClassVar[tuple[str, str]] = ("conv1.", "bn1.")

    @staticmethod
    def own_name(published: str) -> str:
        """Return the name of a tensor in this network, from its name in the published file."""
        return published


class ConvNet(Headed):
    """A backbone of convolutions with a head on top.

    Args:
        features: Backbone, which takes (N, channels, size, size) normalised floats.
        head: Takes the output of `features` and returns (N, classes) logits.
    """

    def __init__(self, features: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.features = features
        self.head = head

    @override
    def backbone(self, images: Tensor) -> Tensor:
        """Return the output of `features`."""
        features: Tensor = self.features(images)
        return features
