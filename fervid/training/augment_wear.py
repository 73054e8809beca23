"""Augmentation with what people wear: glasses and masks, drawn where FER2013 shows the eyes and the mouth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import torch
from torch import Generator, Tensor

from fervid.data.uploads import upload
from fervid.training.recipe import Augmentation

_Draw: TypeAlias = Callable[[float, float], Tensor]
"""A function that returns (N, 1, 1) random numbers between two others, one for each face that wears something."""

_EYES: Final = ((0.316, 0.406), (0.685, 0.399))
_MOUTH: Final = (0.507, 0.783)
"""Median key points of FER2013's faces in the unit square, by MediaPipe."""

_JITTER: Final = 0.03
_EDGE: Final = 0.015
"""Width of the soft edge of what is drawn, as a fraction of the image."""


def wear(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Draw glasses on some faces and masks on others, or both; the other images are unchanged.

    Args:
        images: (N, channels, size, size) float, 0 to 1.
        settings: The probabilities of glasses and masks.
        generator: A CPU generator of random numbers.

    Returns:
        Images of the same shape, 0 to 1.
    """
    for cover_with, probability in ((_glasses, settings.glasses), (_mask, settings.mask)):
        if probability:
            chosen = _uniform(len(images), 0.0, 1.0, generator).flatten() < probability
            images = _worn(images, chosen, cover_with, generator)
    return images


def _worn(
    images: Tensor, chosen: Tensor, cover_with: Callable[[int, _Draw], tuple[Tensor, Tensor]], generator: Generator
) -> Tensor:
    """Return the images with something drawn on the chosen ones."""

    def draw(low: float, high: float) -> Tensor:
        # Numbers are drawn for all faces, so that those of a face do not depend on what others wear.
        return _uniform(len(images), low, high, generator)[chosen]

    cover, grey = (upload(part[:, None], images.device) for part in cover_with(images.shape[-1], draw))
    rows = upload(chosen.nonzero()[:, 0], images.device)
    faces = images[rows]
    result = images.clone()
    result[rows] = faces.lerp(grey.expand_as(faces), cover.expand_as(faces))
    return result


def _glasses(size: int, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Return how much glasses cover each pixel, (N, size, size) from 0 to 1, and their (N, 1, 1) grey values."""
    x, y = _grid(size, draw)
    radius = draw(0.11, 0.17)
    height = radius * draw(0.7, 1.05)
    thickness = draw(0.012, 0.03)
    sun = (draw(0.0, 1.0) < 1 / 3) * draw(0.5, 1.0)
    cover = torch.zeros_like(x)
    for centre_x, centre_y in _EYES:
        # The distance from the rim, in widths of the image, is negative within the lens.
        away = (torch.hypot((x - centre_x) / radius, (y - centre_y) / height) - 1) * radius
        cover = torch.maximum(cover, _soft(thickness / 2 - away.abs()))
        cover = torch.maximum(cover, _soft(-away) * sun)
    (left, eyes_y), (right, _) = _EYES
    level = _soft(thickness / 2 - (y - eyes_y).abs())
    bridge = (x > left + radius) & (x < right - radius)
    temples = (x < left - radius) | (x > right + radius)
    return torch.maximum(cover, level * (bridge | temples)), draw(0.0, 0.35)


def _mask(size: int, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Return how much a mask over mouth and nose covers each pixel, and its grey values; as `_glasses`."""
    x, y = _grid(size, draw)
    centre_x, centre_y = _MOUTH
    width, top = draw(0.3, 0.4), draw(0.17, 0.26)
    away = ((x - centre_x) / width).abs() ** 3 + ((y - centre_y) / torch.where(y < centre_y, top, 0.3)).abs() ** 3
    pleats = 0.04 * torch.cos(y * 2 * torch.pi * 12)
    grey = draw(0.05, 0.95) + pleats
    return _soft((1 - away) * 0.1), grey.clamp(0, 1)


def _grid(size: int, draw: _Draw) -> tuple[Tensor, Tensor]:
    """Return the x and y of each pixel in the unit square, (N, size, size), shifted a little at random."""
    at = (torch.arange(size) + 0.5) / size
    x, y = (draw(-_JITTER, _JITTER) for _ in range(2))
    return at.view(1, 1, size) + x + 0 * at.view(1, size, 1), at.view(1, size, 1) + y + 0 * at


def _soft(inside: Tensor) -> Tensor:
    """Return 1 well inside a shape and 0 well outside, where `inside` is the distance to its edge."""
    return (inside / _EDGE + 0.5).clamp(0, 1)


def _uniform(count: int, low: float, high: float, generator: Generator) -> Tensor:
    """Draw (count, 1, 1) numbers uniformly from `low` to `high`."""
    return low + (high - low) * torch.rand(count, 1, 1, generator=generator)
