"""The scores of `benchmarks/segments.py`: what counts as a wrong frame, a false segment and a missed expression."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.composed_sequences import Sequences
from benchmarks.segments import path_over, score

CLASSES = ("happy", "sad", "neutral")
TRUTH = "hhhhhhhhhhhhhhhnnnnnnnnnnnnnnnnnnnnsssssssssssssss"


def sequences(shown: str) -> Sequences:
    """One sequence of ten frames a second, in which the engine sees what `shown` says."""
    labels, truth = (np.array(["hsn".index(letter) for letter in text]) for text in (shown, TRUTH))
    probabilities: NDArray[np.float32] = np.eye(3, dtype=np.float32)[labels][None] * 0.8 + np.float32(0.2 / 3)
    qualities = np.ones((1, len(shown)), np.float32)
    return Sequences(CLASSES, probabilities, qualities, truth[None], ((0, 15, 35),), 10.0)


def test_what_is_seen_rightly_has_no_errors() -> None:
    right = sequences(TRUTH)
    for probabilities in (right.probabilities, path_over(right.probabilities, right)):
        found = score(probabilities, right, 0.5)
        assert (found.wrong, found.mean, found.false, found.missed) == (0, 0, 0, 0)


def test_errors_are_told_apart() -> None:
    seen = sequences("hhhhhhhhhhhhhhhhhnnnnnnsssssssnnnnnhhhhhhhhhhhhhhh")
    found = score(seen.probabilities, seen, 0.5)
    assert found.wrong == pytest.approx((2 + 7 + 15) / 50)
    assert found.false == pytest.approx(3 * 12), "sad within neutral, the rest of neutral, and happy for sad"
    assert found.missed == pytest.approx(1 / 3)
    assert found.mean == pytest.approx((2 + 2 + 12) / 3 / 10)
    assert score(seen.probabilities, seen, 2.0).false < found.false


def test_a_flicker_is_no_segment_of_the_path() -> None:
    seen = sequences(TRUTH[:5] + "s" + TRUTH[6:])
    assert score(seen.probabilities, seen, 0).false == pytest.approx(2 * 12)
    assert score(path_over(seen.probabilities, seen), seen, 0).false == 0
