"""Teachers for distillation."""

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
"""The weights of red, green and blue in OpenCV's conversion to grey (ITU-R BT.601)."""


class Teachers:
    """An ensemble of trained engines.

    A teacher may know more classes than the student; its logits for the other classes are ignored.

    Args:
        settings: The names of the engines.
        classes: The classes of the student.
        device: The device on which the teachers run.

    Raises:
        EngineError: A teacher does not exist or is damaged.
        RecipeError: A teacher does not know every class.
    """

    def __init__(self, settings: Distillation, classes: Sequence[str], device: torch.device) -> None:
        self._settings = settings
        self._engines = []
        for name in settings.teachers:
            manifest, network = read_network(resolve(name))
            unknown = [emotion for emotion in classes if emotion not in manifest.classes]
            if unknown:
                raise RecipeError(
                    f"the teacher {name} does not know {', '.join(unknown)}", "use a teacher that knows every class"
                )
            places = [manifest.classes.index(emotion) for emotion in classes]
            network.eval().requires_grad_(False).to(device)
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            self._engines.append((manifest.input, network, places))

    def loss(self, images: Tensor, logits: Tensor, has_bf16: bool) -> Tensor:
        """Compute the distillation loss (Hinton et al. 2015, arXiv:1503.02531).

        Args:
            images: (N, channels, size, size) float, 0 to 1.
            logits: (N, classes) float, the student's logits for the same images.
            has_bf16: True to run the teachers in bfloat16.

        Returns:
            The mean Kullback-Leibler divergence at the temperature, times its square, which makes the size of the
            gradients independent of the temperature.
        """
        heat = self._settings.temperature
        with torch.no_grad(), torch.autocast(images.device.type, torch.bfloat16, enabled=has_bf16):
            predictions = []
            for spec, network, places in self._engines:
                known = network(normalise(_adapted(images, spec), spec.mean, spec.std))[:, places].float()
                predictions.append(F.softmax(known / heat, 1))
        wanted = torch.stack(predictions).mean(0)
        return F.kl_div(F.log_softmax(logits / heat, 1), wanted, reduction="batchmean") * heat**2


def _adapted(images: Tensor, spec: InputSpec) -> Tensor:
    """Return the images in the size and colour of a teacher."""
    if images.shape[-1] != spec.size:
        images = F.interpolate(images, size=(spec.size, spec.size), mode="bilinear", antialias=True)
    if images.shape[1] > spec.channels:
        images = (images * images.new_tensor(_GREY).view(-1, 1, 1)).sum(1, keepdim=True)
    return images.expand(-1, spec.channels, -1, -1)
