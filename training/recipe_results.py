"""The results of the recipes, from the files in each recipe's folder."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fervid.engines.manifest import CHANNELS
from fervid.training.recipe import Recipe

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of a recipe.

    Attributes:
        recipe: The recipe.
        metrics: The content of its ``metrics.json``.
        seconds: The duration of its fastest epoch.
    """

    recipe: Recipe
    metrics: dict[str, Any]
    seconds: float

    @property
    def accuracy(self) -> float:
        """The accuracy on private_test, 0 to 1."""
        return float(self.metrics["private_test"]["accuracy"])

    @property
    def channels(self) -> int:
        """The number of channels of the network's images."""
        return CHANNELS[self.recipe.colour]

    @property
    def is_shipped(self) -> bool:
        """True if the engine of the recipe ships with fervid."""
        return (HERE.parent / "engines" / self.recipe.name).is_dir()


def results() -> list[Result]:
    """Return the results of all recipes that have some, the most accurate first."""
    found = []
    for path in HERE.glob("*/metrics.json"):
        with (path.parent / "metrics.csv").open(encoding="utf-8", newline="") as file:
            seconds = min(float(row["seconds"]) for row in csv.DictReader(file))
        recipe = Recipe.load(HERE / f"{path.parent.name}.toml")
        found.append(Result(recipe, json.loads(path.read_text(encoding="utf-8")), seconds))
    return sorted(found, key=lambda result: (-result.accuracy, result.recipe.name))


def replaced(text: str, begin: str, end: str, content: str) -> str:
    """Return `text` with `content` between the markers `begin` and `end`, in place of what is there."""
    before, rest = text.split(begin)
    return before + begin + content + end + rest.split(end)[1]
