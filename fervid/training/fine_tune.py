"""Going on from a trained engine with other people's pictures: the short recipe for it."""

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
"""A low rate, few epochs and mild augmentation, so that what the engine knows is bent and not broken."""

_STEPS: Final = 8
"""In an epoch, at least, where the pictures are few."""


def recipe(engine: str, changes: dict[str, Any], path: Path | None = None) -> Recipe:
    """How to go on from `engine`.

    Network, size, colour and normalisation are the engine's own, for its weights are of no use with others.

    Args:
        engine: The name of a shipped engine, or the folder of another.
        changes: Values for some keys, as for `Recipe.load`; they come before everything else.
        path: A recipe that says all the rest; `RECIPE` by default.

    Raises:
        EngineError: There is no such engine, or it is damaged.
        RecipeError: A key is unknown or its value wrong; or the engine normalises each colour in its own way.
    """
    folder = resolve(engine)
    manifest = Manifest.load(folder)
    spec = manifest.input
    if len(set(spec.mean)) > 1 or len(set(spec.std)) > 1:
        raise RecipeError(
            f"{engine} normalises each colour in its own way, which no recipe can", "choose another engine"
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
    """A batch no larger than `batch` of which so many `faces` make a few steps an epoch: a power of two, at least 2."""
    most = max(2, faces // _STEPS)
    return batch if batch <= most else 2 ** int(math.log2(most))
