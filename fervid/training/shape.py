"""The input and the outputs of a network in training, and the heads that its outputs belong to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from typing_extensions import Self

from fervid import networks
from fervid.data.dataset import DataSet
from fervid.engines.manifest import CHANNELS
from fervid.errors import DataError
from fervid.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Head:
    """The outputs of a network that tell the classes of one kind of labels apart.

    All heads are rows of one last layer, so they share every feature, and the rows of one head make an engine.

    Attributes:
        labels: The labels that it learns, one of `fervid.data.dataset.LABELS`.
        classes: The classes that it distinguishes.
        columns: Its columns among the outputs.
        weight: Its weight in the loss, 0 to 1.
    """

    labels: str
    classes: tuple[str, ...]
    columns: slice
    weight: float

    def only(self, network: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the weights of a network that has this head alone.

        Args:
            network: The name of the network.
            tensors: Its weights with all heads, by name.
        """
        with torch.device("meta"):
            last = networks.last_layer(networks.create(network))
        return {name: tensor[self.columns].clone() if name in last else tensor for name, tensor in tensors.items()}


@dataclass(frozen=True, slots=True)
class Shape:
    """The input and the outputs of a network.

    Attributes:
        size: Width and height of its images in pixels.
        channels: The number of channels of its images.
        classes: The classes that it distinguishes.
        auxiliary: The classes of its auxiliary head; empty without one.
    """

    size: int
    channels: int
    classes: tuple[str, ...]
    auxiliary: tuple[str, ...] = ()

    @classmethod
    def of(cls, recipe: Recipe, data: DataSet) -> Self:
        """Return the shape of a network trained by `recipe` on `data`.

        Raises:
            DataError: The faces are in colour but the network takes grey images.
        """
        channels = CHANNELS[recipe.colour]
        if data.training.images.shape[1] not in (1, channels):
            raise DataError(
                f"{data.name} is in colour, but {recipe.name} takes grey faces", "set colour to rgb in the recipe"
            )
        return cls(recipe.picture_size, channels, data.classes, data.auxiliary.classes if data.auxiliary else ())

    @property
    def outputs(self) -> tuple[str, ...]:
        """The class of each output; a class of both heads occurs twice."""
        return (*self.classes, *self.auxiliary)

    def heads(self, recipe: Recipe) -> tuple[Head, ...]:
        """Return the main head and, if there is one, the auxiliary head."""
        end = len(self.classes)
        if not self.auxiliary:
            return (Head(recipe.labels, self.classes, slice(0, end), 1.0),)
        auxiliary = recipe.auxiliary
        return (
            Head(recipe.labels, self.classes, slice(0, end), 1 - auxiliary.weight),
            Head(auxiliary.labels, self.auxiliary, slice(end, len(self.outputs)), auxiliary.weight),
        )
