"""The options that a configuration file may set, the values that they get from it, and where a value comes from."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import click
from click.core import ParameterSource

from fervid.cli.value_types import PathType
from fervid.core.values import shown
from fervid.run.configuration import FILE_NAME, PROJECT_NAME, CommandOptions, Configuration
from fervid.settings import OPTIONS

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

COMMAND_LINE, FILE, DEFAULT = "command line", "file", "default"
"""The origins of a value."""

GivesWay = Callable[[Mapping[str, Any]], bool]
"""Tells from the values on the command line, by their names, whether the value of a file does not count beside them."""

_CONFIGURATION: Final = "fervid.configuration"


class FileOption(click.Option):
    """An option that a configuration file may set. All others are for the command line alone.

    Args:
        args: As for `click.Option`.
        gives_way: Tells when the command line contradicts the value of a file, which then does not count.
        kwargs: As for `click.Option`.
    """

    def __init__(self, *args: Any, gives_way: GivesWay | None = None, **kwargs: Any) -> None:
        if not kwargs.get("is_flag"):
            # Said aloud, because click's own mark for "no default" is no value.
            kwargs.setdefault("default", () if kwargs.get("multiple") else None)
        super().__init__(*args, **kwargs)
        self.gives_way = gives_way or beside()

    @property
    def key(self) -> str:
        """The name in a file, with underscores."""
        return _key(self)

    @property
    def usual(self) -> Any:
        """The value where neither the command line nor a file sets it."""
        return self.get_default(click.Context(click.Command(None)))  # a context in use has the values of its file


def file_option(*names: str, gives_way: GivesWay | None = None, **rest: Any) -> Callable[[F], F]:
    """Give a command an option that a configuration file may set. A flag gets its opposite for the command line.

    Args:
        names: As for `click.option`; the first one is the flag.
        gives_way: As for `FileOption`.
        rest: As for `click.option`.
    """
    if rest.get("is_flag"):
        flag, *others = names
        opposite = "--" + flag.removeprefix("--no-") if flag.startswith("--no-") else flag.replace("--", "--no-", 1)
        names = (f"{flag}/{opposite}", *others)
    return click.option(*names, cls=FileOption, gives_way=gives_way, **rest)


def beside(*names: str) -> GivesWay:
    """Return the condition that one of these options is on the command line."""
    return lambda typed: any(name in typed for name in names)


def _key(option: click.Option) -> str:
    return max(option.opts, key=len).removeprefix("--").replace("-", "_")


def config_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--config``, and the options of that file, or else of the nearest one, as defaults."""

    def read(context: click.Context, _: click.Parameter, path: Path | None) -> None:
        if context.resilient_parsing:
            return
        tables = command_tables(context.find_root().command)
        place = _current_folder()
        found = Configuration.find(place, tables) if path is None else Configuration.load(path, tables)
        context.meta[_CONFIGURATION] = found
        context.default_map = {**(context.default_map or {}), **_by_parameter(context.command, found)}

    @functools.wraps(command)
    def with_file(*args: P.args, **kwargs: P.kwargs) -> R:
        context = click.get_current_context()
        options = [each for each in context.command.params if isinstance(each, FileOption)]
        kwargs.update({each.name: each.usual for each in options if _is_displaced(context, each)})
        used = [each.name if each.name in OPTIONS else each.key for each in options if origin(each.name) == FILE]
        if used and not kwargs.get("quiet", True):
            click.echo(f"fervid: options from '{configuration().path}': {', '.join(used)}", err=True)
        return command(*args, **kwargs)

    wrapped: Callable[P, R] = with_file
    option = click.option(
        "--config",
        type=PathType(),
        metavar="FILE",
        is_eager=True,  # the defaults of all other options come from it
        expose_value=False,
        callback=read,
        help=f"Take options from this file.  [default: {FILE_NAME} or {PROJECT_NAME}, here or in a folder above]",
    )
    return option(wrapped)


def command_tables(root: click.Command) -> dict[str, CommandOptions]:
    """Return the options of each command of a program that reads configuration files, by the name of the command."""
    commands = root.commands if isinstance(root, click.Group) else {}
    return {
        name: _options_of(command)
        for name, command in commands.items()
        if name != "config" and any(each.name == "config" for each in command.params)
    }


def own_options(command: click.Command) -> list[FileOption]:
    """Return the options of a command that are no options of an analysis, and that a file may set."""
    return [each for each in command.params if isinstance(each, FileOption) and each.name not in OPTIONS]


def origin(name: str) -> str:
    """Return where the value of an option comes from: the command line, a file, or the default.

    Args:
        name: The name of its argument.
    """
    context = click.get_current_context()
    source = context.get_parameter_source(name)
    if source is not ParameterSource.DEFAULT_MAP:
        return COMMAND_LINE if source is ParameterSource.COMMANDLINE else DEFAULT
    option = next(each for each in context.command.params if each.name == name)
    return DEFAULT if isinstance(option, FileOption) and _is_displaced(context, option) else FILE


def configuration() -> Configuration:
    """Return the configuration file that the running command has read."""
    found: Configuration = click.get_current_context().meta[_CONFIGURATION]
    return found


def _is_displaced(context: click.Context, option: FileOption) -> bool:
    """Return True if the value of an option is from a file, and what is on the command line contradicts it."""
    if context.get_parameter_source(option.name) is not ParameterSource.DEFAULT_MAP:
        return False
    sources = {name: context.get_parameter_source(name) for name in context.params}
    return option.gives_way(
        {name: value for name, value in context.params.items() if sources[name] is ParameterSource.COMMANDLINE}
    )


def _by_parameter(command: click.Command, found: Configuration) -> dict[str, Any]:
    """Return what a file sets for a command by the names of its arguments."""
    names = {each.key: each.name for each in command.params if isinstance(each, FileOption)}
    return {names.get(key, key): value for key, value in found.values_for(command.name or "").items()}


def _options_of(command: click.Command) -> CommandOptions:
    options = [each for each in command.params if isinstance(each, click.Option)]
    own = own_options(command)
    return CommandOptions(
        settings=frozenset(each.name for each in options if each.name in OPTIONS),
        own={each.key: functools.partial(_accepted, each) for each in own},
        refused=frozenset(_key(each) for each in options if each.name not in OPTIONS and each not in own),
    )


def _accepted(option: FileOption, value: Any) -> Any:
    """Return a value of a file as the type of an option.

    Raises:
        ValueError: The command line would refuse it; the message is the one that it would give.
    """
    values = value if isinstance(value, list) and option.multiple else [value]
    if option.is_flag:
        if not isinstance(value, bool):
            raise ValueError(f"takes true or false, not {shown(value)}")
        return value
    if any(isinstance(each, list | dict) for each in values):
        raise ValueError(f"takes a single value{' or a list of them' if option.multiple else ''}, not {shown(value)}")
    texts = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
    try:
        found = [option.type.convert(text, option, None) for text in texts]
    except click.BadParameter as error:
        raise ValueError(error.message.rstrip(".")) from error
    return found if option.multiple else found[0]


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # somebody has removed it
        return Path("/")
