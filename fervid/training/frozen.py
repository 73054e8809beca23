"""A frozen backbone, which runs once for each face; the head learns from its features, kept in memory."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Final

import torch
from torch import Generator, Tensor, nn
from typing_extensions import Self

from fervid import networks
from fervid.errors import EngineError, RecipeError
from fervid.networks.base import Headed
from fervid.training.augment import augment
from fervid.training.preprocess import normalise, to_floats
from fervid.training.recipe import Augmentation, Recipe
from fervid.training.shape import Shape

_log = logging.getLogger(__name__)

MOST: Final = 4 << 30
"""The largest size in bytes of all features. Where they are larger, the backbone runs for each batch."""

_KEPT: Final = ("mirror", "erase_area", "darken", "blur", "motion", "shrink", "noise", "compression")
"""The augmentations with which features can be kept: mirroring, and what changes nothing without `erase` or `video`."""

_BATCH: Final = 128


def freeze(network: nn.Module, recipe: Recipe) -> None:
    """Freeze the backbone of a network.

    Raises:
        RecipeError: The network has no backbone apart from its head.
    """
    try:
        networks.freeze(network)
    except EngineError as error:
        problem = f"{recipe.name} has frozen = true, but {recipe.network} has no backbone to freeze"
        raise RecipeError(problem, "leave out frozen, or choose a network with convolutions") from error


def obstacle(recipe: Recipe) -> str:
    """Return the key of a recipe for which the backbone must see the images of each batch; empty if there is none.

    A face and its mirror image have features of their own, which are kept. Any other augmentation makes new images all
    the time, and teachers look at images too.
    """
    if recipe.distillation.has_teachers:
        return "distillation.teachers"
    if len(set(recipe.grow)) > 1:
        return "grow"
    changes = dataclasses.asdict(recipe.augmentation)
    return next((f"augmentation.{key}" for key, value in changes.items() if value and key not in _KEPT), "")


class Backbone:
    """A frozen backbone and the features that it found in the faces of a run.

    Args:
        network: The network, whose backbone is frozen.
        recipe: The recipe of the run, for augmentation and normalisation.
        shape: The input of the network.
        device: The device of the network.
        has_bf16: True to compute the features of the training faces in bfloat16.
    """

    def __init__(self, network: Headed, recipe: Recipe, shape: Shape, device: torch.device, *, has_bf16: bool) -> None:
        self.network = network
        self._mirror = recipe.augmentation.mirror
        self._spec = (recipe.mean,), (recipe.std,)
        self._size = recipe.grow[0] if recipe.grow else shape.size
        self._channels = shape.channels
        self._device = device
        self._has_bf16 = has_bf16
        self._plain: Tensor | None = None
        self._mirrored: Tensor | None = None
        self._validation: Tensor | None = None

    @classmethod
    def of(
        cls, network: nn.Module, recipe: Recipe, shape: Shape, device: torch.device, faces: int, *, has_bf16: bool
    ) -> Self | None:
        """Return the backbone of a run with that many training faces; None if its features cannot be kept."""
        if not recipe.frozen or not isinstance(network, Headed):
            return None
        made = cls(network, recipe, shape, device, has_bf16=has_bf16)
        reason = obstacle(recipe)
        if not reason:
            one = made._run(torch.zeros(1, 1, 8, 8, dtype=torch.uint8), mirrored=False)
            memory = one.nbytes * faces * (2 if made._mirror else 1)
            if memory <= MOST:
                return made
            reason = f"features that would take {memory >> 20:,} MB"
        _log.info("the frozen backbone runs in every epoch, because the recipe has %s", reason)
        return None

    def look(self, images: Tensor, stop: Callable[[], bool]) -> bool:
        """Compute the features of the training faces, at the first call.

        Args:
            images: (N, channels, height, width) uint8, the same at every call.
            stop: Called after each batch; if it returns True, the features are given up.

        Returns:
            True when the features are there, False when `stop` ended it early.
        """
        if self._plain is not None:
            return True
        _log.info("computing the features of %s faces, once, because the backbone is frozen", f"{len(images):,}")
        found = []
        for mirrored in (False, True) if self._mirror else (False,):
            parts = []
            for batch in torch.split(images, _BATCH):
                parts.append(self._run(batch, mirrored=mirrored))
                if stop():
                    return False
            found.append(torch.cat(parts))
        self._plain, *others = found
        self._mirrored = others[0] if others else None
        return True

    def draw(self, chosen: Tensor, generator: Generator) -> Tensor:
        """Return the features of some training faces, each mirrored with the recipe's probability.

        The random numbers are those of `fervid.training.augment.mirror`, so that the same faces are mirrored as if the
        backbone ran for each batch.

        Args:
            chosen: (B,) int64, the indices of the faces.
            generator: A CPU generator of random numbers.

        Returns:
            (B, ...) float, on the CPU.
        """
        assert self._plain is not None, "the backbone has looked at no face"
        found = self._plain[chosen]
        if self._mirrored is None:
            return found
        flipped = torch.rand(len(chosen), *[1] * (found.ndim - 1), generator=generator) < self._mirror
        return torch.where(flipped, self._mirrored[chosen], found)

    @torch.inference_mode()
    def logits(self, average: nn.Module, images: Tensor) -> Tensor:
        """Return the logits of the validation faces in float32; their features are computed at the first call.

        Args:
            average: A network with the same backbone and another head.
            images: (N, channels, size, size) uint8, the same at every call.
        """
        if self._validation is None:
            parts = (to_floats(part, self._device) for part in torch.split(images, _BATCH))
            self._validation = torch.cat([self.network.backbone(normalise(part, *self._spec)) for part in parts])
        logits: Tensor = average.get_submodule(self.network.HEAD)(self._validation)
        return logits

    @torch.no_grad()
    def _run(self, images: Tensor, *, mirrored: bool) -> Tensor:
        faces = to_floats(images, self._device)
        faces = augment(faces, Augmentation(mirror=float(mirrored)), Generator(), self._size)
        faces = faces.expand(-1, self._channels, -1, -1)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._has_bf16):
            return self.network.backbone(normalise(faces, *self._spec)).cpu()
