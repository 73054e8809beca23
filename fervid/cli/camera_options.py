"""The options of commands that open a live source."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import click

from fervid.cli.file_options import file_option
from fervid.sources.base import CAMERA_FORMATS, CAMERA_RATE, CAMERA_RATE_BOUNDS, CAMERA_SIZE

P = ParamSpec("P")
R = TypeVar("R")


class SizeType(click.ParamType[tuple[int, int]]):
    """A width and a height in pixels, such as 1280x720."""

    name = "WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Parse a value; click reports an invalid one."""
        if isinstance(value, tuple):
            return value
        match = re.fullmatch(r"([1-9]\d{1,4})x([1-9]\d{1,4})", value)
        if match is None:
            self.fail(f"'{value}' is not a size; write it as 1280x720", param, ctx)
        return int(match[1]), int(match[2])


class NumberType(click.FloatRange):
    """A number within bounds. Unlike the base class, it rejects ``nan``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a value; click reports an invalid one."""
        number: float = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"'{value}' is not a number", param, ctx)
        return number


def camera_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--size``, ``--fps``, ``--format`` and ``--mirror``."""
    for decorate in (
        file_option("--mirror", is_flag=True, help="Mirror the picture."),
        click.option(
            "--format",
            "form",
            type=click.Choice(CAMERA_FORMATS),
            default=CAMERA_FORMATS[0],
            show_default=True,
            help="Encoding to request from a camera; auto is mjpg if the camera is too slow otherwise.",
        ),
        click.option(
            "--fps",
            type=NumberType(*CAMERA_RATE_BOUNDS),
            help=f"Frame rate to request from a camera.  [default: {CAMERA_RATE:g}]",
        ),
        click.option(
            "--size",
            type=SizeType(),
            help="Frame size to request from a camera.  [default: {}x{}]".format(*CAMERA_SIZE),
        ),
    ):
        command = decorate(command)
    return command
