"""The options of commands that write timelines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click

from fervid import formats
from fervid.cli.file_options import file_option
from fervid.core.durations import SHORTEST_BOUNDS, SHORTEST_S
from fervid.formats.base import matching_suffix
from fervid.formats.context import DIALECTS, STANDARD
from fervid.run.result_names import names_folder

P = ParamSpec("P")
R = TypeVar("R")


def _names_format(typed: Mapping[str, Any]) -> bool:
    """Return True if -o names a file by whose suffix a format is chosen."""
    output = typed.get("output")
    if output is None or names_folder(output):
        return False
    return matching_suffix(Path(output), formats.suffixes(*formats.OF_READINGS)) != ""


def form_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that writes timelines ``--format``, which may be given several times. It gets them as `forms`."""
    option = file_option(
        "--format",
        "forms",
        multiple=True,
        gives_way=_names_format,
        type=click.Choice(formats.names(*formats.OF_READINGS)),
        help="Write this format, with its suffix; may be given several times.  [default: by the suffix of OUT]",
    )
    return option(command)


def row_options(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command that writes timelines the options for what they hold and how it is written."""
    options = (
        file_option("--no-empty", is_flag=True, help="Leave out frames without a face."),
        file_option("--valence", is_flag=True, help="Add the valence: happy minus the strongest negative emotion."),
        file_option(
            "--csv-dialect",
            type=click.Choice(DIALECTS),
            default=STANDARD,
            show_default=True,
            help="Write CSV as RFC 4180 has it, or as Excel opens it where the decimal sign is a comma.",
        ),
        file_option(
            "--shortest",
            metavar="SECONDS",
            type=click.FloatRange(*SHORTEST_BOUNDS),
            default=SHORTEST_S,
            show_default=True,
            help="Length of the shortest stretch of one emotion, in formats that hold stretches.",
        ),
        file_option("--no-sidecar", is_flag=True, help="Write no NAME.csv.json that says how NAME.csv was made."),
    )
    for option in reversed(options):
        command = option(command)
    return command
