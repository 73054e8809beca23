"""From pictures to what networks take."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def normalise(images: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Subtract the mean and divide by the deviation.

    Args:
        images: (N, channels, size, size) float, 0 to 1.
        mean: One number, or one a channel.
        std: One number, or one a channel.

    Returns:
        The same shape, in the layout that convolutions are quickest on (channels last).
    """
    centre, spread = (images.new_tensor(values).view(-1, 1, 1) for values in (mean, std))
    return ((images - centre) / spread).contiguous(memory_format=torch.channels_last)
