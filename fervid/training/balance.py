"""Classes that are unequal in the data, made equal in training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor


def class_weights(counts: NDArray[np.int64]) -> Tensor:
    """How much a face of each class counts, so that all classes together count the same.

    Args:
        counts: (classes,) faces of each; a class without faces counts as if it had one.

    Returns:
        (classes,) float32, 1 for a class of average number.
    """
    present = np.maximum(counts, 1)
    return torch.from_numpy((counts.sum() / (len(counts) * present)).astype(np.float32))


def order(labels: Tensor, counts: NDArray[np.int64], balanced: bool, generator: Generator) -> Tensor:
    """In which order an epoch takes the faces.

    Args:
        labels: (N,) int64.
        counts: (classes,) faces of each class.
        balanced: Draw each class equally often, with repetition; otherwise each face comes once.
        generator: Where chance comes from.

    Returns:
        (N,) int64 places.
    """
    if not balanced:
        return torch.randperm(len(labels), generator=generator)
    return torch.multinomial(class_weights(counts)[labels], len(labels), replacement=True, generator=generator)
