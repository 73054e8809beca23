"""Finds pictures that occur more than once, although scaled, compressed or lettered differently.

Two pictures are near-duplicates where their perceptual hashes (pHash, Zauner 2010) differ in at most 6 of 64 bits and
their pixels correlate by at least 0.9. The hash alone takes different people in the same pose for one; on FER2013 the
two together were looked at and found right but for a few pairs.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MOST_BITS: Final = 6
"""How many of the 64 bits of two hashes may differ."""

LEAST_CORRELATION: Final = 0.9
"""How far the pixels of two pictures must agree."""

_ROWS: Final = 512
_PAIRS: Final = 2048


def groups(images: NDArray[np.uint8], *, near: bool = True) -> list[NDArray[np.intp]]:
    """The groups of pictures that are copies or near-duplicates of each other.

    A group holds what is linked by pairs: its first and last picture may differ more than two of a pair.

    Args:
        images: (N, channels, size, size).
        near: Whether near-duplicates count, or copies of the very same pixels alone.

    Returns:
        Arrays of two and more places in `images`, ascending; by their first place.
    """
    first: dict[bytes, int] = {}
    original = np.array([first.setdefault(image.tobytes(), place) for place, image in enumerate(images)], np.intp)
    ends = np.stack([original, np.arange(len(images))], axis=1)
    if near:
        unlike = np.unique(original)
        ends = np.concatenate([ends, unlike[_near(images[unlike].transpose(0, 2, 3, 1))]])
    links = coo_array((np.ones(len(ends), np.int8), (ends[:, 0], ends[:, 1])), shape=(len(images), len(images)))
    _, group = connected_components(links, directed=False)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order])) + 1
    return sorted((part for part in np.split(order, starts) if len(part) > 1), key=lambda part: int(part[0]))


def hashes(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The perceptual hash of each picture.

    Args:
        images: (N, size, size, channels).

    Returns:
        (N, 64) bits.
    """
    hasher = cv2.img_hash.PHash.create()
    found = [np.unpackbits(np.asarray(hasher.compute(np.ascontiguousarray(image)), np.uint8)[0]) for image in images]
    return np.array(found, np.uint8).reshape(-1, 64)


def _near(images: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The pairs (M, 2) of near-duplicates among (N, size, size, channels) pictures that are all different."""
    # Of bits as -1 and 1, the product of two hashes is 64 less twice their distance: one product of matrices compares
    # all with all, in blocks that keep memory small.
    signs = hashes(images).astype(np.float32) * 2 - 1
    found = [np.empty((0, 2), np.intp)]
    for top in range(0, len(signs), _ROWS):
        rows, columns = np.nonzero(signs[top : top + _ROWS] @ signs[top:].T >= 64 - 2 * MOST_BITS)
        pairs = np.stack([rows, columns], axis=1)[rows < columns] + top
        for start in range(0, len(pairs), _PAIRS):
            part = pairs[start : start + _PAIRS]
            found.append(part[_alike(images, part)])
    return np.concatenate(found)


def _alike(images: NDArray[np.uint8], pairs: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the pixels of each pair correlate; a picture of one even tone correlates with none."""
    one, other = (_standard(images[pairs[:, side]]) for side in (0, 1))
    agreement: NDArray[np.bool_] = np.einsum("ij,ij->i", one, other) >= LEAST_CORRELATION
    return agreement


def _standard(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Each picture as a vector of mean 0 and length 1."""
    vectors = images.reshape(len(images), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors
