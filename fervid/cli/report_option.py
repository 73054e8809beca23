"""The option ``--report`` of commands that write timelines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from fervid import formats
from fervid.cli.value_types import PathType
from fervid.errors import UsageError

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.run.batch import Batch
    from fervid.run.results import Results

P = ParamSpec("P")
R = TypeVar("R")


def report_option(command: Callable[P, R]) -> Callable[P, R]:
    """Give a command ``--report``, which it gets as `report`."""
    option = click.option(
        "--report",
        type=PathType(),
        metavar="OUT.html",
        help="Show all timelines of the run on this page, as fervid report does.",
    )
    return option(command)


class RunReport:
    """The report on the timelines of a run.

    Args:
        target: The page to write; None for no report.
        results: The results of the run.
        resume: True to replace a report that an earlier run wrote.

    Raises:
        UsageError: The run writes no timeline that can be read again.
    """

    def __init__(self, target: Path | None, results: Results, *, resume: bool) -> None:
        self._target = target
        self._overwrite = results.overwrite
        self._resume = resume
        if target is not None and not any(formats.by_name(form).readable for form in results.forms):
            raise UsageError("--report needs timelines that fervid can read again", "add --format csv")

    def run(self, batch: Batch, reporter: Reporter) -> int:
        """Run a batch, and write the report if it comes to its end. Return the exit code."""
        if self._target is None:
            return reporter.print_batch(batch)
        from fervid.report.report_file import check_target, is_report, write_report

        if any(target is None for job in batch.planned for target in job.targets):
            raise UsageError("--report needs timelines in files", "give -o a file or a folder")
        overwrite = self._overwrite or (self._resume and is_report(self._target))
        check_target(self._target, overwrite=overwrite)
        code = reporter.print_batch(batch)
        if timelines := _timelines(batch):
            with reporter.working("writing the report"):
                missing = write_report(timelines, self._target, overwrite=overwrite)
            if missing:
                reporter.note(f"fervid: {missing}")
            reporter.note(f"wrote {self._target}")
        return code


def _timelines(batch: Batch) -> list[Path]:
    """Return the timelines that are there, one for each input."""
    from fervid.formats.timeline import readable_format

    found = []
    for job in batch.planned:
        readable = (path for path in job.targets if path is not None and readable_format(path) and path.is_file())
        found += list(readable)[:1]
    return found
