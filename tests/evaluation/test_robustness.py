"""Robustness is measured on every degraded copy, and its files hold the figures."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.data.dataset import DataSet
from fervid.evaluation.degradations import DEGRADATIONS, Degradation
from fervid.evaluation.robustness import Curve, Robustness, Score, measure
from fervid.testing import FakeEngine


@pytest.fixture(scope="module")
def found(small: DataSet) -> Robustness:
    split = small.private_test
    return measure(FakeEngine("happy"), split.images, split.labels)


def test_a_score_counts_and_compares_confidence_with_accuracy() -> None:
    rows = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.2, 0.8]], np.float32)
    score = Score.of(rows, np.array([0, 1, 1, 1]))
    assert score.accuracy == 0.75
    assert score.calibration_error == pytest.approx((2 * 0.4 + 2 * 0.2) / 4)


def test_every_degradation_is_measured_in_every_strength(small: DataSet) -> None:
    seen: list[NDArray[np.uint8]] = []
    lines: list[str] = []

    class Watching(FakeEngine):
        def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
            seen.append(images)
            return super().classify(images)

    split = small.private_test
    measured = measure(Watching("happy"), split.images, split.labels, lines.append)
    assert len(seen) == 56
    assert np.array_equal(seen[7], DEGRADATIONS[1].apply(split.images, DEGRADATIONS[1].strengths[2]))
    assert np.array_equal(seen[-1], split.images)
    assert lines[1] == "degradation 2 of 11: motion blur"
    assert [curve.degradation for curve in measured.curves] == [degradation.name for degradation in DEGRADATIONS]
    assert measured.faces == len(split)


def test_the_means_and_the_worst() -> None:
    curves = (
        Curve("mild", "%", (1, 2), (Score(0.7, 0.02), Score(0.6, 0.04))),
        Curve("hard", "%", (1, 2), (Score(0.4, 0.2), Score(0.2, 0.4))),
    )
    robustness = Robustness(100, Score(0.71, 0.01), curves)
    assert curves[0].accuracy == pytest.approx(0.65)
    assert robustness.accuracy == pytest.approx(0.475)
    assert robustness.calibration_error == pytest.approx(0.165)
    assert [curve.degradation for curve in robustness.worst_first] == ["hard", "mild"]


def test_an_engine_that_knows_one_answer_is_as_good_on_anything(found: Robustness) -> None:
    """FakeEngine always predicts the same class."""
    assert {score.accuracy for curve in found.curves for score in curve.scores} == {found.clean.accuracy}


def test_the_document_gives_the_figures_back(found: Robustness) -> None:
    document = found.document()
    again = Robustness.from_document(document)
    assert again.document() == document
    assert [curve.strengths for curve in again.curves] == [curve.strengths for curve in found.curves]


def test_the_table_has_a_line_for_each_strength(found: Robustness) -> None:
    header, clean, *rows = csv.reader(found.table().splitlines())
    assert header == ["degradation", "unit", "strength", "faces", "accuracy", "calibration_error"]
    assert clean[:4] == ["none", "", "", "32"]
    assert [row[:3] for row in rows] == [
        [degradation.name, degradation.unit, str(strength)]
        for degradation in DEGRADATIONS
        for strength in degradation.strengths
    ]


def test_a_brighter_image_is_classified_differently_by_an_engine_that_looks(small: DataSet) -> None:
    class Brightness(FakeEngine):
        def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
            rows = np.zeros((len(images), 7), np.float32)
            rows[np.arange(len(images)), np.where(images.mean((1, 2, 3)) > 128, 3, 4)] = 1
            return rows

    images = np.full((4, 1, 48, 48), 100, np.uint8)
    light = Degradation("light", "%", (110, 120, 150, 200, 250), DEGRADATIONS[6].effect)
    measured = measure(Brightness("happy"), images, np.full(4, 3), degradations=[light])
    assert [score.accuracy for score in measured.curves[0].scores] == [0, 0, 1, 1, 1]
