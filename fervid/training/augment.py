"""Random changes that leave a face's expression as it is, done to a whole batch at once."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Generator, Tensor

from fervid.training.recipe import Augmentation


def augment(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Mirror, rotate, shift, scale, relight and partly hide each picture of a batch, each in its own way.

    Args:
        images: (N, channels, size, size) float, 0 to 1.
        settings: How far each change may go.
        generator: Where chance comes from; a CPU generator.

    Returns:
        A new tensor of the same shape, 0 to 1.
    """
    images = mirror(images, settings.mirror, generator)
    images = warp(images, settings, generator)
    images = relight(images, settings, generator)
    return erase(images, settings, generator)


def mirror(images: Tensor, probability: float, generator: Generator) -> Tensor:
    """Exchange left and right of some pictures."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < probability
    return torch.where(chosen.to(images.device), images.flip(-1), images)


def warp(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Rotate, scale and shift each picture about its centre; what comes in at an edge repeats that edge."""
    count = len(images)
    angle = _spread(count, math.radians(settings.rotation), generator)
    scale = 1 + _spread(count, settings.scale, generator)
    # The sampling grid runs from -1 to 1, so a shift by a part of the width is twice that part.
    shift = 2 * _spread(2 * count, settings.shift, generator).view(count, 2, 1)
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    turn = torch.stack((torch.stack((cosine, -sine), 1), torch.stack((sine, cosine), 1)), 1)
    matrix = torch.cat((turn, shift), 2).to(images.device)
    grid = F.affine_grid(matrix, list(images.shape), align_corners=False)
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


def _spread(count: int, most: float, generator: Generator) -> Tensor:
    """(count,) numbers drawn evenly from -most to most."""
    return (torch.rand(count, generator=generator) * 2 - 1) * most
