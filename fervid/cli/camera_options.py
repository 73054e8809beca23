"""The options of commands that look at a live source."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click

from fervid.sources.base import CAMERA_FORMATS, CAMERA_RATE, CAMERA_RATE_BOUNDS, CAMERA_SIZE

P = ParamSpec("P")
R = TypeVar("R")


class SizeType(click.ParamType[tuple[int, int]]):
    """A width and a height in pixels, as 1280x720."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Parse `value`, with click's own usage error for a wrong one."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", value)
        if match is None:
            self.fail(f"'{value}' is not a size; write it as 1280x720", param, ctx)
        return int(match[1]), int(match[2])


class NumberType(click.FloatRange):
    """A number within bounds; ``nan``, which no bound refuses, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse `value`, with click's own usage error for a wrong one."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"'{value}' is not a number", param, ctx)
        return number


def camera_options(command: Callable[P, R]) -> Callable[P, R]:
    """SOURCE, ``--size``, ``--fps``, ``--format`` and ``--mirror``."""
    for decorate in (
        click.option("--mirror", is_flag=True, help="Mirror the picture, as a looking glass does."),
        click.option(
            "--format",
            "form",
            type=click.Choice(CAMERA_FORMATS),
            default=CAMERA_FORMATS[0],
            show_default=True,
            help="How a camera sends its pictures; auto is mjpg where it is too slow otherwise.",
        ),
        click.option(
            "--fps",
            type=NumberType(*CAMERA_RATE_BOUNDS),
            help=f"Frames a second to ask a camera for.  [default: {CAMERA_RATE:g}]",
        ),
        click.option(
            "--size",
            type=SizeType(),
            help="Size of pictures to ask a camera for.  [default: {}x{}]".format(*CAMERA_SIZE),
        ),
        click.argument("source", default="0", metavar="[SOURCE]"),
    ):
        command = decorate(command)
    return command
