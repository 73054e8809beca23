"""What a training run is made of, read from a TOML file."""

from __future__ import annotations

import dataclasses
import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.errors import RecipeError
from fervid.networks import NAMES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def _key(low: float, high: float, default: Any = dataclasses.MISSING) -> Any:
    """A field with bounds, which are allowed values too."""
    return dataclasses.field(default=default, metadata={"bounds": (low, high)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How far each random change of a training picture may go; 0 leaves it out.

    Attributes:
        mirror: Probability of exchanging left and right.
        rotation: Most degrees, to either side.
        shift: Most part of the width or height, to each side.
        scale: Most part by which a face grows or shrinks.
        brightness: Most change, where 1 is from black to white.
        contrast: Most part by which contrast grows or shrinks.
        erase: Probability of hiding one rectangle.
        erase_area: Most part of the picture that it hides.
    """

    mirror: float = _key(0, 1, 0.0)
    rotation: float = _key(0, 180, 0.0)
    shift: float = _key(0, 0.5, 0.0)
    scale: float = _key(0, 0.9, 0.0)
    brightness: float = _key(0, 1, 0.0)
    contrast: float = _key(0, 1, 0.0)
    erase: float = _key(0, 1, 0.0)
    erase_area: float = _key(0, 1, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides how a network is trained, but for the data and the machine.

    Stochastic gradient descent with Nesterov momentum and one cycle of the learning rate (Smith and Topin 2017,
    arXiv:1708.07120); cross-entropy with label smoothing (Szegedy et al. 2015, arXiv:1512.00567); the weights that
    count are an exponential moving average over the steps (Polyak and Juditsky 1992).

    Attributes:
        name: The file's name without its ending; it names the results.
        network: One of `fervid.networks.NAMES`.
        epochs: How often every face is seen.
        batch: Faces a step.
        seed: Where chance begins; the same seed on the same machine gives the same weights.
        mean: Subtracted from grey values of 0 to 1.
        std: What is left is divided by it.
        max_rate: The highest learning rate of the cycle.
        warm_up: The part of the run in which the rate rises.
        momentum: Of the gradient.
        weight_decay: L2 penalty of all weights.
        label_smoothing: Probability that is spread over all classes.
        averaging: Over about how many epochs the weights are averaged.
        augmentation: The table ``[augmentation]``.
    """

    name: str
    network: str
    epochs: int = _key(1, 100_000)
    batch: int = _key(2, 65_536, 128)
    seed: int = _key(0, 2**31 - 1, 1)
    mean: float = _key(0, 1, 0.5)
    std: float = _key(0.001, 1, 0.25)
    max_rate: float = _key(0, 10, 0.05)
    warm_up: float = _key(0, 1, 0.2)
    momentum: float = _key(0, 0.9999, 0.9)
    weight_decay: float = _key(0, 1, 5e-4)
    label_smoothing: float = _key(0, 0.99, 0.0)
    averaging: float = _key(0.001, 1000, 1.0)
    augmentation: Augmentation = Augmentation()

    def replace(self, **changes: Any) -> Recipe:
        """A copy with these keys changed.

        Raises:
            RecipeError: A value is out of its bounds.
        """
        return dataclasses.replace(self, **_check(f"the changed recipe {self.name}", Recipe, changes, ""))


def load(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        RecipeError: The file cannot be read, is no TOML, or has an unknown, missing or wrong key.
    """
    try:
        with path.open("rb") as file:
            document = tomllib.load(file)
    except OSError as error:
        raise RecipeError(f"{path} cannot be read ({error.strerror})", "give the path of a recipe") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not TOML ({error})", "repair it") from error
    augmentation = document.pop("augmentation", {})
    if not isinstance(augmentation, dict):
        raise RecipeError(f"{path} has a wrong value for augmentation", "make it the table [augmentation]")
    values = _check(str(path), Recipe, document, "")
    for key in ("network", "epochs"):
        if key not in values:
            raise RecipeError(f"{path} lacks the key {key}", "add it")
    if values["network"] not in NAMES:
        raise RecipeError(f"{path} names the unknown network {values['network']!r}", f"use {', '.join(NAMES)}")
    values["augmentation"] = Augmentation(**_check(str(path), Augmentation, augmentation, "augmentation."))
    return Recipe(name=path.stem, **values)


_KINDS: Final = {"int": "a whole number", "float": "a number", "str": "a text"}
_NOT_IN_FILES: Final = ("name", "augmentation")


def _check(where: str, table: type, values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The `values`, each of the type and within the bounds of the field of that name."""
    fields = {field.name: field for field in dataclasses.fields(table) if field.name not in _NOT_IN_FILES}
    checked = {}
    for key, value in values.items():
        if key not in fields:
            raise RecipeError(f"{where} has the unknown key {prefix}{key}", f"known are {', '.join(fields)}")
        kind = str(fields[key].type)
        if kind == "float" and type(value) is int:
            value = float(value)  # noqa: PLW2901 - a whole number is a number
        if type(value).__name__ != kind:
            raise RecipeError(f"{where} has a wrong value for {prefix}{key}", f"make it {_KINDS[kind]}")
        low, high = fields[key].metadata.get("bounds", (-math.inf, math.inf))
        if kind != "str" and not low <= value <= high:
            raise RecipeError(f"{where} has {prefix}{key} = {value}", f"give a number from {low} to {high}")
        checked[key] = value
    return checked
