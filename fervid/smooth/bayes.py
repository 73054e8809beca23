"""The probability of each expression given what was seen of a face, by a hidden Markov model in continuous time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.smooth.base import SmootherOptions
from fervid.smooth.markov import FITTED_TIME, Floats, MarkovModel

_LAG: Final = 2.0
"""Seconds of later frames at most. Those after them change a belief by less than 0.0001 on average."""


def create(options: SmootherOptions, classes: tuple[str, ...]) -> Bayes:
    """Return a smoother with the fitted model, for the time constant of `options`."""
    return Bayes(classes, options.smoothing_time)


class Bayes:
    """The belief about each face: forward over the frames so far, and on request backward over later ones too.

    The first reading of a face is its own belief. What is given out is tempered. See `MarkovModel` for both.

    Args:
        classes: The names of the classes.
        time_constant: In seconds, positive; see `MarkovModel.fitted`.
    """

    def __init__(self, classes: tuple[str, ...], time_constant: float) -> None:
        self._classes = classes
        self._last: dict[int, tuple[float, Floats]] = {}
        self.change_time_constant(time_constant)

    @property
    def lag(self) -> float:
        """The time, in seconds, of later readings that change a belief."""
        return _LAG * min(self._time_constant / FITTED_TIME, 1.0)

    @property
    def time_constant(self) -> float:
        """The time constant, in seconds."""
        return self._time_constant

    def change_time_constant(self, seconds: float) -> None:
        """Use another time constant from the next reading on."""
        self._time_constant = seconds
        self._model = MarkovModel.fitted(self._classes, seconds)

    def smooth(self, face_id: int, time: float, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the tempered belief at `time`, given this frame and those before it. See `Smoother`."""
        if face_id in self._last:
            before, belief = self._last[face_id]
            elapsed = time - before
            belief = self._model.forward(belief, elapsed) * self._model.likelihood(probabilities, elapsed)
            belief /= belief.sum()
        else:
            belief = probabilities.astype(np.float64)
        self._last[face_id] = time, belief
        return self._model.temper(belief, 0.0).astype(np.float32)

    def revise(
        self, times: Sequence[float], smoothed: Sequence[NDArray[np.float32]], raw: Sequence[NDArray[np.float32]]
    ) -> list[NDArray[np.float32]]:
        """Return the beliefs given the later readings too: the backward pass of Rabiner (1989). See `Smoother`."""
        if not smoothed:
            return []
        moments = np.array(times)
        elapsed = np.diff(moments)
        likelihoods = self._model.likelihood(np.array(raw[1:]).reshape(-1, len(self._classes)), elapsed)
        later = np.ones((len(times), len(self._classes)))
        for index in range(len(times) - 2, -1, -1):
            seen = self._model.backward(likelihoods[index] * later[index + 1], float(elapsed[index]))
            later[index] = seen / seen.max()
        beliefs = self._model.untemper(np.array(smoothed), 0.0) * later
        beliefs /= beliefs.sum(1, keepdims=True)
        return list(self._model.temper(beliefs, moments[-1] - moments).astype(np.float32))

    def forget(self, face_ids: Iterable[int]) -> None:
        """Drop the beliefs about these faces."""
        for face_id in face_ids:
            self._last.pop(face_id, None)
