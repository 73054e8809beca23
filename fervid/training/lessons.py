"""The faces of an epoch: all that a network learns from each, their weights and their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Generator, Tensor
from typing_extensions import Self

from fervid.data.dataset import Split
from fervid.training import losses
from fervid.training.copies import Copy
from fervid.training.shape import Head


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """N faces, their labels for each head, and what teachers predict for them.

    Attributes:
        images: (N, channels, size, size) uint8.
        labels: (N,) int64, the labels of the main head.
        counts: (classes,) int64, the number of faces of each class of the main head.
        targets: (N, outputs) float, the probabilities to learn, one head after the other, and then those of the
            teachers if they were stored with the faces.
        complete: True for each head if every face has a label for it.
    """

    images: Tensor
    labels: Tensor
    counts: NDArray[np.int64]
    targets: Tensor
    complete: tuple[bool, ...]

    @classmethod
    def of(cls, splits: Sequence[Split], heads: Sequence[Head], copy: Copy | None = None) -> Self:
        """Return the lessons of an epoch.

        Args:
            splits: The training faces with the labels of each head.
            heads: The heads.
            copy: One augmented copy of each face, learned in place of the face itself.
        """
        main = splits[0]
        parts = [losses.targets(split, len(head.classes)) for split, head in zip(splits, heads, strict=True)]
        if copy is not None:
            parts.append(torch.from_numpy(copy.predictions.astype(np.float32)))
        return cls(
            images=torch.from_numpy(main.images if copy is None else copy.images),
            labels=torch.from_numpy(main.labels),
            counts=np.bincount(main.labels, main.known, minlength=len(heads[0].classes)).astype(np.int64),
            targets=torch.cat(parts, 1),
            complete=tuple(split.known is None for split in splits),
        )


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
