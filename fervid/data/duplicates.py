"""Duplicate images, including copies that were scaled, compressed or captioned differently.

Two images are near-duplicates if their perceptual hashes (pHash, Zauner 2010) differ in at most 6 of 64 bits and their
pixels correlate with at least 0.9. The hash alone confuses different people in the same pose; inspected by eye on
FER2013, the two criteria together were right for all but a few pairs.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MOST_BITS: Final = 6
"""The largest Hamming distance between the 64-bit hashes of two near-duplicates."""

LEAST_CORRELATION: Final = 0.9
"""The smallest correlation (-1 to 1) between the pixels of two near-duplicates."""

_ROWS: Final = 512
_PAIRS: Final = 2048


def groups(images: NDArray[np.uint8], *, near: bool = True) -> list[NDArray[np.intp]]:
    """Group images that are copies or near-duplicates of each other.

    Groups are connected components of pairs, so the first and last image of a group may differ more than any pair.

    Args:
        images: (N, channels, size, size) uint8.
        near: True to include near-duplicates, False for exact copies alone.

    Returns:
        Arrays of two or more ascending indices into `images`, ordered by their first index.
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
    """Compute the perceptual hash of each image.

    Args:
        images: (N, size, size, channels) uint8.

    Returns:
        (N, 64) uint8 bits, each 0 or 1.
    """
    hasher = cv2.img_hash.PHash.create()
    found = [np.unpackbits(np.asarray(hasher.compute(np.ascontiguousarray(image)), np.uint8)[0]) for image in images]
    return np.array(found, np.uint8).reshape(-1, 64)


def _near(images: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the (M, 2) index pairs of near-duplicates among (N, size, size, channels) images, no two identical."""
    # With bits as -1 and 1, the dot product of two hashes is 64 minus twice their Hamming distance, so a matrix product
    # compares all pairs; it is computed in blocks to bound the memory.
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
    """Return (M,) bool, True for pairs whose pixels correlate; an image of one even tone correlates with none."""
    one, other = (_standard(images[pairs[:, side]]) for side in (0, 1))
    agreement: NDArray[np.bool_] = np.einsum("ij,ij->i", one, other) >= LEAST_CORRELATION
    return agreement


def _standard(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return each image as a vector of mean 0 and length 1."""
    vectors = images.reshape(len(images), -1).astype(np.float32)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return vectors
