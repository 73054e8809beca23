"""The hidden Markov model: beliefs that depend on time and evidence, hardly on the frame rate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import expm

from fervid import smooth
from fervid.core.emotions import FER2013, FERPLUS
from fervid.settings import Settings
from fervid.smooth.bayes import Bayes
from fervid.smooth.markov import FITTED_TIME, MarkovModel, proportions


def mostly(name: str, probability: float = 0.6) -> NDArray[np.float32]:
    """Probabilities of which one class has the given one, and the others share the rest."""
    found = np.full(len(FER2013), (1 - probability) / (len(FER2013) - 1), np.float32)
    found[FER2013.index(name)] = probability
    return found


def filtered(
    times: list[float], raw: list[NDArray[np.float32]], time_constant: float = FITTED_TIME
) -> NDArray[np.float32]:
    smoother = Bayes(FER2013, time_constant)
    return np.array([smoother.smooth(1, time, each) for time, each in zip(times, raw, strict=True)])


def believed(given: NDArray[np.float32], later: float = 0.0) -> NDArray[np.float64]:
    """The belief that was tempered."""
    return MarkovModel.fitted(FER2013).untemper(given, later)


def generator(model: MarkovModel) -> NDArray[np.float64]:
    count = len(model.proportions)
    return model.rate * (np.tile(model.proportions, (count, 1)) - np.eye(count))


@given(elapsed=st.floats(0, 3))
def test_a_belief_moves_as_the_matrix_exponential_of_the_generator_says(elapsed: float) -> None:
    model = MarkovModel.fitted(FER2013)
    transitions, belief = expm(generator(model) * elapsed), mostly("happy").astype(np.float64)
    assert model.forward(belief, elapsed) == pytest.approx(belief @ transitions)
    assert model.backward(belief, elapsed) == pytest.approx(transitions @ belief)


def test_the_proportions_sum_to_one_with_and_without_neutral() -> None:
    assert proportions(FERPLUS, 0.3).sum() == pytest.approx(1)
    assert proportions(FERPLUS, 0.3)[FERPLUS.index("neutral")] == pytest.approx(0.3)
    assert proportions(("left", "right"), 0.3).tolist() == [0.5, 0.5]


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0])
def test_the_frame_rate_hardly_matters(seconds: float) -> None:
    beliefs = []
    for rate in (10, 30, 60):
        count = round((2 + seconds) * rate) + 1
        times = [frame / rate for frame in range(count)]
        raw = [mostly("sad" if time <= 2 else "happy") for time in times]
        beliefs.append(believed(filtered(times, raw)[-1]))
    assert np.ptp(beliefs, axis=0).max() < 0.07
    assert len({int(belief.argmax()) for belief in beliefs}) == 1


def test_uneven_frames_give_nearly_the_same_as_even_ones() -> None:
    even = [frame / 30 for frame in range(31)]
    uneven = sorted({0.0, 1.0, *(time + 0.012 * (-1) ** index for index, time in enumerate(even[1:-1]))})
    raw = mostly("happy")
    assert filtered(even, [raw] * 31)[-1] == pytest.approx(filtered(uneven, [raw] * 31)[-1], abs=0.02)


def test_after_a_long_gap_a_frame_counts_in_full_beside_the_proportions() -> None:
    given = filtered([0.0, 100.0], [mostly("sad", 0.99), mostly("happy")])
    expected = MarkovModel.fitted(FER2013).proportions * mostly("happy")
    assert believed(given[1]) == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_two_readings_at_one_time_count_once() -> None:
    beliefs = filtered([0.0, 0.0], [mostly("happy"), mostly("sad")])
    assert beliefs[1] == pytest.approx(beliefs[0], abs=1e-6)


def test_one_odd_frame_changes_no_label_and_a_lasting_change_does() -> None:
    times = [frame / 30 for frame in range(90)]
    raw = [mostly("happy" if frame < 45 and frame != 20 else "sad") for frame in range(90)]
    labels = filtered(times, raw).argmax(1)
    assert {FER2013[label] for label in labels[:45]} == {"happy"}
    assert {FER2013[label] for label in labels[60:]} == {"sad"}


def test_a_certain_frame_excludes_no_class_for_good() -> None:
    times = [frame / 30 for frame in range(60)]
    raw = [np.eye(7, dtype=np.float32)[3 if frame < 30 else 4] for frame in range(60)]
    beliefs = filtered(times, raw)
    assert np.isfinite(beliefs).all()
    assert beliefs[-1].argmax() == 4


def test_with_a_longer_time_constant_everything_takes_longer() -> None:
    def arrival(time_constant: float) -> int:
        times = [frame / 30 for frame in range(200)]
        raw = [mostly("sad" if frame < 60 else "happy") for frame in range(200)]
        labels = filtered(times, raw, time_constant).argmax(1)
        return int(np.flatnonzero(labels[60:] == FER2013.index("happy"))[0])

    arrivals = [arrival(seconds) for seconds in (0.1, 0.3, 1.0)]
    assert arrivals == sorted(arrivals)
    assert arrivals[0] < arrivals[2]


def test_hindsight_is_the_probability_of_each_class_given_all_frames() -> None:
    """Compared with the sum over every path of classes."""
    times, raw = [0.0, 0.05, 0.2, 0.21], [mostly("happy"), mostly("sad"), mostly("happy", 0.8), mostly("neutral")]
    model = MarkovModel.fitted(FER2013)
    total = np.zeros((4, 7))
    steps = [expm(generator(model) * (after - before)) for before, after in itertools.pairwise(times)]
    weights = [model.likelihood(raw[0], None)]
    weights += [model.likelihood(raw[at], times[at] - times[at - 1]) for at in (1, 2, 3)]
    for path in itertools.product(range(7), repeat=4):
        weight = weights[0][path[0]]
        for at in (1, 2, 3):
            weight *= steps[at - 1][path[at - 1], path[at]] * weights[at][path[at]]
        for at in range(4):
            total[at, path[at]] += weight
    smoother = Bayes(FER2013, FITTED_TIME)
    smoothed = [smoother.smooth(1, time, each) for time, each in zip(times, raw, strict=True)]
    revised = np.array(smoother.revise(times, smoothed, raw))
    beliefs = np.array([believed(given, times[-1] - time) for time, given in zip(times, revised, strict=True)])
    assert beliefs == pytest.approx(total / total.sum(1, keepdims=True), abs=1e-6)
    assert revised[-1].tolist() == smoothed[-1].tolist()


@given(weights=st.lists(st.floats(0.0, 1.0), min_size=7, max_size=7).filter(any), later=st.floats(0, 3))
def test_a_temperature_changes_no_label_and_can_be_undone(weights: list[float], later: float) -> None:
    model, belief = MarkovModel.fitted(FER2013), np.array(weights) / sum(weights)
    given = model.temper(belief, later)
    assert given.argmax() == belief.argmax()
    assert given.max() >= belief.max() - 1e-12
    assert model.untemper(given, later) == pytest.approx(belief, abs=1e-9)


def test_a_belief_that_later_frames_confirm_is_given_out_as_it_is() -> None:
    model, belief = MarkovModel.fitted(FER2013), mostly("happy").astype(np.float64)
    assert model.temper(belief, 2.0) == pytest.approx(belief, abs=1e-4)
    assert model.temper(belief, 0.0).max() > belief.max() + 0.1


def test_the_settings_give_the_time_constant() -> None:
    smoother = smooth.create(Settings(smoothing="bayes", smoothing_time=2.0), FER2013)
    assert smoother.time_constant == 2.0
