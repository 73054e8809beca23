"""Inspection of a data set before training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import FERPLUS
from fervid.data import ferplus
from fervid.data.dataset import SPLITS
from fervid.data.duplicates import groups
from fervid.data.faces import Faces
from fervid.data.findings import Brightness, Findings


def inspect(faces: Faces) -> Findings:
    """Inspect `faces`: counts, brightness, duplicates, and agreement with FER+'s labels.

    Where subjects are known, as in CK+, the frames of a person are near-duplicates by nature, so only exact copies are
    searched for.
    """
    means = faces.means()
    found = groups(faces.images, near=faces.subjects is None)
    return Findings(
        faces=faces,
        counts=_counts(faces),
        means=means,
        brightness={
            name: _brightness(means, np.flatnonzero(faces.labels == label))
            for label, name in enumerate(faces.classes)
            if np.any(faces.labels == label)
        },
        duplicates=tuple(tuple(group.tolist()) for group in found),
        copies=sum(_copies(faces.images[group]) for group in found),
        agreement=None if faces.votes is None else _agreement(faces, faces.votes),
    )


def _counts(faces: Faces) -> dict[str, dict[str, int]]:
    splits = [split for split in (*SPLITS, "") if split in faces.usages]
    return {
        split or "all": {
            name: int(np.sum((faces.labels == label) & (faces.usages == split)))
            for label, name in enumerate(faces.classes)
        }
        for split in splits
    }


def _brightness(means: NDArray[np.float64], places: NDArray[np.intp]) -> Brightness:
    values = means[places]
    low, middle, high = (float(value) for value in np.percentile(values, (25, 50, 75)))
    reach = 1.5 * (high - low)
    outside = (values < low - reach) | (values > high + reach)
    usual = values[~outside]
    outliers = sorted(places[outside].tolist(), key=lambda place: float(means[place]))
    return Brightness((low, middle, high), (float(usual.min()), float(usual.max())), tuple(outliers))


def _copies(images: NDArray[np.uint8]) -> int:
    return len(images) - len({image.tobytes() for image in images})


def _agreement(faces: Faces, votes: NDArray[np.uint8]) -> NDArray[np.int64]:
    seen = ferplus.opinion(votes)
    table = np.zeros((len(faces.classes), len(FERPLUS) + 1), np.int64)
    np.add.at(table, (faces.labels, np.where(seen.clear, seen.labels, len(FERPLUS))), 1)
    return table
