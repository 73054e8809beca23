"""Search for the values of a recipe's keys that make the network best; needs Optuna, which comes with ``fervid[tune]``.

`space` says what may vary, `store` keeps the trials on disk, `samplers` propose the next one, `run` trains them.
"""

from __future__ import annotations

from fervid.core.packages import require

require("optuna", "fervid[tune]")
