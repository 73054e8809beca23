"""Label sets and colours: each emotion has a distinct colour, visible on dark and on light."""

from __future__ import annotations

from itertools import combinations

import pytest

from fervid.core.emotions import CK_PLUS, COLOURS, FER2013, FERPLUS, colour


def luminance(rgb: tuple[int, int, int]) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (value / 255 for value in rgb)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


@pytest.mark.parametrize("labels", [FER2013, FERPLUS, CK_PLUS])
def test_the_label_sets_hold_known_names_once(labels: tuple[str, ...]) -> None:
    assert len(set(labels)) == len(labels)
    assert set(labels) <= set(COLOURS)


@pytest.mark.parametrize("emotion", COLOURS)
def test_a_colour_shows_on_black_and_on_white(emotion: str) -> None:
    value = luminance(colour(emotion))
    assert contrast(value, 0.0) >= 4.0
    assert contrast(value, 1.0) >= 1.9


def test_no_two_emotions_look_alike() -> None:
    for one, other in combinations(COLOURS.values(), 2):
        assert sum(abs(a - b) for a, b in zip(one, other, strict=True)) > 60
