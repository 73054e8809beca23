"""The 95 % interval of an accuracy holds the accuracy, and narrows with the number of faces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.evaluation.metrics import accuracy_interval


def test_it_agrees_with_drawing_faces_one_by_one() -> None:
    """The plain bootstrap: draw as many faces as there are, with replacement, and count the correct ones."""
    correct = np.arange(400) < 280
    drawn = np.random.default_rng(3).integers(0, 400, (20_000, 400))
    wanted = np.percentile(correct[drawn].mean(1), (2.5, 97.5))
    np.testing.assert_allclose(accuracy_interval(280, 400, 20_000), wanted, atol=0.003)


@given(st.integers(1, 5000), st.data())
def test_it_holds_the_accuracy(faces: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, faces))
    low, high = accuracy_interval(correct, faces, 500)
    assert 0 <= low <= correct / faces <= high <= 1


def test_more_faces_make_it_narrower() -> None:
    widths = [high - low for low, high in (accuracy_interval(7 * n, 10 * n) for n in (1, 10, 100, 1000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[3] == pytest.approx(2 * 1.96 * (0.7 * 0.3 / 10_000) ** 0.5, rel=0.05)


def test_it_is_the_same_on_every_call() -> None:
    assert accuracy_interval(30, 50) == accuracy_interval(30, 50)
