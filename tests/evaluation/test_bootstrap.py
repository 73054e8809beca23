"""The interval of an accuracy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.evaluation.bootstrap import interval


def test_it_is_that_of_faces_drawn_one_by_one() -> None:
    """The plain way: draw as many faces as there are, with replacement, and count the right ones."""
    right = np.arange(400) < 280
    drawn = np.random.default_rng(3).integers(0, 400, (20_000, 400))
    wanted = np.percentile(right[drawn].mean(1), (2.5, 97.5))
    np.testing.assert_allclose(interval(280, 400, 20_000), wanted, atol=0.003)


@given(st.integers(1, 5000), st.data())
def test_it_holds_the_accuracy(faces: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, faces))
    low, high = interval(correct, faces, 500)
    assert 0 <= low <= correct / faces <= high <= 1


def test_more_faces_make_it_narrower() -> None:
    widths = [high - low for low, high in (interval(7 * n, 10 * n) for n in (1, 10, 100, 1000))]
    assert widths == sorted(widths, reverse=True)
    assert widths[3] == pytest.approx(2 * 1.96 * (0.7 * 0.3 / 10_000) ** 0.5, rel=0.05)


def test_it_is_the_same_on_every_call() -> None:
    assert interval(30, 50) == interval(30, 50)
