"""The command ``fervid config``."""

from __future__ import annotations

import click

from fervid.cli.options import DEFAULT, FILE, configuration, origin, settings_options
from fervid.settings import OPTIONS, Group, Settings


@click.command(short_help="Show the options of an analysis and where they come from.")
@settings_options(*Group)
def config(settings: Settings) -> None:
    """Show every option of an analysis, with its value and where the value comes from.

    Options come from the command line, from the file of --config, or else from the nearest fervid.toml or
    [tool.fervid] in pyproject.toml, here or in a folder above, and otherwise have their defaults.
    """
    from rich.table import Table

    from fervid.cli.engine_tables import STYLE, output

    table = Table("option", "value", "from", **STYLE)
    for name in OPTIONS:
        place, value = origin(name), getattr(settings, name)
        if place == FILE:  # unless another option on the command line excludes it
            place = str(configuration().path) if value == configuration().values[name] else DEFAULT
        table.add_row(name, "" if value is None else str(value), place)
    output().print(table)
