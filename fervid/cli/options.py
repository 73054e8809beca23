"""The options that several commands share, built from the table in `fervid.settings`."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.settings import Settings, default_of, option_of
from fervid.web.address import Address

P = ParamSpec("P")
R = TypeVar("R")


class TimecodeType(click.ParamType[Timecode]):
    """Seconds, hh:mm:ss.sss, or a frame as 120f."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Timecode:
        """Parse `value`, with click's own usage error for a wrong one."""
        if isinstance(value, Timecode):
            return value
        try:
            return Timecode.parse(value)
        except UsageError as error:
            self.fail(str(error), param, ctx)


_NAMES = [field.name for field in dataclasses.fields(Settings)]
_OF_PICTURES = {"blur"}
_OF_TIME = {"batch", "every", "smoothing", "smoothing_time", "start", "end"}

_TYPES: dict[str, click.ParamType[Any]] = {
    "detector_model": click.Path(path_type=Path),
    "start": TimecodeType(),
    "end": TimecodeType(),
}


def _click_option(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The click option for one field of `Settings`: its type, default, bounds and help come from there."""
    option, default = option_of(name), default_of(name)
    flag = "--" + name.replace("_", "-")
    if isinstance(default, bool):
        return click.option(flag, is_flag=True, default=default, help=f"{option.help}.")
    kind = _TYPES.get(name)
    if kind is None and option.choices:
        kind = click.Choice(option.choices)
    elif kind is None and isinstance(default, int):
        kind = click.IntRange(int(option.low or 0), None if option.high is None else int(option.high))
    elif kind is None and isinstance(default, float):
        kind = click.FloatRange(option.low, option.high)
    return click.option(flag, type=kind, default=default, show_default=default is not None, help=f"{option.help}.")


def analysis_options(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """Give `command` an option for each field of `Settings`; it receives them as its first argument."""
    return _settings_options(command, _NAMES)


def timeline_options(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """`analysis_options` for a command that writes no pictures in which faces could be hidden."""
    return _settings_options(command, [name for name in _NAMES if name not in _OF_PICTURES])


def live_options(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """`analysis_options` for a command in which no frame waits for others to fill a batch."""
    return _settings_options(command, [name for name in _NAMES if name != "batch"])


def still_options(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
    """`analysis_options` for still pictures, without those that have to do with time."""
    return _settings_options(command, [name for name in _NAMES if name not in _OF_TIME])


def _settings_options(command: Callable[Concatenate[Settings, P], R], names: Sequence[str]) -> Callable[P, R]:
    """Options for the fields `names` of `Settings`."""

    @functools.wraps(command)
    def with_settings(*args: P.args, **kwargs: P.kwargs) -> R:
        values: dict[str, Any] = {name: kwargs.pop(name) for name in names}
        return command(Settings(**values), *args, **kwargs)

    wrapped: Callable[P, R] = with_settings
    for name in reversed(names):
        wrapped = _click_option(name)(wrapped)
    return wrapped


def engine_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--device``, ``--backend`` and ``--precision``."""
    for name in ("precision", "backend", "device"):
        command = _click_option(name)(command)
    return command


def message_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--quiet`` and ``-v``."""
    command = click.option("-v", "--verbose", is_flag=True, help="Say more about what is done.")(command)
    return click.option("-q", "--quiet", is_flag=True, help="Say nothing but what went wrong.")(command)


def output_options(command: Callable[P, R]) -> Callable[P, R]:
    """``--overwrite``, ``--quiet`` and ``-v``."""
    option = click.option("--overwrite", is_flag=True, help="Replace outputs that are there already.")
    return option(message_options(command))


def address_of(text: str, option: str, argument: str) -> Address:
    """Return the address that `option` names.

    Args:
        text: What the option said.
        option: Its name.
        argument: The argument that a user may have written behind the option, taking it for one without a value.

    Raises:
        UsageError: It is no address.
    """
    if "://" in text or (Path(text).exists() and not text.isdigit()):
        raise UsageError(f"{option} takes HOST:PORT, not '{text}'", f"put {argument} before {option}")
    return Address.parse(text)
