"""Eight facial expressions, as positions of brows, lids, cheeks, mouth and jaw, and blends between them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Features:
    """The positions of the moving parts of a face. Lengths are in eye distances, strengths from 0 to 1.

    Attributes:
        brow_inner: How far the inner ends of the brows are raised.
        brow_outer: How far their outer ends are raised.
        brow_pinch: How far the brows are drawn together.
        furrow: Strength of the folds between the brows.
        forehead: Strength of the lines across the forehead.
        lid_upper: Opening of the upper lids; 1 is at rest, 0 is closed.
        lid_lower: How much the cheeks push up the lower lids, as a share of the eye's lower half.
        lid_slant: How far the inner corner of the upper lids is pressed down.
        cheek: Strength of the folds from nose to mouth.
        nostril: How far the nostrils flare.
        wrinkle: Strength of the folds on both sides of the bridge of the nose.
        mouth_width: Half the width of the mouth.
        mouth_lift: How far the corners of the mouth are above its middle.
        mouth_slant: How far the corner on the right of the picture is above the other one.
        mouth_open: The gap between the lips.
        mouth_square: 0 for a rounded opening, 1 for a squarish one.
        lips: Thickness of the lips; 1 is at rest.
        teeth_upper: The height of the upper teeth that shows.
        teeth_lower: The height of the lower teeth that shows.
        jaw: How far the chin drops.
        chin: Strength of the dimple that a pushed-up lower lip makes on the chin.
    """

    brow_inner: float = 0.0
    brow_outer: float = 0.0
    brow_pinch: float = 0.0
    furrow: float = 0.0
    forehead: float = 0.0
    lid_upper: float = 1.0
    lid_lower: float = 0.0
    lid_slant: float = 0.0
    cheek: float = 0.15
    nostril: float = 0.0
    wrinkle: float = 0.0
    mouth_width: float = 0.40
    mouth_lift: float = 0.015
    mouth_slant: float = 0.0
    mouth_open: float = 0.0
    mouth_square: float = 0.0
    lips: float = 1.0
    teeth_upper: float = 0.0
    teeth_lower: float = 0.0
    jaw: float = 0.0
    chin: float = 0.0


EXPRESSIONS: Final[Mapping[str, Features]] = {
    "neutral": Features(),
    "happy": Features(
        brow_inner=0.02, brow_outer=0.04, lid_upper=0.88, lid_lower=0.45, cheek=0.9, mouth_width=0.56, mouth_lift=0.17,
        mouth_open=0.20, lips=0.8, teeth_upper=0.16, jaw=0.08,
    ),
    "surprise": Features(
        brow_inner=0.20, brow_outer=0.20, forehead=0.8, lid_upper=1.55, lid_lower=-0.25, cheek=0.0, mouth_width=0.27,
        mouth_lift=-0.02, mouth_open=0.46, mouth_square=0.25, lips=0.85, teeth_upper=0.05, jaw=0.30,
    ),
    "sad": Features(
        brow_inner=0.20, brow_outer=-0.14, brow_pinch=0.05, furrow=0.5, forehead=0.25, lid_upper=0.62, lid_slant=-0.045,
        cheek=0.45, mouth_width=0.41, mouth_lift=-0.15, chin=0.9,
    ),
    "angry": Features(
        brow_inner=-0.18, brow_outer=0.11, brow_pinch=0.10, furrow=1.0, lid_upper=1.0, lid_lower=0.15, lid_slant=0.06,
        cheek=0.9, nostril=0.05, mouth_width=0.40, mouth_lift=-0.08, mouth_open=0.22, mouth_square=1.0, lips=0.75,
        teeth_upper=0.13, teeth_lower=0.12, jaw=0.08, chin=0.4,
    ),
    "disgust": Features(
        brow_inner=-0.12, brow_outer=-0.12, brow_pinch=0.08, furrow=0.9, lid_upper=0.35, lid_lower=0.35, cheek=1.0,
        nostril=0.04, wrinkle=1.0, mouth_width=0.35, mouth_lift=-0.09, mouth_open=0.22, mouth_square=0.8, lips=0.65,
        teeth_upper=0.10, jaw=0.04, chin=0.8,
    ),
    "fear": Features(
        brow_inner=0.24, brow_outer=-0.10, brow_pinch=0.09, furrow=0.6, forehead=0.9, lid_upper=1.6, lid_lower=-0.2,
        lid_slant=-0.04, cheek=0.5, mouth_width=0.54, mouth_lift=-0.02, mouth_open=0.36, mouth_square=0.75,
        teeth_upper=0.04, teeth_lower=0.05, jaw=0.10,
    ),
    "contempt": Features(
        brow_outer=0.06, lid_upper=0.75, lid_lower=0.15, cheek=0.3, mouth_lift=0.0, mouth_slant=0.24,
    ),
}  # fmt: skip
"""The expressions by the names that emotion networks use."""


def blend(weights: Mapping[str, float]) -> Features:
    """Return the features of a blend of expressions.

    Args:
        weights: The share of each expression, by name. They need not sum to 1.

    Raises:
        ValueError: An expression is unknown, or the weights do not sum to more than 0.
    """
    if unknown := weights.keys() - EXPRESSIONS.keys():
        raise ValueError(f"unknown expression {', '.join(sorted(unknown))}; choose from {', '.join(EXPRESSIONS)}")
    total = sum(weights.values())
    if total <= 0:
        raise ValueError("the weights of the expressions must sum to more than 0")
    parts = [(EXPRESSIONS[name], weight / total) for name, weight in weights.items()]
    names = [field.name for field in dataclasses.fields(Features)]
    return Features(**{name: sum(getattr(part, name) * share for part, share in parts) for name in names})
