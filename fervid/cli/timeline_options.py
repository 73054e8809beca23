"""The options of commands that write timelines."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from fervid import formats
from fervid.core.durations import SHORTEST_BOUNDS, SHORTEST_S
from fervid.formats.context import DIALECTS, STANDARD

P = ParamSpec("P")
R = TypeVar("R")


def form_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that writes timelines ``--format``, which may be given several times. It gets them as `forms`."""
    option = click.option(
        "--format",
        "forms",
        multiple=True,
        type=click.Choice(formats.names(*formats.OF_READINGS)),
        help="Write this format, with its suffix; may be given several times.  [default: by the suffix of OUT]",
    )
    return option(command)


def row_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that writes timelines the options for what they hold and how it is written."""
    options = (
        click.option("--no-empty", is_flag=True, help="Leave out frames without a face."),
        click.option("--valence", is_flag=True, help="Add the valence: happy minus the strongest negative emotion."),
        click.option(
            "--csv-dialect",
            type=click.Choice(DIALECTS),
            default=STANDARD,
            show_default=True,
            help="Write CSV as RFC 4180 has it, or as Excel opens it where the decimal sign is a comma.",
        ),
        click.option(
            "--shortest",
            metavar="SECONDS",
            type=click.FloatRange(*SHORTEST_BOUNDS),
            default=SHORTEST_S,
            show_default=True,
            help="Length of the shortest stretch of one emotion, in formats that hold stretches.",
        ),
        click.option("--no-sidecar", is_flag=True, help="Write no NAME.csv.json that says how NAME.csv was made."),
    )
    for option in reversed(options):
        command = option(command)
    return command
