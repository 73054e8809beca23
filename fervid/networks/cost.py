"""The cost of a network: its parameters, and the multiply-adds that it takes for one image."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from typing_extensions import Self

from fervid import networks


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a network.

    Attributes:
        parameters: Number of learned parameters.
        multiply_adds: Number of multiplications, each with its addition, in convolutions and dense layers for one
            image. They predict the speed only roughly, because small networks spend their time elsewhere.
    """

    parameters: int
    multiply_adds: int

    @classmethod
    def of(cls, name: str, classes: int, channels: int, size: int) -> Self:
        """Return the cost of the network `name`, which needs no memory for weights here.

        Args:
            name: One of `fervid.networks.NAMES`.
            classes: Number of classes.
            channels: 1 for grey images, 3 for colour.
            size: Width and height of the images in pixels.

        Raises:
            EngineError: There is no network of that name.
        """
        with torch.device("meta"):
            network = networks.create(name, classes, channels).eval()
        return cls(sum(parameter.numel() for parameter in network.parameters()), multiply_adds(network, channels, size))

    @property
    def millions(self) -> str:
        """The multiply-adds in millions, as text such as ``24.3`` or ``2,425``."""
        millions = self.multiply_adds / 1e6
        return f"{millions:,.1f}" if millions < 100 else f"{millions:,.0f}"


def multiply_adds(network: nn.Module, channels: int, size: int) -> int:
    """Return the number of multiply-adds of convolutions and dense layers for one image.

    They are counted while the network classifies one image.

    Args:
        network: Network in evaluation mode, with or without values (on torch's ``meta`` device).
        channels: Number of channels of the image.
        size: Width and height of the image in pixels.
    """
    products: list[int] = []

    def count(layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        # Each number of the output is the product of one row of the weights with a part of the input.
        products.append(output.numel() * layer.get_parameter("weight")[0].numel())

    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(count) for layer in layers]
    try:
        with torch.inference_mode():
            network(torch.empty(1, channels, size, size, device=next(network.parameters()).device))
    finally:
        for hook in hooks:
            hook.remove()
    return sum(products)
