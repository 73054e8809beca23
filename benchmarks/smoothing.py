"""Compare the smoothers on composed sequences: python benchmarks/smoothing.py DATA [--sequences N] [--engine ENGINE].

DATA is FER2013 with the votes of FER+. Sequences of known expressions are composed from faces of private_test
(`benchmarks/composed_sequences.py`), which neither the engine nor the smoothers were fitted to, and smoothed at 30 and
at 10 frames a second. The second pair of tables is for sequences of which three tenths of the expressions are covered,
masked, dark or blurred for as long as they stay. Printed for each smoother are:

- the frames whose label is wrong, in per cent; many show a face that the engine takes for something else throughout,
  which no smoothing can mend;
- the delay of a change in seconds, from half of its onset: the mean over the expressions that the engine recognises;
- the false changes of the label a minute: all but the first one to the right label, for each expression;
- the expected calibration error in per cent: the mean gap between confidence and the share of right labels.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder `benchmarks` is in the parent folder

from benchmarks.composed_sequences import ONSET_S, SPOILT_SHARE, Sequences, compose_as_asked
from fervid import smooth
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.evaluation.calibration import confidence_bins, expected_calibration_error
from fervid.run.hindsight import look_back
from fervid.settings import Settings
from fervid.smooth.base import Smoother

SEED = 2

EMA_TIMES: Final = (0.05, 0.1, 0.2, 0.3, 0.35, 0.5)
"""The time constants to compare: on the sequences of the fit, 0.05 s gives the fewest wrong frames and 0.35 s the least
cost (`training/fit_smoothing.py`); 0.3 s is the default."""

Probabilities = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Score:
    """The errors of a smoother.

    Attributes:
        wrong: The share of the frames with a wrong label.
        delay: The mean delay of a change, in seconds.
        false: False changes a minute.
        calibration: The expected calibration error of the probabilities, 0 to 1.
    """

    wrong: float
    delay: float
    false: float
    calibration: float

    def __str__(self) -> str:
        """Return a row of the table."""
        return f"{100 * self.wrong:8.1f} {self.delay:8.2f} {self.false:8.1f} {100 * self.calibration:8.1f}"


def score(smoothed: NDArray[np.floating], sequences: Sequences) -> Score:
    """Return the errors of smoothed probabilities, (N, T, classes)."""
    labels, truth = smoothed.argmax(2), sequences.truth
    count, frames = labels.shape
    early = round(ONSET_S[1] / 2 * sequences.rate)  # a change may be seen as soon as its onset begins
    delays, false = [], 0
    for row, (shown, true, starts) in enumerate(zip(labels, truth, sequences.starts, strict=True)):
        changes = np.flatnonzero(np.diff(shown)) + 1
        bounds = [0, *(start - early for start in starts[1:]), frames]
        for number, start in enumerate(starts):
            begin, end = bounds[number], bounds[number + 1]
            within = changes[(changes >= begin) & (changes < end)]
            arrived = number > 0 and (shown[within] == true[start]).any()
            false += len(within) - int(arrived)
            following = starts[number + 1] if number + 1 < len(starts) else frames
            recognised = sequences.probabilities[row, start:following].mean(0).argmax() == true[start]
            if number and recognised:
                right = np.flatnonzero(shown[begin:following] == true[start])
                delays.append(right[0] - (start - begin) if len(right) else following - start)
    minutes = count * frames / sequences.rate / 60
    bins = confidence_bins(smoothed.reshape(-1, smoothed.shape[2]), truth.ravel())
    wrong, delay = float((labels != truth).mean()), float(np.mean(delays)) / sequences.rate
    return Score(wrong, delay, false / minutes, expected_calibration_error(bins))


def smoothed_by(name: str, sequences: Sequences, *, seconds: float = 0.3, hindsight: bool = False) -> Probabilities:
    """Return the probabilities of all sequences as a smoother leaves them, with the frames that follow or without."""
    settings = Settings(smoothing=name, smoothing_time=seconds)
    rows = []
    for probabilities in sequences.probabilities:
        smoother = smooth.create(settings, sequences.classes)
        results = _readings(probabilities, sequences, smoother)
        if hindsight:
            results = look_back(results, smoother, 0.0)
        rows.append([reading.faces[0].probabilities for _, reading in results])
    return np.array(rows)


def _readings(
    probabilities: Probabilities, sequences: Sequences, smoother: Smoother
) -> Iterator[tuple[Frame, FrameReading]]:
    """Yield frames of a single pixel, each with the reading of its one face."""
    pixel = np.zeros((1, 1, 3), np.uint8)
    for index, raw in enumerate(probabilities):
        frame = Frame(pixel, index, index, 1 / Fraction(sequences.rate).limit_denominator(1000))
        smoothed = smoother.smooth(1, frame.time, raw)
        face = FaceReading(index, frame.time, 1, Box(0, 0, 1, 1), 1.0, sequences.classes, smoothed, raw)
        yield frame, FrameReading(index, frame.time, (face,))


def print_table(sequences: Sequences, times: Sequence[float] = EMA_TIMES) -> None:
    """Print the errors of each smoother."""
    print(f"{sequences.rate:g} frames/s            wrong %  delay s false/min    ECE %")
    print(f"{'none':20} {score(sequences.probabilities, sequences)}")
    for seconds in times:
        print(f"{f'ema {seconds:g} s':20} {score(smoothed_by('ema', sequences, seconds=seconds), sequences)}")
    print(f"{'bayes, live':20} {score(smoothed_by('bayes', sequences), sequences)}")
    print(f"{'bayes, files':20} {score(smoothed_by('bayes', sequences, hindsight=True), sequences)}", flush=True)


def main() -> None:
    """Compose the sequences and print the tables."""
    good, spoilt = compose_as_asked(__doc__, "private_test", SEED, 0.0, SPOILT_SHARE)
    for name, sequences in (("good pictures", good), ("some pictures spoilt", spoilt)):
        print(f"\n{name}")
        print_table(sequences)
        print_table(sequences.every(3))


if __name__ == "__main__":
    main()
