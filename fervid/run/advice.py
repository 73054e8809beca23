"""Advice where no face was found, or none that is upright: what was looked for, and what to try."""

from __future__ import annotations

import math
from typing import Final

from fervid.core.canvas import Canvas
from fervid.core.rotation import Rotation
from fervid.detect import FOLLOWING, SMALLEST
from fervid.detect.base import Detector
from fervid.detect.looks import Sight
from fervid.detect.vigilance import RECORDED, Vigilance
from fervid.settings import OPTIONS, Settings

_LOW_SCORE: Final = 0.3
"""The score to try. Below it, most of what is found is no face."""

_MOST: Final = "thorough"
"""The `--search` that finds the smallest faces."""


def advise(
    near: Detector, far: Detector | None, settings: Settings, canvas: Canvas, vigilance: Vigilance = RECORDED
) -> str:
    """Return what was looked for without success, and the options that may help.

    Args:
        near: The detector that looked.
        far: The detector that looked for small faces; None if `near` did so itself.
        settings: The options of the analysis.
        canvas: The size of the frames, or of the picture.
        vigilance: The effort of the search.
    """
    size = canvas.square
    shown = _smallest_shown(near, far, vigilance.smallest(SMALLEST[settings.search], size.size), size)
    smallest = max(settings.min_face, math.ceil(shown))
    where = f"the regions of {size}" if settings.regions else size
    least = f"at least {smallest} pixels and a score of {settings.min_score:g}"
    looked = f"{near.name} looked for faces of {least} in {where}"
    most = _smallest_shown(near, far, vigilance.smallest(SMALLEST[_MOST], size.size), size)
    tries = _tries(near, settings, smallest, shown, max(settings.min_face, math.ceil(most)))
    return looked + (f"; try {_listed(tries)}" if tries else "")


def _tries(near: Detector, settings: Settings, smallest: int, shown: float, further: int) -> list[str]:
    """Return the options that let more faces count, those first that are the likeliest to help."""
    tries = []
    if further < smallest:
        tries.append(f'search="{_MOST}" (from {further} pixels)')
    elif settings.min_face > max(OPTIONS["min_face"].default, math.ceil(shown)):
        tries.append("a smaller min_face")
    if settings.min_score > _LOW_SCORE:
        tries.append(f"min_score={_LOW_SCORE:g}")
    if settings.eyes and near.name not in FOLLOWING:
        tries.append("eyes=False")
    if settings.detector not in ("auto", *FOLLOWING):
        tries.append('detector="mediapipe"')
    if settings.regions:
        tries.append("larger regions")
    return tries


def _smallest_shown(near: Detector, far: Detector | None, wanted: int | None, size: Canvas) -> float:
    """Return the width of the smallest face that the search finds reliably, in pixels; 0 for a face of any size."""
    if near.name not in FOLLOWING:
        return 0.0
    longer = max(size.size)
    least = Sight.of(near).least
    if wanted is None:
        return longer * min(least, least if far is None else Sight.of(far).least)
    return min(wanted, least * longer)


def _listed(texts: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))


def advise_turn(rotation: Rotation, settings: Settings) -> str:
    """Return what to do where upright faces were found only in turned frames.

    Args:
        rotation: The angle by which the frames were turned.
        settings: The options of the analysis.
    """
    before = settings.rotate
    remedy = Rotation((before + rotation) % 360)
    more = " more" if before else ""
    shows = f"turned clockwise by {rotation} degrees{more}, it shows upright faces"
    return f"{shows}; {f'try rotate={remedy}' if remedy else f'leave out rotate={before}'}"
