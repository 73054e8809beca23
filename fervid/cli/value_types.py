"""The types of values on the command line that click does not know."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from fervid.core.regions import Region
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.engines import shipped
from fervid.errors import UsageError

if TYPE_CHECKING:
    _ClickPath = click.Path[Path]
else:
    _ClickPath = click.Path  # generic since click 8.5.1


class FileType(click.types.StringParamType):
    """A text that is mostly the name of a file, which a shell completes, but can be a pattern, an address or ``-``."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Accept a text that is not empty; click reports an empty one."""
        return super().convert(_named(self, value, param, ctx), param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem[Any]]:
        """Leave the names of files to the shell."""
        return [CompletionItem(incomplete, type="file")]


class PathType(_ClickPath):
    """The path of a file or folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Accept a path that is not empty; click reports an empty one."""
        return super().convert(_named(self, value, param, ctx), param, ctx)


class EngineType(FileType):
    """An engine: the name of one that ships with fervid, or the path of another."""

    name = "engine"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[Any]]:
        """Return the names that begin with `incomplete`; if none does, leave it to the shell as a file.

        Not both: click's script for zsh cannot tell an empty name of a file from the names that follow it.
        """
        names = [CompletionItem(name) for name in ("auto", *shipped()) if name.startswith(incomplete)]
        return names or super().shell_complete(ctx, param, incomplete)


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


def _named(kind: click.ParamType[Any], value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
    """Return a value; click reports what is no name of a file, but a slip.

    That is an empty text, which Python would take for the current folder, and the next option in place of the value of
    the one before.
    """
    if value == "":
        kind.fail("it is empty; is a variable of the shell not set?", param, ctx)
    if isinstance(param, click.Option) and str(value).startswith("-") and str(value) != "-":
        kind.fail(f"'{value}' is an option, not a file; a file of that name is './{value}'", param, ctx)
    return value
