"""Copying tensors to the device that trains."""

from __future__ import annotations

import torch
from torch import Tensor


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """Return a tensor on `device`, without waiting until it has arrived there.

    A GPU reads pinned memory by itself, so the next operations are queued while the copy is still under way. torch
    keeps the pinned memory until the GPU has read it. On a CPU, a CPU tensor is returned as it is.

    Args:
        tensor: A tensor on the CPU, or on `device` already.
        device: The device.
    """
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)
