"""The label sets of the field, and one colour for each emotion.

The order of a label set is the order of the network's outputs. The names are the same in every set, so that a result
of one network compares with a result of another: the sets differ in which emotions they hold, not in spelling.
"""

from __future__ import annotations

from typing import Final

FER2013: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Seven classes, ordered as in Kaggle's ``fer2013.csv`` (Goodfellow et al. 2013, arXiv:1307.0414)."""

FERPLUS: Final = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
"""Eight classes, ordered as FER+'s vote columns (Barsoum et al. 2016, arXiv:1608.01041)."""

CK_PLUS: Final = ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""Seven classes of CK+, alphabetical as its emotion codes 1 to 7 (Lucey et al. 2010)."""

COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    "angry": (230, 70, 60),
    "disgust": (122, 160, 45),
    "fear": (168, 106, 220),
    "happy": (236, 172, 20),
    "sad": (66, 135, 235),
    "surprise": (20, 172, 180),
    "neutral": (145, 150, 158),
    "contempt": (226, 96, 160),
}
"""Red, green, blue (0 to 255) of each emotion: one colour wherever fervid shows it."""

FALLBACK_COLOUR: Final = (200, 200, 200)
"""The colour of a class that a user's own engine adds."""


def colour(emotion: str) -> tuple[int, int, int]:
    """The red, green and blue (0 to 255) of `emotion`."""
    return COLOURS.get(emotion, FALLBACK_COLOUR)
