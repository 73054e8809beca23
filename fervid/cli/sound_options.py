"""The options for the sound of recordings."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

P = ParamSpec("P")
R = TypeVar("R")


def sound_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--no-sound``."""
    for decorate in (
        click.option("--no-sound", is_flag=True, help="Leave the sound of a stream or a video out of recordings."),
    ):
        command = decorate(command)
    return command
