"""The types of values on the command line that click does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from fervid.core.regions import Region
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError


class TimecodeType(click.ParamType[Timecode]):
    """A time in seconds, as hh:mm:ss.sss, or as a frame such as 120f."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Timecode:
        """Parse a value; click reports an invalid one."""
        if isinstance(value, Timecode):
            return value
        try:
            return Timecode.parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class RotationType(click.Choice[str]):
    """A right angle by which pictures are turned."""

    def __init__(self) -> None:
        super().__init__([str(rotation) for rotation in Rotation])

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Parse a value; click reports an invalid one."""
        return Rotation.of(super().convert(str(value), param, ctx))


class RegionType(click.ParamType[Region]):
    """A part of a picture, in pixels or per cent."""

    name = "X,Y,W,H"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Region:
        """Parse a value; click reports an invalid one."""
        if isinstance(value, Region):
            return value
        try:
            return Region.parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


class OpenChoice(click.Choice[str]):
    """A choice that also takes some texts that it does not list."""

    def __init__(self, choices: Sequence[str], also: Callable[[str], bool]) -> None:
        super().__init__(choices)
        self._also = also

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept such a text, and treat others as a choice does."""
        return value if isinstance(value, str) and self._also(value) else super().convert(value, param, ctx)
