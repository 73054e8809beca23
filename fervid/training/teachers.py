"""Trained engines that a network learns from, beside the labels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import InputSpec
from fervid.errors import RecipeError
from fervid.training.normalise import normalise
from fervid.training.recipe import Distillation

_GREY: Final = (0.299, 0.587, 0.114)
"""Of red, green and blue, as OpenCV makes grey pictures of them (ITU-R BT.601)."""


class Teachers:
    """Several engines that answer together.

    A teacher may tell other emotions beside those that are learned: it is asked as if it did not know them.

    Args:
        settings: Names them.
        classes: What the network that learns has to tell.
        device: Where they run.

    Raises:
        EngineError: One of them does not exist or is damaged.
        RecipeError: One of them does not tell every class.
    """

    def __init__(self, settings: Distillation, classes: Sequence[str], device: torch.device) -> None:
        self._settings = settings
        self._engines = []
        for name in settings.teachers:
            manifest, network = read_network(resolve(name))
            unknown = [emotion for emotion in classes if emotion not in manifest.classes]
            if unknown:
                raise RecipeError(
                    f"the teacher {name} does not tell {', '.join(unknown)}", "take a teacher that tells every class"
                )
            places = [manifest.classes.index(emotion) for emotion in classes]
            network.eval().requires_grad_(False).to(device)
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._engines.append((manifest.input, network, places))

    def loss(self, images: Tensor, logits: Tensor, has_bf16: bool) -> Tensor:
        """How far the answers are from those of the teachers (Hinton et al. 2015, arXiv:1503.02531).

        Args:
            images: (N, channels, size, size) float, 0 to 1.
            logits: (N, classes) float of the network that learns, for the same pictures.
            has_bf16: Whether the teachers compute in bfloat16.

        Returns:
            The mean Kullback-Leibler divergence at the temperature, times its square, so that its gradients are as
            large at any temperature.
        """
        heat = self._settings.temperature
        with torch.no_grad(), torch.autocast(images.device.type, torch.bfloat16, enabled=has_bf16):
            answers = []
            for spec, network, places in self._engines:
                told = network(normalise(_shown(images, spec), spec.mean, spec.std))[:, places].float()
                answers.append(F.softmax(told / heat, 1))
        wanted = torch.stack(answers).mean(0)
        return F.kl_div(F.log_softmax(logits / heat, 1), wanted, reduction="batchmean") * heat**2


def _shown(images: Tensor, spec: InputSpec) -> Tensor:
    """The pictures in the size and colour that a teacher takes."""
    if images.shape[-1] != spec.size:
        images = F.interpolate(images, size=(spec.size, spec.size), mode="bilinear", antialias=True)
    if images.shape[1] > spec.channels:
        images = (images * images.new_tensor(_GREY).view(-1, 1, 1)).sum(1, keepdim=True)
    return images.expand(-1, spec.channels, -1, -1)
