"""Base classes of networks with a backbone, which can be frozen, and a head, which goes on learning."""

from __future__ import annotations

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

    def freeze(self) -> None:
        """Freeze the backbone, so that only the head goes on learning.

        The backbone's parameters get no gradients, and its batch norms and dropouts stay in evaluation mode.
        """
        self._frozen = True
        self.requires_grad_(False)
        self.get_submodule(self.HEAD).requires_grad_(True)
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

    def forward(self, images: Tensor) -> Tensor:
        """Classify images.

        Args:
            images: (N, channels, size, size) float, normalised.

        Returns:
            (N, classes) float logits.
        """
        logits: Tensor = self.head(self.features(images))
        return logits
