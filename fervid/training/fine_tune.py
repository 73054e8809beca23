"""The recipe for fine-tuning a trained engine on a user's own labelled images."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

from fervid.engines import resolve
from fervid.engines.manifest import Manifest
from fervid.errors import RecipeError
from fervid.training.recipe import Recipe

RECIPE: Final[dict[str, Any]] = {
    "epochs": 20,
    "batch": 32,
    "rate": 0.01,
    "warm_up": 0.2,
    "label_smoothing": 0.1,
    "averaging": 1.0,
    "augmentation": {
        "mirror": 0.5,
        "rotation": 10.0,
        "shift": 0.05,
        "scale": 0.1,
        "brightness": 0.1,
        "contrast": 0.2,
    },
}
"""A low learning rate, few epochs and mild augmentation, so that the engine adapts without forgetting."""

_STEPS: Final = 8
"""The smallest number of steps in an epoch for which the batch is reduced."""


def recipe(engine: str, changes: dict[str, Any], path: Path | None = None) -> Recipe:
    """Return the recipe that fine-tunes `engine`.

    Network, size, colour and normalisation are those of the engine, since its weights are useless with others.

    Args:
        engine: The name of a shipped engine, or the folder of another.
        changes: Values for some keys, as in `Recipe.load`; they take precedence.
        path: A recipe for the remaining keys; None for `RECIPE`.

    Raises:
        EngineError: The engine does not exist or is damaged.
        RecipeError: A key is unknown, a value is invalid, or the engine normalises each colour channel differently.
    """
    folder = resolve(engine)
    manifest = Manifest.load(folder)
    spec = manifest.input
    if len(set(spec.mean)) > 1 or len(set(spec.std)) > 1:
        raise RecipeError(
            f"{engine} normalises each colour channel differently, which recipes do not support",
            "choose another engine",
        )
    own = {
        "network": manifest.network,
        "start": engine,
        "size": spec.size,
        "colour": spec.colour,
        "mean": spec.mean[0],
        "std": spec.std[0],
    }
    if path is not None:
        return Recipe.load(path, own | changes)
    return Recipe.of(RECIPE | own, f"{manifest.name}-fine-tuned", changes)


def fitting_batch(batch: int, faces: int) -> int:
    """Return a batch size, at most `batch`, that leaves a few steps in an epoch of `faces`: a power of two, from 2."""
    most = max(2, faces // _STEPS)
    return batch if batch <= most else 2 ** int(math.log2(most))
