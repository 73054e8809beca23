"""The command line: ``fervid COMMAND``. It alone knows click; commands hold options, messages and exit codes."""

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
from fervid.cli.signals import EXIT_INTERRUPTED, EXIT_TERMINATED, Terminated, stop_on_signals
from fervid.cli.snapshot import snapshot
from fervid.cli.stderr import debugging, keep_for_python
from fervid.cli.timeline import timeline
from fervid.cli.train import train
from fervid.cli.tune import tune
from fervid.core.failures import explained
from fervid.errors import UsageError


class PipeClosedError(Exception):
    """Whoever read standard output is gone, as `head` is after its lines."""


class Commands(click.Group):
    """All commands. Of a reader that has left `run` must hear: click itself would end the process with 1."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the command line; this writes for ``--help``."""
        with _reader_may_leave():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _reader_may_leave():
            return super().invoke(ctx)


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError as error:
        raise PipeClosedError from error
    except SystemExit as stopped:  # what rich makes of it
        if isinstance(stopped.__context__, BrokenPipeError):
            raise PipeClosedError from stopped
        raise


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="fervid")
def cli() -> None:
    """Emotion over time from video: the expressions of every face, frame by frame.

    Everything runs on this machine; no picture leaves it.
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
    """Run one command line and return its exit code; what went wrong becomes one line on standard error."""
    try:
        code = cli.main(list(arguments), prog_name="fervid", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as stopped:
        if isinstance(stopped.__cause__, Terminated):  # click makes an Abort of it
            click.echo("fervid: terminated", err=True)
            return EXIT_TERMINATED
        click.echo("fervid: interrupted", err=True)
        return EXIT_INTERRUPTED
    except PipeClosedError:
        # No failure; and Python must not complain at its own exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debugging():
            raise
        failure = explained(error)
        line = with_flags(failure) if isinstance(failure, UsageError) else str(failure)
        click.echo(f"fervid: {line}", err=True)
        return failure.exit_code
    return code if isinstance(code, int) else 0


def main() -> None:
    """The console script."""
    if not debugging():
        keep_for_python()
    stop_on_signals()
    sys.exit(run(sys.argv[1:]))
