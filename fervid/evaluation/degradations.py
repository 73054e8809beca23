"""Degradations of face images, each in five strengths, under which the robustness of an engine is measured.

They are deterministic: the same faces in the same order become the same images, however often they are degraded. The
five strengths of a degradation share their random numbers, so only the strength differs between them.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor

from fervid.data import effects
from fervid.engines.backends.pytorch import on_threads

_CHUNK: Final = 256
"""Number of faces that are degraded at once. It determines the random numbers."""


@dataclass(frozen=True, slots=True)
class Degradation:
    """A degradation of face images.

    Attributes:
        name: Name, as shown to users.
        unit: Meaning of its strengths.
        strengths: Five strengths, from the mildest to the worst.
        effect: Takes (N, channels, size, size) float from 0 to 1, a strength and a generator of random numbers, and
            returns images of the same shape.
    """

    name: str
    unit: str
    strengths: tuple[float, float, float, float, float]
    effect: Callable[[Tensor, float, Generator], Tensor]

    def apply(self, images: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
        """Return degraded copies of (N, channels, size, size) images."""
        starts = range(0, len(images), _CHUNK)
        with on_threads(1):
            return np.concatenate([self._degraded(images[at : at + _CHUNK], strength, at) for at in starts])

    def _degraded(self, images: NDArray[np.uint8], strength: float, start: int) -> NDArray[np.uint8]:
        generator = Generator().manual_seed(zlib.crc32(f"{self.name} {start}".encode()))
        changed = self.effect(torch.from_numpy(images).float() / 255, strength, generator)
        degraded: NDArray[np.uint8] = (changed.clamp(0, 1) * 255).round().byte().numpy()
        return degraded


def _blur(images: Tensor, percent: float, generator: Generator) -> Tensor:
    return effects.defocus(images, _all(images, percent / 100), generator)


def _motion(images: Tensor, percent: float, generator: Generator) -> Tensor:
    return effects.move(images, _all(images, percent / 100), generator)


def _size(images: Tensor, pixels: float, generator: Generator) -> Tensor:
    return effects.shrink(images, _all(images, 1 - pixels / images.shape[-1]), generator)


def _noise(images: Tensor, levels: float, generator: Generator) -> Tensor:
    return effects.add_noise(images, _all(images, levels / 255), generator)


def _compression(images: Tensor, quality: float, generator: Generator) -> Tensor:
    return effects.compress(images, _all(images, 1 - quality / 100), generator)


def _light(images: Tensor, percent: float, generator: Generator) -> Tensor:
    return effects.darken(images, _all(images, 1 - percent / 100), generator)


def _contrast(images: Tensor, percent: float, _generator: Generator) -> Tensor:
    return effects.scale_contrast(images, _all(images, percent / 100))


def _rotation(images: Tensor, degrees: float, generator: Generator) -> Tensor:
    """Rotate half of the images to the left and half to the right."""
    left = torch.rand(len(images), generator=generator) < 0.5
    angle = torch.where(left, -1.0, 1.0) * math.radians(degrees)
    return effects.warp(images, angle, _all(images, 1), torch.zeros(len(images), 2), images.shape[-1])


def _shift(images: Tensor, percent: float, generator: Generator) -> Tensor:
    """Shift each image in a random direction."""
    angle = torch.rand(len(images), generator=generator) * 2 * math.pi
    shift = torch.stack((angle.cos(), angle.sin()), 1) * percent / 100
    return effects.warp(images, _all(images, 0), _all(images, 1), shift, images.shape[-1])


def _occlusion(images: Tensor, percent: float, generator: Generator) -> Tensor:
    """Cover a square of each image, at a random place within it, with a random grey."""
    count, (height, width) = len(images), images.shape[-2:]
    half = torch.full((count, 2), math.sqrt(percent / 100) / 2)
    centre = half + torch.rand(count, 2, generator=generator) * (1 - 2 * half)
    grey = torch.rand(count, 1, 1, 1, generator=generator)
    return torch.where(effects.rectangles(centre, half, height, width), grey, images)


def _all(images: Tensor, value: float) -> Tensor:
    """Return `value` once for each image."""
    return torch.full((len(images),), float(value))


DEGRADATIONS: Final = (
    Degradation("blur", "standard deviation, % of the width", (1, 2, 3, 4, 6), _blur),
    Degradation("motion blur", "length, % of the width", (4, 8, 12, 18, 25), _motion),
    Degradation("small face", "width before enlarging, pixels", (32, 24, 16, 12, 8), _size),
    Degradation("noise", "standard deviation, grey levels of 255", (5, 10, 20, 30, 45), _noise),
    Degradation("compression", "JPEG quality", (50, 30, 20, 10, 5), _compression),
    Degradation("low light", "light that is left, %", (50, 30, 20, 10, 5), _light),
    Degradation("overexposure", "light, % of the original", (125, 150, 200, 250, 300), _light),
    Degradation("low contrast", "contrast that is left, %", (70, 50, 35, 20, 10), _contrast),
    Degradation("rotation", "angle to either side, degrees", (5, 10, 15, 20, 30), _rotation),
    Degradation("shift", "distance, % of the width", (4, 8, 12, 16, 24), _shift),
    Degradation("occlusion", "covered area, %", (5, 10, 20, 30, 40), _occlusion),
)
"""The degradations, in the order in which they are shown. Other strengths would make figures incomparable."""
