"""The command line, ``fervid COMMAND``: options, messages and exit codes. Only this room uses click."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from fervid import __version__
from fervid.cli.annotate import annotate
from fervid.cli.bench import bench
from fervid.cli.build import build
from fervid.cli.data import data
from fervid.cli.doctor import doctor
from fervid.cli.engines import engines
from fervid.cli.evaluate import evaluate
from fervid.cli.export import export
from fervid.cli.live import live
from fervid.cli.options import with_flags
from fervid.cli.photo import photo
from fervid.cli.signals import EXIT_INTERRUPTED, EXIT_TERMINATED, Terminated, ignore_signals, stop_on_signals
from fervid.cli.snapshot import snapshot
from fervid.cli.stderr import debugging, silence_native_code
from fervid.cli.timeline import timeline
from fervid.cli.train import train
from fervid.cli.tune import tune
from fervid.core.failures import to_fervid_error
from fervid.core.names import printable
from fervid.errors import UsageError


class PipeClosedError(Exception):
    """The reader of standard output has closed it, as `head` does after its lines."""


class Commands(click.Group):
    """The group of all commands.

    It raises `PipeClosedError` for `run`, because click itself would end the process with exit code 1.
    """

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the command line. With ``--help``, this prints the help."""
        with _closed_pipe_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _closed_pipe_errors():
            return super().invoke(ctx)


@contextmanager
def _closed_pipe_errors() -> Iterator[None]:
    """Turn every sign of a closed pipe into a `PipeClosedError`."""
    try:
        yield
    except BrokenPipeError as error:
        raise PipeClosedError from error
    except SystemExit as exit_request:  # rich exits on a BrokenPipeError
        if isinstance(exit_request.__context__, BrokenPipeError):
            raise PipeClosedError from exit_request
        raise


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="fervid")
def cli() -> None:
    """Emotion over time from video: the expression of every face, frame by frame.

    Everything runs on this machine, and no picture leaves it.
    """


for command in (
    timeline,
    annotate,
    live,
    snapshot,
    photo,
    train,
    tune,
    evaluate,
    export,
    build,
    engines,
    bench,
    data,
    doctor,
):
    cli.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. An error is reported as one line on standard error."""
    try:
        code = cli.main(list(arguments), prog_name="fervid", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        if isinstance(stopped.__cause__, Terminated):  # click turns every KeyboardInterrupt into an Abort
            click.echo("fervid: terminated", err=True)
            return EXIT_TERMINATED
        click.echo("fervid: interrupted", err=True)
        return EXIT_INTERRUPTED
    except PipeClosedError:
        # This is no failure, and Python must not report the closed pipe when it flushes standard output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debugging():
            raise
        failure = to_fervid_error(error)
        line = with_flags(failure) if isinstance(failure, UsageError) else str(failure)
        click.echo(f"fervid: {printable(line)}", err=True)
        return failure.exit_code
    return code if isinstance(code, int) else 0


def main() -> None:
    """Run the console script ``fervid``."""
    if not debugging():
        silence_native_code()
    stop_on_signals()
    code = run(sys.argv[1:])
    if code in (EXIT_INTERRUPTED, EXIT_TERMINATED):
        ignore_signals()
    sys.exit(code)
