"""Random changes that leave a face's expression as it is, done to a whole batch at once."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Generator, Tensor

from fervid.training.recipe import Augmentation


def augment(images: Tensor, settings: Augmentation, generator: Generator, size: int) -> Tensor:
    """Mirror, rotate, shift, scale, relight and partly hide each picture of a batch, each in its own way.

    Args:
        images: (N, channels, height, width) float, 0 to 1.
        settings: How far each change may go.
        generator: Where chance comes from; a CPU generator.
        size: Width and height of what comes out.

    Returns:
        (N, channels, size, size) float, 0 to 1.
    """
    images = mirror(images, settings.mirror, generator)
    images = warp(images, settings, generator, size)
    images = relight(images, settings, generator)
    return erase(images, settings, generator)


def mirror(images: Tensor, probability: float, generator: Generator) -> Tensor:
    """Exchange left and right of some pictures."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < probability
    return torch.where(chosen.to(images.device), images.flip(-1), images)


def warp(images: Tensor, settings: Augmentation, generator: Generator, size: int) -> Tensor:
    """Rotate, scale and shift each picture about its centre, and bring it to `size`, in one resampling.

    What comes in at an edge repeats that edge.
    """
    if images.shape[-2:] == (size, size) and not settings.rotation and not settings.scale and not settings.shift:
        return images
    count, channels = images.shape[:2]
    angle = _spread(count, math.radians(settings.rotation), generator)
    scale = 1 + _spread(count, settings.scale, generator)
    # The sampling grid runs from -1 to 1, so a shift by a part of the width is twice that part.
    shift = 2 * _spread(2 * count, settings.shift, generator).view(count, 2, 1)
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    turn = torch.stack((torch.stack((cosine, -sine), 1), torch.stack((sine, cosine), 1)), 1)
    matrix = torch.cat((turn, shift), 2).to(images.device)
    grid = F.affine_grid(matrix, [count, channels, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def relight(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Change the contrast about each picture's own mean, then the brightness."""
    count = len(images)
    contrast = (1 + _spread(count, settings.contrast, generator)).view(count, 1, 1, 1).to(images.device)
    brightness = _spread(count, settings.brightness, generator).view(count, 1, 1, 1).to(images.device)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * contrast + mean + brightness).clamp(0, 1)


def erase(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Fill one rectangle of some pictures with noise (random erasing, Zhong et al. 2017, arXiv:1708.04896)."""
    count, _, height, width = images.shape
    area = settings.erase_area * torch.rand(count, generator=generator)
    ratio = torch.exp(_spread(count, math.log(3), generator))
    half_height, half_width = (area * ratio).sqrt() / 2, (area / ratio).sqrt() / 2
    centre_y, centre_x = torch.rand(2, count, generator=generator)
    chosen = torch.rand(count, generator=generator) < settings.erase
    rows = (torch.arange(height) + 0.5) / height
    columns = (torch.arange(width) + 0.5) / width
    inside_rows = (rows - centre_y[:, None]).abs() < half_height[:, None]
    inside_columns = (columns - centre_x[:, None]).abs() < half_width[:, None]
    hidden = inside_rows[:, None, :, None] & inside_columns[:, None, None, :] & chosen[:, None, None, None]
    noise = torch.rand(images.shape, generator=generator)
    return torch.where(hidden.to(images.device), noise.to(images.device), images)


def mix(images: Tensor, targets: Tensor, settings: Augmentation, generator: Generator) -> tuple[Tensor, Tensor]:
    """Blend each picture with another one of its batch, or put a rectangle of that one into it, and the labels too.

    mixup (Zhang et al. 2018, arXiv:1710.09412) and CutMix (Yun et al. 2019, arXiv:1905.04899).

    Args:
        images: (N, channels, size, size) float.
        targets: (N, classes) float rows that sum to 1.
        settings: The alphas of both; with both above 0, the batch takes one by chance.
        generator: Where chance comes from; a CPU generator.

    Returns:
        Pictures and targets of the same shapes.
    """
    if not settings.mixup and not settings.cutmix:
        return images, targets
    cut = bool(torch.rand((), generator=generator) < 0.5) if settings.mixup and settings.cutmix else not settings.mixup
    keep = _beta(settings.cutmix if cut else settings.mixup, generator)
    others = images.flip(0)  # the batch is shuffled, so its reverse is a partner by chance
    if cut:
        inside = _rectangle(images.shape[-1], 1 - keep, generator).to(images.device)
        images = torch.where(inside, others, images)
        keep = 1 - float(inside.float().mean())
    else:
        images = others.lerp(images, keep)
    return images, targets.flip(0).lerp(targets, keep)


def _beta(alpha: float, generator: Generator) -> float:
    """One number of the distribution Beta(alpha, alpha)."""
    chance = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
    return float(chance.beta(alpha, alpha))


def _rectangle(size: int, area: float, generator: Generator) -> Tensor:
    """(size, size) bool, true inside a square of that part of the area, which the edges may cut."""
    half = size * math.sqrt(area) / 2
    centre_y, centre_x = torch.rand(2, generator=generator) * size
    at = torch.arange(size) + 0.5
    inside: Tensor = ((at - centre_y).abs() < half)[:, None] & ((at - centre_x).abs() < half)[None, :]
    return inside


def _spread(count: int, most: float, generator: Generator) -> Tensor:
    """(count,) numbers drawn evenly from -most to most."""
    return (torch.rand(count, generator=generator) * 2 - 1) * most
