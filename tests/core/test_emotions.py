"""Label sets and colours: each emotion has a distinct colour, visible on dark and on light."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

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


VISION = {
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What remains of red, green and blue as light (Machado et al. 2009, doi:10.1109/TVCG.2009.113)."""


def seen(rgb: tuple[int, int, int], vision: str) -> NDArray[np.float64]:
    """The colour in CIELAB, as somebody with this vision sees it."""
    share = np.array(rgb) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(np.array(VISION[vision]) @ light, 0, 1) / [0.9505, 1, 1.089]
    x, y, z = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_people_with_any_colour_vision_tell_the_emotions_apart(vision: str) -> None:
    for one, other in combinations(COLOURS.values(), 2):
        assert np.linalg.norm(seen(one, vision) - seen(other, vision)) > 12


@pytest.mark.parametrize("emotion", COLOURS)
def test_dark_text_is_legible_on_every_colour(emotion: str) -> None:
    """By WCAG 2, level AA; #14161a is the ink of the pages."""
    assert contrast(luminance(colour(emotion)), luminance((0x14, 0x16, 0x1A))) >= 4.5
