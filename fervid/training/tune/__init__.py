"""Hyperparameter search over the keys of a recipe; needs Optuna, which comes with ``fervid[tune]``.

`space` is what may vary, `store` keeps the trials on disk, `samplers` propose the next trial, `study` runs them.
"""

from __future__ import annotations

from fervid.core.packages import require

require("optuna", "fervid[tune]")
