"""Augmentation with what video does to a face: blur, low resolution, little light, noise and compression."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from fervid.data.effects import add_noise, compress, darken, defocus, move, shrink
from fervid.training.recipe import Augmentation


def degrade(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Apply each effect of video to a random part of the images, in the order in which a camera has them.

    Args:
        images: (N, channels, size, size) float, 0 to 1.
        settings: The strength of each effect, and in ``video`` the probability of each.
        generator: A CPU generator of random numbers.

    Returns:
        Images of the same shape, 0 to 1.
    """
    if not settings.video:
        return images
    for effect, bound in (
        (darken, settings.darken),
        (defocus, settings.blur),
        (move, settings.motion),
        (shrink, settings.shrink),
        (add_noise, settings.noise),
        (compress, settings.compression),
    ):
        if bound:
            count = len(images)
            chosen = torch.rand(count, generator=generator) < settings.video
            strength = torch.rand(count, generator=generator) * bound * chosen
            images = effect(images, strength, generator)
    return images
