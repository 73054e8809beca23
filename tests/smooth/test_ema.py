"""Exponential smoothing: a time constant in seconds, whatever the frame rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid import smooth
from fervid.settings import Settings
from fervid.smooth.ema import Exponential

SAD, HAPPY = np.array([1, 0], np.float32), np.array([0, 1], np.float32)


def after_a_step(rate: int, seconds: float, time_constant: float) -> float:
    """How happy a face is, smoothed, that was sad up to 0 s and is read `rate` times a second from then on."""
    smoother = Exponential(time_constant)
    smoothed = smoother.smooth(1, 0.0, SAD)
    for step in range(1, round(seconds * rate) + 1):
        smoothed = smoother.smooth(1, step / rate, HAPPY)
    return float(smoothed[1])


@given(tenths=st.integers(1, 20), time_constant=st.floats(0.05, 3.0))
def test_the_frame_rate_does_not_matter(tenths: int, time_constant: float) -> None:
    expected = 1 - math.exp(-tenths / 10 / time_constant)
    for rate in (10, 30, 60):
        assert after_a_step(rate, tenths / 10, time_constant) == pytest.approx(expected, abs=1e-5)


def test_after_one_time_constant_63_percent_of_a_change_have_come_through() -> None:
    assert after_a_step(30, 0.3, 0.3) == pytest.approx(0.632, abs=0.001)


def test_uneven_frames_give_the_same_as_even_ones() -> None:
    smoother = Exponential(0.3)
    smoother.smooth(1, 0.0, SAD)
    for time in (0.01, 0.15, 0.16, 0.3):
        smoothed = smoother.smooth(1, time, HAPPY)
    assert smoothed[1] == pytest.approx(after_a_step(30, 0.3, 0.3), abs=1e-5)


def test_a_face_that_returns_after_long_is_believed_at_once() -> None:
    smoother = Exponential(0.3)
    smoother.smooth(1, 0.0, SAD)
    assert smoother.smooth(1, 5.0, HAPPY)[1] == pytest.approx(1.0, abs=1e-6)


def test_two_readings_at_one_time_count_once() -> None:
    smoother = Exponential(0.3)
    smoother.smooth(1, 1.0, SAD)
    assert smoother.smooth(1, 1.0, HAPPY).tolist() == SAD.tolist()


def test_the_settings_give_the_time_constant() -> None:
    smoother = smooth.create(Settings(smoothing="ema", smoothing_time=2.0), ("sad", "happy"))
    smoother.smooth(1, 0.0, SAD)
    assert smoother.smooth(1, 2.0, HAPPY)[1] == pytest.approx(1 - 1 / math.e, abs=1e-6)
