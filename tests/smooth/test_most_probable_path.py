"""The most probable path: the best of all paths, decided early, in bounded memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from fervid.core.emotions import FER2013
from fervid.smooth.markov import MarkovModel
from fervid.smooth.most_probable_path import most_probable_path

THREE = ("happy", "sad", "neutral")


def predictions(count: int, classes: int, seed: int) -> list[tuple[float, NDArray[np.float64]]]:
    """Frames at uneven times whose class changes every 20 frames, with errors."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.06, count))
    logits = rng.normal(size=(count, classes)) * 1.5
    logits[np.arange(count), np.arange(count) // 20 % classes] += 1.5
    found = np.exp(logits)
    return list(zip(times.tolist(), found / found.sum(1, keepdims=True), strict=True))


def log_probability(
    path: tuple[int, ...], frames: list[tuple[float, NDArray[np.float64]]], model: MarkovModel
) -> float:
    total = math.log(model.likelihood(frames[0][1], None)[path[0]])
    for at in range(1, len(frames)):
        elapsed = frames[at][0] - frames[at - 1][0]
        start = np.eye(len(model.proportions))[path[at - 1]]
        total += math.log(model.forward(start, elapsed)[path[at]])
        total += math.log(model.likelihood(frames[at][1], elapsed)[path[at]])
    return total


@given(seed=st.integers(0, 10_000))
def test_no_other_path_is_more_probable(seed: int) -> None:
    frames, model = predictions(6, 3, seed), MarkovModel.fitted(THREE)
    best = max(log_probability(path, frames, model) for path in itertools.product(range(3), repeat=6))
    assert log_probability(tuple(most_probable_path(frames, model)), frames, model) == pytest.approx(best)


def test_a_class_comes_with_the_frame_after_which_nothing_can_change_it() -> None:
    """After an hour the class of the frame before means nothing, so the second frame decides the first."""
    taken = []

    def frames() -> Iterator[tuple[float, NDArray[np.float64]]]:
        for hour, row in enumerate([[0.9, 0.05, 0.05], [0.05, 0.9, 0.05], [0.05, 0.9, 0.05]]):
            taken.append(hour)
            yield 3600.0 * hour, np.array(row)

    path = most_probable_path(frames(), MarkovModel.fitted(THREE))
    assert (next(path), taken) == (0, [0, 1])
    assert (next(path), taken) == (1, [0, 1, 2])
    assert list(path) == [1]


def test_the_path_is_the_same_however_early_its_parts_are_decided() -> None:
    frames, model = predictions(600, 7, 1), MarkovModel.fitted(FER2013)
    scores = np.log(model.likelihood(frames[0][1], None))
    before = []
    for (last, _), (time, probabilities) in itertools.pairwise(frames):
        steps = np.log([model.forward(row, time - last) for row in np.eye(7)]) + scores[:, None]
        before.append(steps.argmax(0))
        scores = steps.max(0) + np.log(model.likelihood(probabilities, time - last))
    whole = [int(scores.argmax())]
    for places in reversed(before):
        whole.append(int(places[whole[-1]]))
    assert list(most_probable_path(frames, model)) == whole[::-1]


def test_it_changes_less_often_than_the_labels_of_the_frames() -> None:
    frames, model = predictions(600, 7, 2), MarkovModel.fitted(FER2013)
    raw = np.array([probabilities.argmax() for _, probabilities in frames])
    path = np.array(list(most_probable_path(frames, model)))
    assert (np.diff(path) != 0).sum() < (np.diff(raw) != 0).sum() / 3


def test_classes_come_while_frames_still_do() -> None:
    taken = 0

    def counted() -> Iterator[tuple[float, NDArray[np.float64]]]:
        nonlocal taken
        for frame in predictions(2000, 7, 3):
            taken += 1
            yield frame

    path = most_probable_path(counted(), MarkovModel.fitted(FER2013))
    waits = [taken - done for done, _ in enumerate(path)]
    assert len(waits) == 2000
    assert max(waits) < 200


def test_frames_that_leave_everything_open_wait_for_no_more_than_allowed() -> None:
    taken = 0

    def undecided() -> Iterator[tuple[float, NDArray[np.float64]]]:
        nonlocal taken
        for index in range(500):
            taken += 1
            yield index / 30, np.array([0.5, 0.5])

    waits, path = [], []
    for done, place in enumerate(most_probable_path(undecided(), MarkovModel.fitted(("yes", "no")), most_waiting=50)):
        waits.append(taken - done)
        path.append(place)
    assert len(path) == 500
    assert max(waits) == 51
    assert set(path) == {0}


def test_no_frame_gives_no_path_and_one_frame_its_label() -> None:
    model = MarkovModel.fitted(THREE)
    assert list(most_probable_path([], model)) == []
    assert list(most_probable_path([(0.0, np.array([0.2, 0.5, 0.3]))], model)) == [1]
