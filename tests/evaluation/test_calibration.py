"""Confidence against accuracy, on cases that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.evaluation.calibration import BINS, apply_temperature, confidence_bins, expected_calibration_error

SURE = np.tile(np.array([[0.9, 0.1, 0.0]], np.float32), (10, 1))
"""Ten predictions of the first class, each with a confidence of 0.9."""


@pytest.mark.parametrize(("correct", "error"), [(9, 0.0), (4, 0.5), (0, 0.9)])
def test_the_error_is_the_gap_between_confidence_and_accuracy(correct: int, error: float) -> None:
    labels = np.array([0] * correct + [1] * (10 - correct))
    assert expected_calibration_error(confidence_bins(SURE, labels)) == pytest.approx(error, abs=1e-6)


def test_each_prediction_is_in_the_bin_of_its_confidence() -> None:
    probabilities = np.array([[1.0, 0.0], [0.5, 0.5], [0.98, 0.02]], np.float32)
    found = confidence_bins(probabilities, np.array([0, 0, 1]))
    assert [part.faces for part in found] == [0] * 7 + [1] + [0] * 6 + [2]
    assert len(found) == BINS
    assert found[-1].confidence == pytest.approx(0.99)
    assert found[-1].accuracy == 0.5
    assert (found[0].confidence, found[0].accuracy) == (0, 0)


@given(st.floats(0.1, 10), st.integers(0, 99))
def test_a_temperature_divides_the_logits(temperature: float, seed: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(5, 7))

    def softmax(values: np.ndarray) -> np.ndarray:
        powers = np.exp(values - values.max(1, keepdims=True))
        return powers / powers.sum(1, keepdims=True)

    plain = softmax(logits).astype(np.float32)
    np.testing.assert_allclose(apply_temperature(plain, temperature), softmax(logits / temperature), atol=1e-5)


@given(st.floats(0.5, 3), st.integers(0, 99))
def test_a_temperature_can_be_undone(temperature: float, seed: int) -> None:
    plain = np.random.default_rng(seed).dirichlet(np.ones(7), 5).astype(np.float32)
    np.testing.assert_allclose(
        apply_temperature(apply_temperature(plain, temperature), 1 / temperature), plain, atol=1e-4
    )
