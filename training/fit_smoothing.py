"""Fit the model of ``--smoothing bayes``: python training/fit_smoothing.py DATA [--sequences N] [--engine ENGINE].

DATA is FER2013 with the votes of FER+. Sequences of known expressions are composed from faces of public_test
(`benchmarks/composed_sequences.py`): the engine knows the faces of training too well, and private_test is for judging
(`benchmarks/smoothing.py`).

Printed are

- the best combinations of a grid, for `fervid/smooth/markov.py`, and the best time constants of ``ema``. The cost to
  keep low is the share of wrong frames, where each false change counts as half a second of them: a label that flickers
  is worse than one that is a little late;
- the calibration error of the beliefs without later frames for several temperatures, on these sequences and on ones of
  which some pictures are spoilt;
- for each smoother the least certainty (``--certain``, for `fervid/smooth/__init__.py`) with which as many readings of
  good pictures are uncertain as with ``ema`` and its own one, and what that gives.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder `benchmarks` is in the parent folder

from benchmarks.composed_sequences import SPOILT_SHARE, Sequences, compose_as_asked
from benchmarks.smoothing import Probabilities, Score, score, smoothed_by
from fervid.evaluation.calibration import apply_temperature, confidence_bins, expected_calibration_error
from fervid.run.analyser import QUALITY_TIME
from fervid.smooth import CERTAIN
from fervid.smooth.ema import Exponential
from fervid.smooth.markov import MarkovModel, proportions

SEED = 1
FALSE_CHANGE_S: Final = 0.5
"""The seconds of wrong frames that a false change counts as."""

EMA_TIMES: Final = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.7, 1.0)
SHARES: Final = (0.25, 0.35, 0.45, 0.55)
RATES: Final = (3.0, 5.0, 8.0, 12.0, 18.0)
CORRELATIONS: Final = (0.03, 0.05, 0.08, 0.12, 0.2)
SHOWN: Final = 5
"""The number of combinations that are printed."""

TEMPERATURES: Final = tuple(place / 20 for place in range(10, 21))


def filtered(model: MarkovModel, sequences: Sequences) -> NDArray[np.float64]:
    """Return the beliefs about all sequences at once, (N, T, classes), without the frames that follow."""
    beliefs, elapsed = sequences.probabilities.astype(np.float64), 1 / sequences.rate
    likelihoods = model.likelihood(sequences.probabilities, elapsed)
    for frame in range(1, beliefs.shape[1]):
        belief = model.forward(beliefs[:, frame - 1], elapsed) * likelihoods[:, frame]
        beliefs[:, frame] = belief / belief.sum(-1, keepdims=True)
    return beliefs


def cost(found: Score) -> float:
    """Return the share of the time that is wrong, with a price for each false change."""
    return found.wrong + found.false / 60 * FALSE_CHANGE_S


def print_fit(sequences: Sequences) -> None:
    """Print what fits the sequences best."""
    averages = [
        (f"ema {time:g} s", score(smoothed_by("ema", sequences, seconds=time), sequences)) for time in EMA_TIMES
    ]
    models = []
    for share, rate, correlation in itertools.product(SHARES, RATES, CORRELATIONS):
        model = MarkovModel(proportions(sequences.classes, share), rate, correlation)
        name = f"neutral {share:g}, rate {rate:g}/s, correlation {correlation:g} s"
        models.append((name, score(filtered(model, sequences), sequences)))
    print(f"{'':50}  wrong %  delay s false/min    ECE %   cost %")
    for rows in (averages, models):
        for name, found in sorted(rows, key=lambda row: cost(row[1]))[:SHOWN]:
            print(f"{name:50} {found} {100 * cost(found):8.1f}", flush=True)
    name, found = min(averages, key=lambda row: row[1].wrong)
    print(f"fewest wrong frames with ema: {name}, {100 * found.wrong:.1f} %")


def print_temperatures(good: Sequences, spoilt: Sequences) -> None:
    """Print the calibration error of beliefs without later frames, for each temperature."""
    print("temperature   ECE %, good   ECE %, some spoilt   mean")
    beliefs = [(filtered(MarkovModel.fitted(each.classes), each), each.truth) for each in (good, spoilt)]
    for temperature in TEMPERATURES:
        errors = []
        for belief, truth in beliefs:
            given = apply_temperature(belief.reshape(-1, belief.shape[2]).astype(np.float32), temperature)
            errors.append(100 * expected_calibration_error(confidence_bins(given, truth.ravel())))
        print(f"{temperature:11.2f} {errors[0]:13.1f} {errors[1]:20.1f} {np.mean(errors):6.1f}", flush=True)


def print_certainties(good: Sequences, spoilt: Sequences) -> None:
    """Print the least certainty for each smoother, the uncertain readings, and the right ones among the others."""
    ways = {
        "ema": ("ema", False),
        "none": ("none", False),
        "bayes, live": ("bayes", False),
        "bayes, files": ("bayes", True),
    }
    share = 0.0
    print(f"{'':14} least certainty   uncertain, right of the others, %: good pictures, some spoilt")
    for name, (smoother, hindsight) in ways.items():
        found = [_certainties(smoothed_by(smoother, each, hindsight=hindsight), each) for each in (good, spoilt)]
        certainty, _ = found[0]
        share = share or float((certainty < CERTAIN["ema"]).mean())
        least = float(np.quantile(certainty, share))
        figures = [figure for each in found for figure in _judged(*each, least)]
        print(f"{name:14} {least:15.2f}  ", *(f"{100 * figure:8.1f}" for figure in figures), flush=True)


def _certainties(probabilities: Probabilities, sequences: Sequences) -> tuple[NDArray[np.floating], NDArray[np.bool_]]:
    """Return the certainty of each reading, (N, T), and True where it is right."""
    average = Exponential(QUALITY_TIME)
    columns = [average.smooth(1, at / sequences.rate, column) for at, column in enumerate(sequences.qualities.T)]
    certainty = probabilities.max(2) * np.stack(columns, axis=1)
    return certainty, probabilities.argmax(2) == sequences.truth


def _judged(certainty: NDArray[np.floating], right: NDArray[np.bool_], least: float) -> tuple[float, float]:
    """Return the share of uncertain readings, and that of right ones among the others."""
    return float((certainty < least).mean()), float(right[certainty >= least].mean())


def main() -> None:
    """Compose the sequences and print what fits them best."""
    good, spoilt = compose_as_asked(__doc__, "public_test", SEED, 0.0, SPOILT_SHARE)
    print_temperatures(good, spoilt)
    print_certainties(good, spoilt)
    print_fit(good)


if __name__ == "__main__":
    main()
