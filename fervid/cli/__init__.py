"""The command line: ``fervid COMMAND``. It alone knows click; commands hold options, messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

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
from fervid.cli.photo import photo
from fervid.cli.signals import Terminated
from fervid.cli.stderr import debugging, keep_for_python
from fervid.cli.timeline import timeline
from fervid.cli.train import train
from fervid.cli.tune import tune
from fervid.errors import FervidError
from fervid.packages import missing

EXIT_FAILURE = 1
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="fervid")
def cli() -> None:
    """Emotion over time from video: the expressions of every face, frame by frame.

    Everything runs on this machine; no picture leaves it.
    """


for command in (timeline, annotate, live, photo, train, tune, evaluate, export, build, engines, bench, data, doctor):
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
    except BrokenPipeError:
        # Whoever read standard output has left, as `head` does; Python must not complain at its own exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if debugging():
            raise
        line, exit_code = _explained(error)
        click.echo(f"fervid: {line}", err=True)
        return exit_code
    return code if isinstance(code, int) else 0


def _explained(error: Exception) -> tuple[str, int]:
    """The line and the exit code for what went wrong."""
    if isinstance(error, ImportError):
        error = missing(error.name or "a package", "fervid", error)
    if isinstance(error, FervidError):
        return str(error), error.exit_code
    # A defect of fervid, not of its input: still one line, and the way to the rest of it.
    kind = type(error).__name__
    return f"unexpected {kind}: {error}; set FERVID_DEBUG=1 for the traceback and report it", EXIT_FAILURE


def main() -> None:
    """The console script."""
    if not debugging():
        keep_for_python()
    sys.exit(run(sys.argv[1:]))
