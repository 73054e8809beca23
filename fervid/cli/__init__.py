"""The command line, ``fervid COMMAND``: options, messages and exit codes. Only this room uses click."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Sequence
from typing import Final

import click

from fervid import __version__
from fervid.cli import standard_streams
from fervid.cli.annotate import annotate
from fervid.cli.bench import bench
from fervid.cli.build import build
from fervid.cli.completion import completion
from fervid.cli.config import config
from fervid.cli.convert import convert
from fervid.cli.data import data
from fervid.cli.doctor import doctor
from fervid.cli.engines import engines
from fervid.cli.evaluate import evaluate
from fervid.cli.export import export
from fervid.cli.live import live
from fervid.cli.photo import photo
from fervid.cli.plot import plot
from fervid.cli.report import report
from fervid.cli.signals import (
    EXIT_INTERRUPTED,
    EXIT_TERMINATED,
    Terminated,
    ignore_signals,
    interrupt_behind,
    stop_on_signals,
)
from fervid.cli.snapshot import snapshot
from fervid.cli.standard_streams import debugging
from fervid.cli.timeline import timeline
from fervid.cli.train import train
from fervid.cli.tune import tune
from fervid.core.credentials import hide_credentials
from fervid.core.failures import to_fervid_error
from fervid.core.names import printable
from fervid.run.option_flags import with_flags

_SECTIONS: Final = {
    "Videos and pictures": (timeline, annotate, photo),
    "Live": (live, snapshot),
    "Results": (convert, report, plot),
    "Engines": (engines, bench, build, export),
    "Training": (data, train, tune, evaluate),
    "This installation": (doctor, config, completion),
}
"""All commands, by what they are for, in the order of the help."""


class _Program(click.Group):
    """The program, whose help lists the commands by section."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of the commands."""
        width = max(map(len, self.commands))
        for section, commands in _SECTIONS.items():
            with formatter.section(section):
                rows = [(str(each.name).ljust(width), each.get_short_help_str(formatter.width)) for each in commands]
                formatter.write_dl(rows)


@click.group(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="fervid")
def cli() -> None:
    """Emotion over time from video: the expression of every face, frame by frame.

    Everything runs on this machine, and no picture leaves it.
    """


for _commands in _SECTIONS.values():
    for _command in _commands:
        cli.add_command(_command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. An error is reported as one line on standard error."""
    try:
        code = cli.main(list(arguments), prog_name="fervid", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        message = io.StringIO()
        error.show(message)
        click.echo(hide_credentials(message.getvalue(), arguments), err=True, nl=False)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        return _interrupted(stopped.__cause__ or stopped)  # click turns every KeyboardInterrupt into an Abort
    except (Exception, SystemExit) as error:  # click turns every BrokenPipeError into a SystemExit
        lost = standard_streams.output_error()
        if isinstance(lost, BrokenPipeError):
            return 0
        if (interrupt := interrupt_behind(error)) is not None:
            return _interrupted(interrupt)
        if isinstance(error, SystemExit) or debugging():
            raise
        failure = lost or to_fervid_error(error)
        click.echo(f"fervid: {printable(hide_credentials(with_flags(failure), arguments))}", err=True)
        return failure.exit_code
    return code if isinstance(code, int) else 0


def _interrupted(interrupt: BaseException) -> int:
    """Report an interruption, and return its exit code."""
    terminated = isinstance(interrupt, Terminated)
    click.echo(f"fervid: {'terminated' if terminated else 'interrupted'}", err=True)
    return EXIT_TERMINATED if terminated else EXIT_INTERRUPTED


def main() -> None:
    """Run the console script ``fervid``."""
    standard_streams.prepare()
    stop_on_signals()
    try:
        code = run(sys.argv[1:])
        ignore_signals()
    except KeyboardInterrupt as interrupt:  # it came when the command had just ended
        code = _interrupted(interrupt)
        ignore_signals()
    if any(thread.daemon and thread.name.startswith("fervid") for thread in threading.enumerate()):
        # A picture is still being analysed. Python's own shutdown would abort the process in the midst of native code.
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
