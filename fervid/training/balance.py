"""Compensation for classes with unequal numbers of faces."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor


def class_weights(counts: NDArray[np.int64]) -> Tensor:
    """Return the weight of a face of each class with which all classes have the same total weight.

    Args:
        counts: (classes,) the number of faces of each class; 0 is treated as 1.

    Returns:
        (classes,) float32, 1 for a class with the average number of faces.
    """
    present = np.maximum(counts, 1)
    return torch.from_numpy((counts.sum() / (len(counts) * present)).astype(np.float32))


def order(labels: Tensor, counts: NDArray[np.int64], balanced: bool, generator: Generator) -> Tensor:
    """Return the order in which an epoch takes the faces.

    Args:
        labels: (N,) int64.
        counts: (classes,) the number of faces of each class.
        balanced: True to draw each class equally often, with repetition; False to take each face once.
        generator: A generator of random numbers.

    Returns:
        (N,) int64 indices.
    """
    if not balanced:
        return torch.randperm(len(labels), generator=generator)
    return torch.multinomial(class_weights(counts)[labels], len(labels), replacement=True, generator=generator)
