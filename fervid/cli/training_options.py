"""The options of commands that train networks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from fervid.cli.data_options import Reading
from fervid.cli.options import setting_option
from fervid.cli.value_types import PathType
from fervid.core.machine import THREADS
from fervid.errors import UsageError

if TYPE_CHECKING:
    from fervid.data.dataset import DataSet
    from fervid.training.recipe import Recipe

P = ParamSpec("P")
R = TypeVar("R")


def learning_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--data``, ``--drop``, ``--set`` (as `changes`), ``--threads`` and ``--device``."""
    for option in (
        setting_option("device"),
        click.option("--threads", type=click.IntRange(*THREADS), help="CPU threads.  [default: all cores]"),
        click.option(
            "--set",
            "changes",
            metavar="KEY=VALUE",
            multiple=True,
            help="Another value than the recipe's; may be repeated.",
        ),
        click.option(
            "--drop",
            metavar="LIST",
            type=PathType(),
            help="Leave out the faces in this list, which fervid data clean has made.",
        ),
        click.option(
            "--data",
            type=PathType(),
            required=True,
            help="Kaggle's fer2013.csv or its folder, a folder of pictures for each emotion, or NumPy archives.",
        ),
    ):
        command = option(command)
    return command


def change(text: str) -> tuple[str, Any]:
    """Return the key and the value of a ``--set`` option.

    Raises:
        UsageError: The equals sign is missing.
    """
    from fervid.core.toml_files import parse_value

    key, sign, value = text.partition("=")
    if not sign:
        raise UsageError(f"--set {text} has no value", "write --set KEY=VALUE")
    return key.strip(), parse_value(value.strip())


def read_for(recipe: Recipe, data: Path, reading: Reading, drop: Path | None) -> DataSet:
    """Read the faces of `data` as `recipe` needs them, without those in the list `drop`."""
    from fervid.data.splits import divide

    faces = reading.faces(data, size=recipe.picture_size, colour=recipe.colour, drop=drop)
    return divide(faces, recipe.labels, recipe.auxiliary.labels)


def duration(seconds: float) -> str:
    """Format a duration for people, such as ``12 min``."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
