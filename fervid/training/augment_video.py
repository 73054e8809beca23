"""Augmentation with what video does to a face: blur, low resolution, little light, noise and compression."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Generator, Tensor

from fervid.training.recipe import Augmentation

_BLOCK: Final = 8
"""Width of the blocks of JPEG, which a codec lays over the frame and not over the face."""


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


def darken(images: Tensor, strength: Tensor, _generator: Generator) -> Tensor:
    """Take away part of the light: `strength`, (N,) from 0 for none to 1 for all of it."""
    return images * _of_each(1 - strength, images)


def defocus(images: Tensor, strength: Tensor, _generator: Generator) -> Tensor:
    """Blur each image by a Gaussian whose standard deviation is `strength`, (N,) fractions of the width."""
    sigma = (strength * images.shape[-1]).clamp(min=1e-3)
    radius = math.ceil(3 * float(sigma.max()))
    at = torch.arange(-radius, radius + 1)
    kernel = torch.exp(-(at**2) / (2 * sigma[:, None] ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True))[:, None]
    return _filtered(_filtered(images, kernel[..., None]), kernel[:, :, None])


def move(images: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Blur each image along a line in a random direction whose length is `strength`, (N,) fractions of the width."""
    half = strength * images.shape[-1] / 2
    angle = torch.rand(len(images), generator=generator) * math.pi
    radius = math.ceil(float(half.max()))
    y, x = torch.meshgrid(*(torch.arange(-radius, radius + 1.0),) * 2, indexing="ij")
    along = x * angle.cos().view(-1, 1, 1) + y * angle.sin().view(-1, 1, 1)
    across = y * angle.cos().view(-1, 1, 1) - x * angle.sin().view(-1, 1, 1)
    distance = torch.hypot((along.abs() - half.view(-1, 1, 1)).clamp(min=0), across)
    kernel = (1 - distance).clamp(min=0)
    return _filtered(images, (kernel / kernel.sum((1, 2), keepdim=True))[:, None])


def shrink(images: Tensor, strength: Tensor, _generator: Generator) -> Tensor:
    """Show each face as if it were smaller: reduce its width by `strength`, (N,) fractions, and enlarge it again."""
    size = images.shape[-1]
    widths = (size * (1 - strength)).round().int().clamp(min=1)
    result = images.clone()
    for width in sorted(set(widths.tolist())):
        if width < size:
            chosen = (widths == width).to(images.device)
            small = F.interpolate(images[chosen], size=(width, width), mode="area")
            result[chosen] = F.interpolate(small, size=(size, size), mode="bilinear")
    return result


def add_noise(images: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Add Gaussian noise whose standard deviation is `strength`, (N,) with 1 from black to white."""
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    return (images + noise * _of_each(strength, images)).clamp(0, 1)


def compress(images: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Compress each image as a JPEG does: `strength`, (N,) from 0 for none to 1 for the lowest quality.

    An intra frame of H.264 is coded in the same way, by blocks whose cosine transform is rounded.
    """
    offsets = torch.randint(_BLOCK, (len(images), 2), generator=generator).tolist()
    result = images.clone()
    for image, loss, (top, left) in zip(result, strength.tolist(), offsets, strict=True):
        if loss:
            pixels = (image * 255).round().byte().permute(1, 2, 0).cpu().numpy()
            image.copy_(torch.from_numpy(_through_jpeg(pixels, loss, top, left)).permute(2, 0, 1) / 255)
    return result


def _through_jpeg(pixels: NDArray[np.uint8], loss: float, top: int, left: int) -> NDArray[np.uint8]:
    height, width, channels = pixels.shape
    framed = cv2.copyMakeBorder(pixels, top, _BLOCK, left, _BLOCK, cv2.BORDER_REPLICATE)
    quality = max(1, round(100 * (1 - loss)))
    _, code = cv2.imencode(".jpg", framed, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(code, cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR)
    found = np.asarray(decoded, np.uint8).reshape(*framed.shape[:2], channels)
    return np.ascontiguousarray(found[top : top + height, left : left + width])


def _filtered(images: Tensor, kernels: Tensor) -> Tensor:
    """Convolve each image with a kernel of its own; kernels are (N, 1, height, width), odd. Edges repeat."""
    count, channels, height, width = images.shape
    rows, columns = kernels.shape[-2:]
    padded = F.pad(images, (columns // 2, columns // 2, rows // 2, rows // 2), mode="replicate")
    found = F.conv2d(
        padded.reshape(1, count * channels, *padded.shape[-2:]),
        kernels.repeat_interleave(channels, 0).to(images.device),
        groups=count * channels,
    )
    return found.view(count, channels, height, width)


def _of_each(values: Tensor, images: Tensor) -> Tensor:
    return values.view(-1, 1, 1, 1).to(images.device)
