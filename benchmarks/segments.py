"""Compare ways to find segments on composed sequences: python benchmarks/segments.py DATA [--sequences N].

DATA is FER2013 with the votes of FER+. Sequences of known expressions are composed from faces of public_test
(`benchmarks/composed_sequences.py`), which the model of `bayes` was fitted to. Segments are found by the labels of
smoothed probabilities, as fervid does, and by the most probable path through the model, over the raw probabilities and
over smoothed ones. Each segment counts for the expression of the same label with which it shares the most time, and
each expression for one segment. Printed for each way are:

- the frames in segments of a wrong label, in per cent;
- the mean and the median distance of the begin and the end of a segment from those of its expression, in seconds;
- the false segments a minute, which show no expression, or one that has a segment already;
- the expressions without a segment, in per cent.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder `benchmarks` is in the parent folder

from benchmarks.composed_sequences import Sequences, compose_as_asked
from benchmarks.smoothing import Probabilities, smoothed_by
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.smooth.markov import MarkovModel
from fervid.smooth.most_probable_path import most_probable_path
from fervid.smooth.segmentation import find_segments

SEED = 5

SHORTEST_S: Final = (0.5, 0.0)
"""The lengths of the shortest segment to compare: the default one, and none."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one label, in frames.

    Attributes:
        start: The first frame.
        end: The frame after the last one.
        label: The place of the class.
    """

    start: int
    end: int
    label: int

    def shared(self, other: Stretch) -> int:
        """Return the number of frames that both have; 0 where the labels differ."""
        return max(0, min(self.end, other.end) - max(self.start, other.start)) if self.label == other.label else 0


@dataclass(frozen=True, slots=True)
class Score:
    """The errors of the segments of all sequences.

    Attributes:
        wrong: The share of the frames with a wrong label.
        mean: The mean error of a boundary, in seconds.
        median: The median error of a boundary, in seconds.
        false: False segments a minute.
        missed: The share of the expressions without a segment.
    """

    wrong: float
    mean: float
    median: float
    false: float
    missed: float

    def __str__(self) -> str:
        """Return a row of the table."""
        return (
            f"{100 * self.wrong:8.1f} {self.mean:8.2f} {self.median:8.2f} {self.false:10.2f} {100 * self.missed:9.1f}"
        )


def path_over(probabilities: Probabilities, sequences: Sequences) -> Probabilities:
    """Return 1 for the class of each frame on the most probable path, and 0 for all others."""
    model = MarkovModel.fitted(sequences.classes)
    paths = [
        list(most_probable_path(((index / sequences.rate, each) for index, each in enumerate(row)), model))
        for row in probabilities
    ]
    return np.eye(len(sequences.classes), dtype=np.float32)[np.array(paths)]


def found_stretches(probabilities: NDArray[np.float32], sequences: Sequences, shortest: float) -> list[Stretch]:
    """Return the segments of one sequence."""
    readings = []
    for index, shares in enumerate(probabilities):
        time = index / sequences.rate
        face = FaceReading(index, time, 1, Box(0, 0, 1, 1), 1.0, sequences.classes, shares, shares)
        readings.append(FrameReading(index, time, (face,)))
    return [
        Stretch(
            round(each.start * sequences.rate), round(each.end * sequences.rate), sequences.classes.index(each.emotion)
        )
        for each in find_segments(readings, shortest)
    ]


def matched(true: list[Stretch], found: list[Stretch]) -> dict[int, int]:
    """Return the place of the segment of each expression that has one, those with the most time in common first."""
    common = [(one.shared(other), place, at) for place, one in enumerate(true) for at, other in enumerate(found)]
    pairs: dict[int, int] = {}
    for frames, place, at in sorted(common, reverse=True):
        if frames and place not in pairs and at not in pairs.values():
            pairs[place] = at
    return pairs


def score(probabilities: Probabilities, sequences: Sequences, shortest: float) -> Score:
    """Return the errors of the segments of these probabilities, (N, T, classes)."""
    wrong = false = missed = 0
    errors: list[int] = []
    for row, truth, starts in zip(probabilities, sequences.truth, sequences.starts, strict=True):
        bounds = [*starts, len(truth)]
        true = [Stretch(start, bounds[n + 1], int(truth[start])) for n, start in enumerate(starts)]
        found = found_stretches(row, sequences, shortest)
        wrong += sum(int((truth[each.start : each.end] != each.label).sum()) for each in found)
        pairs = matched(true, found)
        false += len(found) - len(pairs)
        missed += len(true) - len(pairs)
        errors += [abs(found[at].start - true[place].start) for place, at in pairs.items() if place]
        errors += [abs(found[at].end - true[place].end) for place, at in pairs.items() if place < len(true) - 1]
    seconds = sequences.truth.size / sequences.rate
    mean, median = float(np.mean(errors)) / sequences.rate, float(np.median(errors)) / sequences.rate
    count = sum(len(starts) for starts in sequences.starts)
    return Score(wrong / sequences.truth.size, mean, median, false / seconds * 60, missed / count)


def print_table(sequences: Sequences) -> None:
    """Print the errors of each way."""
    ema = smoothed_by("ema", sequences)
    bayes = smoothed_by("bayes", sequences, hindsight=True)
    ways = {
        "labels of ema": ema,
        "labels of bayes": bayes,
        "path, raw": path_over(sequences.probabilities, sequences),
        "path, ema": path_over(ema, sequences),
        "path, bayes": path_over(bayes, sequences),
    }
    print(f"{f'{sequences.rate:g} frames/s':24}  wrong %   mean s median s  false/min  missed %")
    for shortest in SHORTEST_S:
        for name, probabilities in ways.items():
            print(f"{f'{name}, {shortest:g} s':24} {score(probabilities, sequences, shortest)}", flush=True)


def main() -> None:
    """Compose the sequences and print the tables."""
    (sequences,) = compose_as_asked(__doc__, "public_test", SEED, 0.0)
    print_table(sequences)
    print_table(sequences.every(3))


if __name__ == "__main__":
    main()
