"""Normalisation of images for a network."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fervid.data.uploads import upload


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Subtract the mean and divide by the standard deviation.

    Args:
        images: (N, channels, size, size) float, 0 to 1.
        mean: One number, or one for each channel.
        std: One number, or one for each channel.

    Returns:
        A tensor of the same shape in channels-last layout, in which convolutions are fastest.
    """
    centre, spread = (
        upload(torch.tensor(values, dtype=images.dtype).view(-1, 1, 1), images.device) for values in (mean, std)
    )
    return ((images - centre) / spread).contiguous(memory_format=torch.channels_last)
