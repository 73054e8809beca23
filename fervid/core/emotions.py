"""The label sets of the field, and a colour for each emotion.

The order of a label set is the order of a network's outputs. An emotion has the same name in every set, so that the
predictions of different networks can be compared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

FER2013: Final = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""Seven classes, ordered as in Kaggle's ``fer2013.csv`` (Goodfellow et al. 2013, arXiv:1307.0414)."""

FERPLUS: Final = ("neutral", "happy", "surprise", "sad", "angry", "disgust", "fear", "contempt")
"""Eight classes, ordered as FER+'s vote columns (Barsoum et al. 2016, arXiv:1608.01041)."""

CK_PLUS: Final = ("angry", "contempt", "disgust", "fear", "happy", "sad", "surprise")
"""The seven classes of CK+ in alphabetical order, as its emotion codes 1 to 7 (Lucey et al. 2010)."""

UNCERTAIN: Final = "uncertain"
"""The emotion of a face whose reading is not to be trusted. It is no class of a network."""

_POSITIVE: Final = "happy"
_NEGATIVE: Final = ("sad", "angry", "fear", "disgust")

COLOURS: Final[dict[str, tuple[int, int, int]]] = {
    "angry": (224, 93, 102),
    "disgust": (70, 155, 44),
    "fear": (192, 155, 251),
    "happy": (222, 181, 2),
    "sad": (71, 124, 227),
    "surprise": (59, 194, 218),
    "neutral": (117, 128, 146),
    "contempt": (255, 117, 197),
    UNCERTAIN: (190, 187, 176),
}
"""The red, green and blue (0 to 255) that stand for each emotion, and for none, wherever fervid shows them.

They differ in lightness as well as in hue, so that people with any kind of colour vision tell all of them apart: in the
simulation of Machado et al. (2009, doi:10.1109/TVCG.2009.113), no two are closer than 12 in CIELAB. Dark text is
legible on each.
"""

FALLBACK_COLOUR: Final = (200, 200, 200)
"""The colour of a class that `COLOURS` does not list, as an engine with its own label set may have."""


def valence(probabilities: Mapping[str, float]) -> float:
    """Return the probability of happy minus that of the most probable negative emotion, -1 to 1.

    It is FaceReader's definition of valence (Noldus), with probabilities in the place of its intensities.

    Args:
        probabilities: The probability of each class.

    Returns:
        The valence; NaN without a class for happy, or without any of sad, angry, fear and disgust.
    """
    negative = [probabilities[name] for name in _NEGATIVE if name in probabilities]
    return probabilities[_POSITIVE] - max(negative) if negative and _POSITIVE in probabilities else math.nan


def colour(emotion: str) -> tuple[int, int, int]:
    """Return the red, green and blue (0 to 255) of an emotion, or `FALLBACK_COLOUR`."""
    return COLOURS.get(emotion, FALLBACK_COLOUR)
