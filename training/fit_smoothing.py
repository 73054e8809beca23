"""Fit the model of ``--smoothing bayes``: python training/fit_smoothing.py DATA [--sequences N] [--engine ENGINE].

DATA is FER2013 with the votes of FER+. Sequences of known expressions are composed from faces of public_test
(`benchmarks/composed_sequences.py`): the engine knows the faces of training too well, and private_test is for judging
(`benchmarks/smoothing.py`).

Printed are the best combinations of a grid, for `fervid/smooth/markov.py`, and the best time constants of ``ema``. The
cost to keep low is the share of wrong frames, where each false change counts as half a second of them: a label that
flickers is worse than one that is a little late.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder `benchmarks` is in the parent folder

from benchmarks.composed_sequences import Sequences, compose_as_asked
from benchmarks.smoothing import Score, score, smoothed_by
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


def main() -> None:
    """Compose the sequences and print what fits them best."""
    print_fit(compose_as_asked(__doc__, "public_test", SEED))


if __name__ == "__main__":
    main()
