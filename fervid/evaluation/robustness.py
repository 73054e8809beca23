"""The robustness of an engine: its accuracy and calibration error on degraded copies of the faces."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from fervid.engines.base import Engine
from fervid.evaluation.calibration import confidence_bins, expected_calibration_error
from fervid.evaluation.degradations import DEGRADATIONS, Degradation

_DIGITS: Final = 6
"""Number of decimals of the figures in files."""


@dataclass(frozen=True, slots=True)
class Score:
    """The metrics of an engine on one set of images.

    Attributes:
        accuracy: Share of the faces that is classified correctly, 0 to 1.
        calibration_error: Expected calibration error, 0 to 1.
    """

    accuracy: float
    calibration_error: float

    @classmethod
    def of(cls, probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> Self:
        """Return the metrics of (N, classes) probabilities for faces with (N,) labels."""
        correct = float((probabilities.argmax(1) == labels).mean())
        return cls(correct, expected_calibration_error(confidence_bins(probabilities, labels)))


@dataclass(frozen=True, slots=True)
class Curve:
    """The metrics of an engine under one degradation.

    Attributes:
        degradation: Name of the degradation.
        unit: Meaning of its strengths.
        strengths: The strengths, from the mildest to the worst.
        scores: The metrics under each of them.
    """

    degradation: str
    unit: str
    strengths: tuple[float, ...]
    scores: tuple[Score, ...]

    @property
    def accuracy(self) -> float:
        """The mean accuracy over the strengths, 0 to 1."""
        return fmean(score.accuracy for score in self.scores)

    @property
    def calibration_error(self) -> float:
        """The mean calibration error over the strengths, 0 to 1."""
        return fmean(score.calibration_error for score in self.scores)


@dataclass(frozen=True, slots=True)
class Robustness:
    """The metrics of an engine under all degradations.

    Attributes:
        faces: Number of faces.
        clean: The metrics on the faces as they are.
        curves: The metrics under each degradation.
    """

    faces: int
    clean: Score
    curves: tuple[Curve, ...]

    @property
    def accuracy(self) -> float:
        """The mean accuracy over all degradations and strengths, 0 to 1."""
        return fmean(curve.accuracy for curve in self.curves)

    @property
    def calibration_error(self) -> float:
        """The mean calibration error over all degradations and strengths, 0 to 1."""
        return fmean(curve.calibration_error for curve in self.curves)

    @property
    def worst_first(self) -> tuple[Curve, ...]:
        """The curves by their mean accuracy, the lowest first."""
        return tuple(sorted(self.curves, key=lambda curve: curve.accuracy))

    def document(self) -> dict[str, Any]:
        """Return all figures, ready for JSON."""
        return {
            "faces": self.faces,
            "clean": _figures(self.clean),
            "mean": _figures(self),
            "degradations": [
                {
                    "name": curve.degradation,
                    "unit": curve.unit,
                    "mean": _figures(curve),
                    "strengths": [
                        {"strength": strength, **_figures(score)}
                        for strength, score in zip(curve.strengths, curve.scores, strict=True)
                    ],
                }
                for curve in self.curves
            ],
        }

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the robustness that `document` describes, to the digits that it has."""
        curves = [
            Curve(
                entry["name"],
                entry["unit"],
                tuple(row["strength"] for row in entry["strengths"]),
                tuple(Score(row["accuracy"], row["calibration_error"]) for row in entry["strengths"]),
            )
            for entry in document["degradations"]
        ]
        return cls(document["faces"], Score(**document["clean"]), tuple(curves))

    def table(self) -> str:
        """Return a line for the faces as they are and one for each degradation and strength, as CSV."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["degradation", "unit", "strength", "faces", "accuracy", "calibration_error"])
        writer.writerow(["none", "", "", self.faces, *_figures(self.clean).values()])
        for curve in self.curves:
            for strength, score in zip(curve.strengths, curve.scores, strict=True):
                row = [curve.degradation, curve.unit, strength, self.faces, *_figures(score).values()]
                writer.writerow(row)
        return text.getvalue()


def measure(
    engine: Engine,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    tell: Callable[[str], None] = lambda _: None,
    degradations: Sequence[Degradation] = DEGRADATIONS,
) -> Robustness:
    """Measure the robustness of `engine`.

    Args:
        engine: Engine to evaluate.
        images: (N, channels, size, size), as the engine takes them; N at least 1.
        labels: (N,) indices into the engine's classes.
        tell: Called with a line of progress for people before each degradation.
        degradations: The degradations.
    """
    curves = []
    for number, degradation in enumerate(degradations, 1):
        tell(f"degradation {number} of {len(degradations)}: {degradation.name}")
        scores = [
            Score.of(engine.classify(degradation.apply(images, strength)), labels) for strength in degradation.strengths
        ]
        curves.append(Curve(degradation.name, degradation.unit, degradation.strengths, tuple(scores)))
    return Robustness(len(labels), Score.of(engine.classify(images), labels), tuple(curves))


def _figures(measured: Score | Curve | Robustness) -> dict[str, float]:
    return {
        "accuracy": round(measured.accuracy, _DIGITS),
        "calibration_error": round(measured.calibration_error, _DIGITS),
    }
