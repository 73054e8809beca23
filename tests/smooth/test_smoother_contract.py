"""What holds for every smoother."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid import smooth
from fervid.core.emotions import FER2013
from fervid.settings import OPTIONS, Settings
from fervid.smooth.base import Smoother

every_smoother = pytest.mark.parametrize("name", smooth.SMOOTHERS.names)
every_average = pytest.mark.parametrize("name", sorted({*smooth.SMOOTHERS.names} - {"bayes"}))
"""The smoothers that stay among what they are given. A belief is surer than each reading that it rests on."""

readings = st.lists(
    st.tuples(st.floats(0.0, 2.0), st.lists(st.floats(0.01, 1.0), min_size=7, max_size=7)), min_size=1, max_size=30
)


def made(name: str) -> Smoother:
    return smooth.create(Settings(smoothing=name), FER2013)


def one_hot(index: int) -> np.ndarray:
    return np.eye(7, dtype=np.float32)[index]


@every_smoother
def test_there_is_a_least_certainty_for_it(name: str) -> None:
    assert 0 < smooth.CERTAIN[name] < 1
    assert smooth.CERTAIN.keys() == set(smooth.SMOOTHERS.names)


@every_smoother
@given(readings=readings)
def test_it_stays_a_distribution(name: str, readings: list[tuple[float, list[float]]]) -> None:
    smoother, time, times, given, smoothed = made(name), 0.0, [], [], []
    for elapsed, weights in readings:
        time += elapsed
        times.append(time)
        given.append((np.array(weights) / sum(weights)).astype(np.float32))
        smoothed.append(smoother.smooth(1, time, given[-1]))
    for each in (*smoothed, *smoother.revise(times, smoothed, given)):
        assert each.dtype == np.float32
        assert each.shape == (7,)
        assert each.sum() == pytest.approx(1.0, abs=1e-5)
        assert each.min() >= 0


@every_average
@given(readings=readings)
def test_it_stays_between_what_it_was_given(name: str, readings: list[tuple[float, list[float]]]) -> None:
    smoother, time, given = made(name), 0.0, []
    for elapsed, weights in readings:
        time += elapsed
        given.append((np.array(weights) / sum(weights)).astype(np.float32))
        smoothed = smoother.smooth(1, time, given[-1])
        assert (smoothed >= np.min(given, axis=0) - 1e-6).all()
        assert (smoothed <= np.max(given, axis=0) + 1e-6).all()


@every_average
def test_what_does_not_change_is_not_changed(name: str) -> None:
    smoother, constant = made(name), np.full(7, 1 / 7, np.float32)
    for step in range(20):
        assert smoother.smooth(1, step / 30, constant) == pytest.approx(constant)


@every_smoother
def test_the_first_reading_of_a_face_stands(name: str) -> None:
    assert made(name).smooth(5, 12.5, one_hot(3)).tolist() == one_hot(3).tolist()


@every_smoother
def test_faces_do_not_mix(name: str) -> None:
    smoother = made(name)
    for step in range(10):
        assert smoother.smooth(1, step / 30, one_hot(0)).argmax() == 0
        assert smoother.smooth(2, step / 30, one_hot(1)).argmax() == 1


@every_smoother
def test_what_lasts_keeps_its_label(name: str) -> None:
    smoother, lasting = made(name), np.full(7, 0.1, np.float32)
    lasting[2] = 0.4
    assert {int(smoother.smooth(1, step / 30, lasting).argmax()) for step in range(60)} == {2}


@every_smoother
def test_no_later_reading_changes_the_last_one(name: str) -> None:
    smoother, times = made(name), [0.0, 0.1, 0.2]
    raw = [one_hot(index) for index in (0, 0, 1)]
    smoothed = [smoother.smooth(1, time, each) for time, each in zip(times, raw, strict=True)]
    revised = smoother.revise(times, smoothed, raw)
    assert revised[-1].tolist() == smoothed[-1].tolist()
    assert (smoother.lag > 0) == any(
        each.tolist() != before.tolist() for each, before in zip(revised, smoothed, strict=True)
    )


@every_smoother
def test_a_forgotten_face_begins_anew(name: str) -> None:
    smoother = made(name)
    smoother.smooth(1, 0.0, one_hot(0))
    smoother.forget([1, 99])
    assert smoother.smooth(1, 0.01, one_hot(1)).tolist() == one_hot(1).tolist()


@every_smoother
def test_what_it_is_given_is_not_written_to(name: str) -> None:
    smoother, reading = made(name), one_hot(2)
    reading.flags.writeable = False
    smoother.smooth(1, 0.0, reading)
    smoother.smooth(1, 0.1, one_hot(4))
    assert reading.tolist() == one_hot(2).tolist()


@every_smoother
def test_a_time_constant_can_be_changed_where_there_is_one(name: str) -> None:
    smoother = made(name)
    assert smoother.time_constant in (None, OPTIONS["smoothing_time"].default)
    changed = None if smoother.time_constant is None else 2.0
    smoother.change_time_constant(2.0)
    assert smoother.time_constant == changed
