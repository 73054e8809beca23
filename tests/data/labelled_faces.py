"""Faces for the tests of data: drawn at random, never copies of each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.data.faces import Faces


def pictures(count: int, seed: int = 0, size: int = 48, channels: int = 1) -> NDArray[np.uint8]:
    """(count, channels, size, size) smooth pictures, each with marks of its own."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(60, 196, (count, 8, 8, channels), np.uint8)
    large = [cv2.resize(image, (size, size), interpolation=cv2.INTER_CUBIC) for image in coarse]
    return np.array(large, np.uint8).reshape(count, size, size, channels).transpose(0, 3, 1, 2).copy()


def labelled(
    images: NDArray[np.uint8],
    labels: Sequence[int],
    *,
    usages: Sequence[str] | None = None,
    subjects: Sequence[str] | None = None,
    votes: NDArray[np.uint8] | None = None,
    classes: tuple[str, ...] = FER2013,
) -> Faces:
    """Faces named face-0, face-1, ..."""
    return Faces(
        source="drawn",
        classes=classes,
        images=images,
        labels=np.array(labels, np.int64),
        names=np.array([f"face-{place}" for place in range(len(images))]),
        usages=np.array(usages or [""] * len(images), "<U16"),
        subjects=None if subjects is None else np.array(subjects),
        votes=votes,
    )


def write_picture(path: Path, image: NDArray[np.uint8]) -> Path:
    """Write (channels, size, size), red green blue, into a picture file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(path.suffix, image.transpose(1, 2, 0)[:, :, ::-1])
    path.write_bytes(data.tobytes())
    return path
