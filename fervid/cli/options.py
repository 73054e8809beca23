"""The options that several commands share. The options of the analysis come from the table in `fervid.settings`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeAlias, TypeVar

import click

from fervid import formats
from fervid.cli.file_options import beside, config_option, file_option
from fervid.cli.value_types import EngineType, FileType, OpenChoice, PathType, RegionType, RotationType, TimecodeType
from fervid.core.credentials import shown_address
from fervid.core.machine import JOBS
from fervid.core.regions import Regions
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.run.option_flags import flag
from fervid.settings import EXCLUSIVE, OPTIONS, Group, Option, Settings
from fervid.web.address import Address

P = ParamSpec("P")
R = TypeVar("R")

Tables: TypeAlias = Mapping[str, str]
"""The file of each requested table, or ``-`` for standard output, by the name of its format."""


def _text(option: Option) -> click.ParamType[Any]:
    if option.also:
        return OpenChoice(option.choices, option.also)
    return click.Choice(option.choices) if option.choices else click.STRING


_TYPES: Final[Mapping[type, Callable[[Option], click.ParamType[Any]]]] = {
    bool: lambda _: click.BOOL,
    int: lambda option: click.IntRange(*option.bounds or ()),
    float: lambda option: click.FloatRange(*option.bounds or ()),
    str: _text,
    Path: lambda _: PathType(),
    Timecode: lambda _: TimecodeType(),
    Regions: lambda _: RegionType(),
    Rotation: lambda _: RotationType(),
}


def settings_options(*groups: Group) -> Callable[[Callable[Concatenate[Settings, P], R]], Callable[P, R]]:
    """Give a command the options of these groups. It gets them as `Settings`, its first argument."""
    names = [name for name, option in OPTIONS.items() if option.group in groups]

    def decorate(command: Callable[Concatenate[Settings, P], R]) -> Callable[P, R]:
        @functools.wraps(command)
        def with_settings(*args: P.args, **kwargs: P.kwargs) -> R:
            values: dict[str, Any] = {name: kwargs.pop(name) for name in names}
            return command(Settings(**values), *args, **kwargs)

        wrapped: Callable[P, R] = with_settings
        return config_option(group_options(*groups)(wrapped))

    return decorate


def group_options(*groups: Group) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a command the options of these groups, each as an argument of its own."""

    def decorate(command: Callable[P, R]) -> Callable[P, R]:
        for name, option in reversed(list(OPTIONS.items())):
            if option.group in groups:
                command = setting_option(name)(command)
        return command

    return decorate


def setting_option(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Give a command the option of one setting, as an argument of its own."""
    option = OPTIONS[name]
    is_on = option.kind is bool and option.default
    has_default = option.kind is not bool and option.default is not None and option.singular is None
    others = [each for each in EXCLUSIVE if each != name] if name in EXCLUSIVE else []
    declare = functools.partial(file_option, gives_way=beside(*others)) if option.in_files else click.option
    return declare(
        flag(name),
        name,
        type=EngineType() if name == "engine" else _TYPES[option.kind](option),
        is_flag=option.kind is bool,
        default=option.default,
        multiple=option.singular is not None,
        show_default=is_on or has_default,
        help=f"{option.help}.",
    )


def message_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--quiet`` and ``-v``."""
    command = click.option("-v", "--verbose", is_flag=True, help="Report more details.")(command)
    return click.option("-q", "--quiet", is_flag=True, help="Report errors only.")(command)


def output_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--overwrite``, ``--quiet`` and ``-v``."""
    option = click.option("--overwrite", is_flag=True, help="Replace existing outputs.")
    return option(message_options(command))


def input_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that reads many inputs ``--recursive``."""
    return file_option("--recursive", is_flag=True, help="Read the subfolders of folders too.")(command)


def resume_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that reads many inputs ``--resume``."""
    text = "Pass over inputs whose results are complete, and were made with the same options, engine and input."
    return click.option("--resume", is_flag=True, help=text)(command)


def study_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that reads many recordings the options of a study, such as ``--resume`` and ``--jobs``."""
    summary = click.option(
        "--summary",
        type=PathType(),
        metavar="OUT.csv",
        help="Write the totals of each face of all inputs to this file.",
    )
    jobs = file_option(
        "--jobs",
        type=click.IntRange(*JOBS),
        show_default="half of the cores",
        help="Inputs to analyse at once, each in a process with models of its own.",
    )
    ray = click.option(
        "--ray",
        metavar="ADDRESS",
        help="Analyse the inputs on the Ray cluster with this head node (HOST:PORT); local starts one here.",
    )
    return input_options(resume_option(summary(jobs(ray(command)))))


def table_options(command: Callable[Concatenate[Tables, P], R]) -> Callable[P, R]:
    """Give a command an option for each format of tables. It gets them as `Tables`, its first argument."""
    forms = formats.of_kind("table")

    @functools.wraps(command)
    def with_tables(*args: P.args, **kwargs: P.kwargs) -> R:
        named: dict[str, Any] = {form.name: kwargs.pop(form.name) for form in forms}
        return command({name: file for name, file in named.items() if file is not None}, *args, **kwargs)

    wrapped: Callable[P, R] = with_tables
    for form in reversed(forms):
        wrapped = click.option(
            f"--{form.name}",
            type=FileType(),
            metavar=f"OUT{form.suffix}",
            help=f"Write a table as {form.name.upper()}, {form.description}; - is standard output.",
        )(wrapped)
    return wrapped


def parse_address(text: str, option: str, argument: str) -> Address:
    """Return the address in the value of an option.

    Args:
        text: The value.
        option: The name of the option, such as ``--serve``.
        argument: The argument of the command, which the option takes as its value if it comes directly after it.

    Raises:
        UsageError: The value is not an address.
    """
    if "://" in text or (Path(text).exists() and not text.isdigit()):
        raise UsageError(f"{option} takes HOST:PORT, not '{shown_address(text)}'", f"put {argument} before {option}")
    return Address.parse(text)
