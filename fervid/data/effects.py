"""Effects on whole batches of face images: what framing, light, a camera and a codec do to a face, in given strengths.

Training draws the strengths at random (`fervid.training.augment`); an evaluation steps through them
(`fervid.evaluation.degradations`).
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from numpy.typing import NDArray
from torch import Generator, Tensor

from fervid.data.uploads import upload

_BLOCK: Final = 8
"""Width of the blocks of JPEG, which a codec lays over the frame and not over the face."""


def warp(images: Tensor, angle: Tensor, scale: Tensor, shift: Tensor, size: int) -> Tensor:
    """Rotate, scale and shift each image about its centre and resize it to `size`, in one resampling.

    Areas outside the image repeat its edge, as in a crop at the edge of a frame.

    Args:
        images: (N, channels, height, width) float.
        angle: (N,) in radians.
        scale: (N,) factors by which the face becomes larger.
        shift: (N, 2) fractions of width and height.
        size: Width and height of the result in pixels.

    Returns:
        (N, channels, size, size) float.
    """
    count, channels = images.shape[:2]
    cosine, sine = angle.cos() / scale, angle.sin() / scale
    turn = torch.stack((torch.stack((cosine, -sine), 1), torch.stack((sine, cosine), 1)), 1)
    # The sampling grid spans -1 to 1, so a shift by a fraction of the width is twice that fraction.
    matrix = upload(torch.cat((turn, 2 * shift[:, :, None]), 2), images.device)
    grid = F.affine_grid(matrix, [count, channels, size, size], align_corners=False)
    return F.grid_sample(images, grid, mode="bilinear", padding_mode="border", align_corners=False)


def scale_contrast(images: Tensor, factors: Tensor) -> Tensor:
    """Multiply the contrast of each image about its own mean by `factors`, (N,)."""
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) * _of_each(factors, images) + mean


def rectangles(centre: Tensor, half: Tensor, height: int, width: int) -> Tensor:
    """Return (N, 1, height, width) bool, True inside a rectangle of each image.

    Args:
        centre: (N, 2) its centre as fractions of height and width.
        half: (N, 2) half its height and half its width, likewise.
        height: Height of the images in pixels.
        width: Width of the images in pixels.
    """
    rows = (torch.arange(height) + 0.5) / height
    columns = (torch.arange(width) + 0.5) / width
    inside_rows = (rows - centre[:, :1]).abs() < half[:, :1]
    inside_columns = (columns - centre[:, 1:]).abs() < half[:, 1:]
    return inside_rows[:, None, :, None] & inside_columns[:, None, None, :]


def darken(images: Tensor, strength: Tensor, _generator: Generator) -> Tensor:
    """Take away part of the light: `strength`, (N,) from 0 for none to 1 for all of it; below 0, light is added."""
    return (images * _of_each(1 - strength, images)).clamp(0, 1)


def defocus(images: Tensor, strength: Tensor, _generator: Generator) -> Tensor:
    """Blur each image by a Gaussian whose standard deviation is `strength`, (N,) fractions of the width."""
    rows = strength.nonzero()[:, 0]
    if not len(rows):
        return images
    sigma = (strength[rows] * images.shape[-1]).clamp(min=1e-3)
    radius = math.ceil(3 * float(sigma.max()))
    at = torch.arange(-radius, radius + 1)
    kernel = torch.exp(-(at**2) / (2 * sigma[:, None] ** 2))
    kernel = (kernel / kernel.sum(1, keepdim=True))[:, None]
    rows = upload(rows, images.device)
    return images.index_copy(0, rows, _filtered(_filtered(images[rows], kernel[..., None]), kernel[:, :, None]))


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
            chosen = upload((widths == width).nonzero()[:, 0], images.device)
            small = F.interpolate(images[chosen], size=(width, width), mode="area")
            result[chosen] = F.interpolate(small, size=(size, size), mode="bilinear")
    return result


def add_noise(images: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Add Gaussian noise whose standard deviation is `strength`, (N,) with 1 from black to white."""
    noise = upload(torch.randn(images.shape, generator=generator), images.device)
    return (images + noise * _of_each(strength, images)).clamp(0, 1)


def compress(images: Tensor, strength: Tensor, generator: Generator) -> Tensor:
    """Compress each image as a JPEG does: `strength`, (N,) from 0 for none to 1 for the lowest quality.

    An intra frame of H.264 is coded in the same way, by blocks whose cosine transform is rounded.
    """
    offsets = torch.randint(_BLOCK, (len(images), 2), generator=generator)
    rows = strength.nonzero()[:, 0]
    if not len(rows):
        return images
    places = upload(rows, images.device)
    # One conversion of the whole batch: a call of torch for each small image would cost more than JPEG itself.
    pixels = (images[places] * 255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    coded = [
        _through_jpeg(image, loss, top, left)
        for image, loss, (top, left) in zip(pixels, strength[rows].tolist(), offsets[rows].tolist(), strict=True)
    ]
    changed = upload(torch.from_numpy(np.stack(coded)).permute(0, 3, 1, 2) / 255, images.device)
    return images.index_copy(0, places, changed)


def _through_jpeg(pixels: NDArray[np.uint8], loss: float, top: int, left: int) -> NDArray[np.uint8]:
    height, width, channels = pixels.shape
    framed = cv2.copyMakeBorder(pixels, top, _BLOCK, left, _BLOCK, cv2.BORDER_REPLICATE)
    quality = max(1, round(100 * (1 - loss)))
    settings = [cv2.IMWRITE_JPEG_QUALITY, quality]
    if channels == 1:
        decoded = np.asarray(cv2.imdecode(cv2.imencode(".jpg", framed, settings)[1], cv2.IMREAD_GRAYSCALE), np.uint8)
    else:  # OpenCV codes blue first
        _, code = cv2.imencode(".jpg", cv2.cvtColor(framed, cv2.COLOR_RGB2BGR), settings)
        decoded = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
    found = decoded.reshape(len(framed), -1, channels)
    return found[top : top + height, left : left + width]


def _filtered(images: Tensor, kernels: Tensor) -> Tensor:
    """Convolve each image with a kernel of its own; kernels are (N, 1, height, width), odd. Edges repeat."""
    count, channels, height, width = images.shape
    rows, columns = kernels.shape[-2:]
    padded = F.pad(images, (columns // 2, columns // 2, rows // 2, rows // 2), mode="replicate")
    found = F.conv2d(
        padded.reshape(1, count * channels, *padded.shape[-2:]),
        upload(kernels.repeat_interleave(channels, 0), images.device),
        groups=count * channels,
    )
    return found.view(count, channels, height, width)


def _of_each(values: Tensor, images: Tensor) -> Tensor:
    return upload(values.view(-1, 1, 1, 1), images.device)
