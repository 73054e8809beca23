"""The command ``fervid config``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from fervid.cli.file_options import COMMAND_LINE, DEFAULT, FILE, command_tables, configuration, origin, own_options
from fervid.cli.options import settings_options
from fervid.settings import OPTIONS, Group, Settings


@click.command(short_help="Show the options that files may set, and where they come from.")
@settings_options(*Group)
def config(settings: Settings) -> None:
    """Show every option that a file may set, with its value and where the value comes from.

    The options of an analysis come first, and then those of single commands.

    Options come from the command line, from the file of --config, or else from the nearest fervid.toml or
    [tool.fervid] in pyproject.toml, here or in a folder above, and otherwise have their defaults. A table of the file
    with the name of a command, such as [timeline], holds the options of that command.
    """
    from rich.table import Table

    from fervid.cli.engine_tables import STYLE, output

    table = Table("option", "value", "from", **STYLE)
    for name in OPTIONS:
        table.add_row(name, _text(getattr(settings, name)), _place(origin(name)))
    for row in _rows_of_commands():
        table.add_row(*row)
    output().print(table)


def _rows_of_commands() -> Iterator[tuple[str, str, str]]:
    """Yield name, value and origin of the options of single commands, and of what their tables set of the others."""
    root = click.get_current_context().find_root().command
    assert isinstance(root, click.Group)
    for name in command_tables(root):
        table = configuration().tables.get(name, {})
        for option in own_options(root.commands[name]):
            value = table.get(option.key, option.usual)
            yield f"{name}.{option.key}", _text(value), _place(FILE if option.key in table else DEFAULT)
        for setting in OPTIONS:
            if setting in table and origin(setting) != COMMAND_LINE:
                yield f"{name}.{setting}", _text(table[setting]), _place(FILE)


def _place(origin: str) -> str:
    return str(configuration().path) if origin == FILE else origin


def _text(value: Any) -> str:
    if type(value) in (list, tuple):  # the formats, and not regions
        return ", ".join(value)
    return "" if value is None else str(value)
