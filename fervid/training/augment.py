"""Data augmentation: random changes of whole batches that do not alter the expression."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Generator, Tensor

from fervid.data import effects
from fervid.data.uploads import upload
from fervid.training.augment_wear import wear
from fervid.training.recipe import Augmentation


def augment(images: Tensor, settings: Augmentation, generator: Generator, size: int) -> Tensor:
    """Change each image of a batch independently of the others: what is worn, the framing, the light, the camera.

    Args:
        images: (N, channels, height, width) float, 0 to 1.
        settings: The strength of each change.
        generator: A CPU generator of random numbers.
        size: Width and height of the result in pixels.

    Returns:
        (N, channels, size, size) float, 0 to 1.
    """
    images = wear(images, settings, _apart(generator))
    images = mirror(images, settings.mirror, generator)
    images = warp(images, settings, generator, size)
    images = relight(images, settings, generator)
    images = degrade(images, settings, generator)
    return erase(images, settings, generator)


def mirror(images: Tensor, probability: float, generator: Generator) -> Tensor:
    """Mirror each image with the given probability."""
    chosen = torch.rand(len(images), 1, 1, 1, generator=generator) < probability
    return torch.where(upload(chosen, images.device), images.flip(-1), images)


def warp(images: Tensor, settings: Augmentation, generator: Generator, size: int) -> Tensor:
    """Rotate, scale and shift each image about its centre and resize it to `size`, in one resampling."""
    if images.shape[-2:] == (size, size) and not settings.rotation and not settings.scale and not settings.shift:
        return images
    count = len(images)
    angle = _uniform(count, math.radians(settings.rotation), generator)
    scale = 1 + _uniform(count, settings.scale, generator)
    shift = _uniform(2 * count, settings.shift, generator).view(count, 2)
    return effects.warp(images, angle, scale, shift, size)


def relight(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Change the contrast about each image's own mean, then the brightness."""
    count = len(images)
    contrast = 1 + _uniform(count, settings.contrast, generator)
    brightness = upload(_uniform(count, settings.brightness, generator).view(count, 1, 1, 1), images.device)
    return (effects.scale_contrast(images, contrast) + brightness).clamp(0, 1)


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
        (effects.darken, settings.darken),
        (effects.defocus, settings.blur),
        (effects.move, settings.motion),
        (effects.shrink, settings.shrink),
        (effects.add_noise, settings.noise),
        (effects.compress, settings.compression),
    ):
        if bound:
            count = len(images)
            chosen = torch.rand(count, generator=generator) < settings.video
            strength = torch.rand(count, generator=generator) * bound * chosen
            images = effect(images, strength, generator)
    return images


def erase(images: Tensor, settings: Augmentation, generator: Generator) -> Tensor:
    """Fill a rectangle of some images with noise (random erasing, Zhong et al. 2017, arXiv:1708.04896)."""
    count, _, height, width = images.shape
    area = settings.erase_area * torch.rand(count, generator=generator)
    ratio = torch.exp(_uniform(count, math.log(3), generator))
    half = torch.stack(((area * ratio).sqrt() / 2, (area / ratio).sqrt() / 2), 1)
    centre = torch.rand(2, count, generator=generator).T
    chosen = torch.rand(count, generator=generator) < settings.erase
    hidden = effects.rectangles(centre, half, height, width) & chosen[:, None, None, None]
    noise = torch.rand(images.shape, generator=generator)
    return torch.where(upload(hidden, images.device), upload(noise, images.device), images)


def mix(images: Tensor, targets: Tensor, settings: Augmentation, generator: Generator) -> tuple[Tensor, Tensor]:
    """Apply mixup (Zhang et al. 2018, arXiv:1710.09412) or CutMix (Yun et al. 2019, arXiv:1905.04899) to a batch.

    mixup blends each image with another of the batch; CutMix replaces a rectangle of it. The targets are blended in the
    same proportion.

    Args:
        images: (N, channels, size, size) float.
        targets: (N, classes) float rows that sum to 1.
        settings: The alphas of both methods; if both are above 0, one is chosen at random for the batch.
        generator: A CPU generator of random numbers.

    Returns:
        Images and targets of the same shapes.
    """
    if not settings.mixup and not settings.cutmix:
        return images, targets
    cut = bool(torch.rand((), generator=generator) < 0.5) if settings.mixup and settings.cutmix else not settings.mixup
    keep = _beta(settings.cutmix if cut else settings.mixup, generator)
    others = images.flip(0)  # the batch is shuffled, so the reversed batch gives random partners
    if cut:
        inside = _rectangle(images.shape[-1], 1 - keep, generator)
        images = torch.where(upload(inside, images.device), others, images)
        keep = 1 - float(inside.float().mean())
    else:
        images = others.lerp(images, keep)
    return images, targets.flip(0).lerp(targets, keep)


def _apart(generator: Generator) -> Generator:
    """Return a generator of other numbers, without drawing from the first.

    A face therefore gets the same framing and light whether anything is worn or not.
    """
    peek = Generator()
    peek.set_state(generator.get_state())
    return Generator().manual_seed(int(torch.randint(2**31, (), generator=peek)))


def _beta(alpha: float, generator: Generator) -> float:
    """Draw a number from the distribution Beta(alpha, alpha)."""
    random = np.random.default_rng(int(torch.randint(2**31, (), generator=generator)))
    return float(random.beta(alpha, alpha))


def _rectangle(size: int, area: float, generator: Generator) -> Tensor:
    """Return (size, size) bool, True inside a random square of that fraction of the area, clipped by the edges."""
    half = size * math.sqrt(area) / 2
    centre_y, centre_x = torch.rand(2, generator=generator) * size
    at = torch.arange(size) + 0.5
    inside: Tensor = ((at - centre_y).abs() < half)[:, None] & ((at - centre_x).abs() < half)[None, :]
    return inside


def _uniform(count: int, bound: float, generator: Generator) -> Tensor:
    """Draw (count,) numbers uniformly from -bound to bound."""
    return (torch.rand(count, generator=generator) * 2 - 1) * bound
