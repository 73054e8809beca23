"""The most probable sequence of expressions as a whole, by the algorithm of Viterbi (1967)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.smooth.markov import Floats, MarkovModel

_MOST_WAITING: Final = 1000
"""The number of frames that may wait for a decision. Usually a few dozen do."""

_TINY: Final = 1e-300
"""Stands for 0 where a logarithm is taken."""

Places = NDArray[np.intp]


def most_probable_path(
    frames: Iterable[tuple[float, NDArray[np.floating]]], model: MarkovModel, most_waiting: int = _MOST_WAITING
) -> Iterator[int]:
    """Yield the class of each frame of one face, in the sequence of classes that is the most probable as a whole.

    A class is yielded as soon as no later frame can change it. Where that takes too long, the sequence that is the most
    probable so far decides.

    >>> import numpy as np
    >>> from fervid.smooth.markov import MarkovModel
    >>> from fervid.smooth.most_probable_path import most_probable_path
    >>> frames = [(0.00, [0.9, 0.1]), (0.03, [0.4, 0.6]), (0.06, [0.9, 0.1])]
    >>> model = MarkovModel.fitted(("happy", "sad"))
    >>> list(most_probable_path([(time, np.array(row)) for time, row in frames], model))
    [0, 0, 0]

    Args:
        frames: The time of each frame in seconds, in order, and its raw probabilities, (classes,).
        model: The model.
        most_waiting: The number of frames that may wait for a decision, which bounds the memory.
    """
    paths: _Paths | None = None
    last = 0.0
    for time, probabilities in frames:
        if paths is None:
            paths = _Paths(np.log(model.likelihood(probabilities, None)))
        else:
            elapsed = time - last
            paths.extend(model, elapsed, np.log(model.likelihood(probabilities, elapsed)))
            if len(paths) > most_waiting:
                paths.decide()
            yield from paths.decided()
        last = time
    if paths is not None:
        yield from paths.best()


class _Paths:
    """The most probable path to each class of the newest frame, through the frames that wait for a decision.

    Args:
        scores: (classes,) the logarithms of the likelihoods of the first frame.
    """

    def __init__(self, scores: Floats) -> None:
        self._scores = scores
        self._before: list[Places] = []  # for each waiting frame but the first: the class before each of its own
        self._origins: Places = np.arange(len(scores))  # the class in the first waiting frame, for each path

    def __len__(self) -> int:
        """Return the number of frames that wait."""
        return len(self._before) + 1

    def extend(self, model: MarkovModel, elapsed: float, likelihoods: Floats) -> None:
        """Go on to the next frame, `elapsed` seconds later; `likelihoods` are logarithms."""
        stay, origin = model.stay(elapsed), int(self._scores.argmax())
        change = (1 - stay) * model.proportions  # the probability does not depend on the class before
        staying = self._scores + np.log(np.maximum(stay + change, _TINY))
        changing = self._scores[origin] + np.log(np.maximum(change, _TINY))
        before = np.where(staying >= changing, np.arange(len(staying)), origin)
        scores = np.maximum(staying, changing) + likelihoods
        self._scores = scores - scores.max()
        self._before.append(before)
        self._origins = self._origins[before]

    def decide(self) -> None:
        """Drop the paths that do not begin as the best one does."""
        same = self._origins == self._origins[self._scores.argmax()]
        self._scores = np.where(same, self._scores, -np.inf)

    def decided(self) -> list[int]:
        """Return the classes of the first frames, as far as all paths agree on them, and drop these frames."""
        ends = np.flatnonzero(np.isfinite(self._scores))
        if len(self) == 1 or len(set(self._origins[ends].tolist())) > 1:
            return []
        places, count = ends, len(self)
        for before in reversed(self._before):
            places = np.unique(before[places])
            count -= 1
            if len(places) == 1:
                break
        agreed = _trace(int(places[0]), self._before[: count - 1])
        self._before = self._before[count:]
        self._origins = np.arange(len(self._scores))
        for before in self._before:
            self._origins = self._origins[before]
        return agreed

    def best(self) -> list[int]:
        """Return the classes of all waiting frames on the most probable path."""
        return _trace(int(self._scores.argmax()), self._before)


def _trace(end: int, before: list[Places]) -> list[int]:
    """Return the path to the class `end`."""
    path = [end]
    for places in reversed(before):
        path.append(int(places[path[-1]]))
    return path[::-1]
