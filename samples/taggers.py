"""Ten invented people who vote on drawn faces, as FER+'s taggers did: mostly they agree, sometimes they do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np

from fervid.core.emotions import FERPLUS

COLUMNS: Final = (*FERPLUS, "unknown", "not a face")
"""The meaning of the ten numbers."""

TAGGERS: Final = 10

_KINDS: Final = ("divided",) * 4 + ("contempt",) * 2 + ("unknown", "not a face") + ("clear",) * 24
"""The kinds of votes among 32 faces."""

_ALIKE: Final = {
    "neutral": ("sad", "contempt"), "happy": ("neutral", "surprise"), "surprise": ("fear", "happy"),
    "sad": ("neutral", "fear"), "angry": ("disgust", "neutral"), "disgust": ("angry", "contempt"),
    "fear": ("surprise", "sad"),
}  # fmt: skip
"""The two expressions that each is most often taken for."""


def votes_on(labels: Sequence[str], random: np.random.Generator) -> list[list[int]]:
    """Return ten people's votes on each face, counted in the order of `COLUMNS`.

    In three faces of four at least seven people see what is shown. In others they are halved between two expressions,
    so that there is no majority, or most of them see contempt, nothing that they know, or no face.

    Args:
        labels: What the faces show, names of `fervid.core.emotions.FER2013`.
        random: Decides about which faces people disagree, and how.
    """
    kinds = np.resize(_KINDS, len(labels))
    random.shuffle(kinds)
    return [_ballot(label, kind, random) for label, kind in zip(labels, kinds.tolist(), strict=True)]


def _ballot(label: str, kind: str, random: np.random.Generator) -> list[int]:
    nearest, near = _ALIKE[label]
    if kind == "divided":
        given = Counter({label: 5, nearest: 5})
    elif kind == "contempt":
        given = Counter({"contempt": 6, label: 3, "unknown": 1})
    elif kind == "unknown":
        given = Counter({"unknown": 6, label: 3, nearest: 1})
    elif kind == "not a face":
        given = Counter({"not a face": 8, label: 1, "unknown": 1})
    else:
        others = random.choice([nearest, near, "unknown"], random.integers(4), p=[0.6, 0.25, 0.15])
        given = Counter({label: TAGGERS - len(others)}) + Counter(others.tolist())
    return [given[column] for column in COLUMNS]
