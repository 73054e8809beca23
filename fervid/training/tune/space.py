"""The search space of a study: the table ``[tune]`` of the recipe's file.

[tune]
rate = { low = 0.001, high = 0.3, log = true }
batch = { choices = [64, 128, 256] }
augmentation.rotation = { low = 0, high = 20 }
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeAlias

from optuna.distributions import BaseDistribution

from fervid.errors import RecipeError
from fervid.training import toml
from fervid.training.recipe import OPTIMIZERS, TUNE, Recipe
from fervid.training.tune.parameter import Choices, Range

Space: TypeAlias = Mapping[str, Range | Choices]
"""The parameters by the key of the recipe; a key of a table is ``table.key``."""

_RANGE: Final = frozenset({"low", "high", "log"})
_CHOICES: Final = frozenset({"choices"})
_SHAPE: Final = "make it { low = ..., high = ... } or { choices = [...] }"
_FIXED: Final = {
    "labels": "accuracies against different labels cannot be compared",
    "seed": "a lucky seed is not a better recipe",
}


def read(path: Path, recipe: Recipe) -> Space:
    """Return the search space in the file of `recipe`, or `default` if it has none.

    Raises:
        RecipeError: A key is unknown or cannot be tuned, or a value is not valid for the recipe.
    """
    document, text = toml.load(path)
    origin = toml.Origin(str(path), text)
    table = document.get(TUNE)
    if table is None:
        return default(recipe)
    if not isinstance(table, Mapping) or not table:
        raise RecipeError(f"{origin.of(TUNE)} has nothing to tune", f"add keys of the recipe to the table [{TUNE}]")
    space = {}
    for key, given in _flat(table):
        where = origin.of(f"{TUNE}.{key}").rstrip(",") + f", [{TUNE}]"
        space[key] = _parameter(recipe, key, given, where)
    return space


def default(recipe: Recipe) -> Space:
    """Return a space of learning rate, batch size, optimizer and epochs that includes the recipe's own values.

    No trial has more epochs than the recipe.
    """
    rate = recipe.rate or 0.05
    space: dict[str, Range | Choices] = {
        "rate": Range(low=min(1e-4, rate), high=max(0.3, rate), log=True),
        "batch": Choices(tuple(sorted({64, 128, 256, recipe.batch}))),
        "optimizer": Choices(OPTIMIZERS),
    }
    if recipe.epochs > 1:
        space["epochs"] = Range(low=math.ceil(recipe.epochs / 2), high=recipe.epochs, whole=True)
    return space


def own_values(recipe: Recipe, space: Space) -> dict[str, Any] | None:
    """Return the values of `recipe` for the keys of `space`; None if one lies outside the space."""
    values = {key: attrgetter(key)(recipe) for key in space}
    return values if all(value in space[key] for key, value in values.items()) else None


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """Return the space as Optuna distributions."""
    return {key: parameter.distribution() for key, parameter in space.items()}


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield each key with its definition; keys of nested tables become ``table.key``."""
    for key, given in table.items():
        if isinstance(given, Mapping) and not given.keys() & (_RANGE | _CHOICES):
            yield from _flat(given, f"{prefix}{key}.")
        else:
            yield prefix + key, given


def _parameter(recipe: Recipe, key: str, given: Any, where: str) -> Range | Choices:
    if key in _FIXED:
        raise RecipeError(f"{where} has {key}, which cannot be tuned: {_FIXED[key]}", "remove it")
    keys = set(given) if isinstance(given, Mapping) else set()
    if keys == _CHOICES and isinstance(given["choices"], list):
        values = tuple(_allowed(recipe, key, value, where) for value in given["choices"])
        if len(set(values)) < 2 or len(set(values)) < len(values):
            raise RecipeError(f"{where} has too few distinct choices for {key}", "give two or more, each once")
        return Choices(values)
    if not {"low", "high"} <= keys <= _RANGE or not isinstance(given.get("log", False), bool):
        raise RecipeError(f"{where} has an invalid value for {key}", _SHAPE)
    low, high = (_allowed(recipe, key, given[end], where) for end in ("low", "high"))
    if isinstance(low, bool | str):
        raise RecipeError(f"{where} has bounds for {key}, which is not a number", "use { choices = [...] }")
    if low >= high or (given.get("log") and low <= 0):
        remedy = "make low smaller than high" + (", and larger than 0 with log = true" if low <= 0 else "")
        raise RecipeError(f"{where} has {key} from {low} to {high}", remedy)
    return Range(low=low, high=high, log=given.get("log", False), whole=isinstance(low, int))


def _allowed(recipe: Recipe, key: str, value: Any, where: str) -> Any:
    """Return the value as the recipe stores it; an integer becomes a float where the key is one."""
    changed = toml.read(Recipe, toml.changed(recipe.document(), {key: value}), toml.Origin(where))
    taken = attrgetter(key)(changed)
    if not isinstance(taken, bool | int | float | str):
        raise RecipeError(f"{where} has {key}, which is not a single value", "remove it")
    return taken
