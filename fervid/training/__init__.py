"""Training of networks: recipes, augmentation, the training loop, checkpoints and tuning.

Here are only the choices that the command line offers, which it reads without loading the rest.

The runtime never imports this package.
"""

from __future__ import annotations

from typing import Final

SEEDS: Final = (0, 2**31 - 1)
"""The smallest and the largest seed."""

SAMPLERS: Final = ("tpe", "random", "annealing")
"""The ways to propose the next trial of a study; the first one is the default."""

TRIALS: Final = 30
"""The default number of trials of a study."""

TRIALS_BOUNDS: Final = (1, 100_000)
