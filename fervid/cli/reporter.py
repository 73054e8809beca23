"""The messages of a command: a progress bar on a terminal, plain lines in a log, errors only with ``--quiet``."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from fervid.cli.console import PlainConsole
from fervid.cli.standard_streams import debugging
from fervid.core.names import printable
from fervid.core.plurals import counted
from fervid.core.readings import FrameReading
from fervid.core.tally import Tally
from fervid.core.timecodes import clock
from fervid.errors import FervidError
from fervid.run.option_flags import with_flags
from fervid.run.outcome import Outcome
from fervid.sources.base import SourceInfo

if TYPE_CHECKING:
    from fervid.run.batch import Batch

_LINE_EVERY_S = 10.0
_DRAW_EVERY_S = 0.1

_COLUMNS = (
    TextColumn("{task.description}", markup=False),
    BarColumn(),
    TaskProgressColumn(),
    TextColumn("{task.fields[pace]}", markup=False),
    TimeRemainingColumn(),
)

_NAME_PARTS = 2
"""The number of parts of a path beside a progress bar: recordings of a study may differ in their folders alone."""


class Reporter:
    """A printer of messages, progress and summaries on standard error. Standard output is for data.

    Args:
        quiet: Print errors only.
        verbose: Print the log records of level DEBUG too.
        now: A monotonic clock in seconds.

    Attributes:
        console: The console of standard error.
        quiet: As given.
    """

    def __init__(
        self, *, quiet: bool = False, verbose: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.console = PlainConsole(stderr=True, soft_wrap=True)
        self.quiet = quiet
        self._now = now
        self._bars: Progress | None = None
        level = logging.ERROR if quiet else logging.DEBUG if verbose else logging.INFO
        logger = logging.getLogger("fervid")
        logger.handlers = [_ConsoleHandler(self.console)]
        logger.setLevel(level)
        logger.propagate = False

    def error(self, error: FervidError) -> None:
        """Print one line about an input that failed."""
        if debugging():
            traceback.print_exception(error)
        self._print(f"fervid: {with_flags(error)}")

    def note(self, text: str) -> None:
        """Print one line, unless the command is quiet."""
        if not self.quiet:
            self._print(text)

    @contextmanager
    def working(self, text: str) -> Iterator[Callable[[str], None]]:
        """Show a text during the block on a terminal. A log gets nothing, because the result is reported later.

        Yields:
            A function that replaces the text.
        """
        if self.quiet or not self.console.is_terminal:
            yield lambda _: None
        else:
            with self.console.status(Text(printable(text))) as status:
                yield lambda text: status.update(Text(printable(text)))

    @contextmanager
    def progress(self, info: SourceInfo) -> Iterator[Callable[[FrameReading], None]]:
        """Show the progress through one source during the block. Blocks may overlap.

        Yields:
            A function to call with each reading, or with some of them.
        """
        if self.quiet:
            yield lambda _: None
        elif self.console.is_terminal:
            with self._bar(info) as watch:
                yield watch
        else:
            yield self._lines(info)

    @contextmanager
    def _bar(self, info: SourceInfo) -> Iterator[Callable[[FrameReading], None]]:
        """Show a bar, below those of other sources that are read at the same time."""
        if self._bars is None:
            self._bars = Progress(*_COLUMNS, console=self.console, transient=True)
            self._bars.start()
        bars, begin, drawn = self._bars, self._now(), -_DRAW_EVERY_S
        first: int | None = None
        name = str(Path(*info.path.parts[-_NAME_PARTS:]))
        task = bars.add_task(printable(name), total=info.frames or info.duration, pace="")

        def watch(reading: FrameReading) -> None:
            nonlocal drawn, first
            first = reading.index if first is None else first
            elapsed = self._now() - begin
            if elapsed - drawn < _DRAW_EVERY_S:
                return
            drawn = elapsed
            frames = reading.index - first + 1
            done = frames if info.frames else reading.time - info.start
            bars.update(task, completed=done, pace=f"{frames / elapsed:.0f} frames/s" if elapsed > 0 else "")

        try:
            yield watch
        finally:
            bars.remove_task(task)
            if not bars.tasks:
                bars.stop()
                self._bars = None

    def _lines(self, info: SourceInfo) -> Callable[[FrameReading], None]:
        printed = begin = self._now()
        first: int | None = None

        def watch(reading: FrameReading) -> None:
            nonlocal printed, first
            first = reading.index if first is None else first
            now = self._now()
            if now - printed >= _LINE_EVERY_S:
                printed = now
                frames = reading.index - first + 1
                done = clock(reading.time)
                total = f" of {clock(info.start + info.duration)}" if info.duration else ""
                self._print(f"{info.path}: {done}{total}, {frames / (now - begin):.0f} frames/s")

        return watch

    def print_summary(self, name: str, tally: Tally, undecodable: int, elapsed: float) -> None:
        """Print the table at the end of one source.

        Args:
            name: The name of the source.
            tally: The totals.
            undecodable: The number of packets or pictures that did not decode.
            elapsed: The time that reading and writing took, in seconds.
        """
        if self.quiet:
            return
        table = Table(title=name, title_justify="left", show_header=False, box=None, pad_edge=False)
        table.add_column(style="dim")
        table.add_column(justify="right")
        table.add_row("frames", str(tally.frames))
        if tally.analysed != tally.frames:
            table.add_row("analysed", str(tally.analysed))
        if undecodable:
            table.add_row("did not decode", str(undecodable))
        table.add_row("with a face", str(tally.with_face))
        table.add_row("faces", str(tally.faces))
        for emotion, seconds in tally.seconds.items():
            if seconds > 0:
                table.add_row(emotion, f"{seconds:.1f} s")
        table.add_row("speed", f"{tally.frames / elapsed:.0f} frames/s" if elapsed > 0 else "")
        self.console.print(table)

    def print_batch(self, batch: Batch) -> int:
        """Print how many inputs are done already, and the outcomes of the others as they come.

        Returns:
            The exit code: 0, or 1 if an input failed.
        """
        if batch.done:
            self.note_done(len(batch.done), len(batch))
        return self.print_outcomes(batch)

    def note_done(self, done: int, remaining: int) -> None:
        """Print how many inputs are done already."""
        total = done + remaining
        self.note(f"{done} of {total} input{'s are' if total > 1 else ' is'} done already")

    def print_outcomes(self, outcomes: Iterable[Outcome]) -> int:
        """Print the outcomes of a run as they come, and at the end the failures again.

        Returns:
            The exit code: 0, or 1 if an input failed.
        """
        printed: list[FervidError] = []  # inputs whose results clash share one error, which is printed once
        inputs = failed = 0
        is_buried = False
        try:
            for outcome in outcomes:
                inputs += 1
                if outcome.error is None:
                    self._print_outcome(outcome)
                    is_buried = bool(printed)
                    continue
                failed += 1
                if not any(outcome.error is error for error in printed):
                    printed.append(outcome.error)
                    self.error(outcome.error)
        finally:
            if is_buried:
                self.note(f"{failed} of {counted(inputs, 'input')} failed:")
                for error in printed:
                    self.note(f"  {error}")
        return int(bool(printed))

    def _print_outcome(self, outcome: Outcome) -> None:
        name = str(outcome.source)
        if outcome.damage is not None:
            self.note(f"fervid: warning: {with_flags(outcome.damage)}")
        self.print_summary(name, outcome.tally, outcome.undecodable, outcome.seconds)
        for path in outcome.written:
            self.note(f"wrote {path}" + ("" if outcome.complete else ", up to the interruption"))
        self.note_advice(name, outcome.advice, has_face=bool(outcome.tally.with_face))

    def note_advice(self, name: str, advice: str | None, *, has_face: bool) -> None:
        """Print one line about an input without a face, or without one that is upright.

        Args:
            name: The name of the input.
            advice: What was looked for and what to try; None where there is nothing to say.
            has_face: True if a face was found.
        """
        if not has_face:
            self.note(f"fervid: no face was found in '{name}'" + (f": {with_flags(advice)}" if advice else ""))
        elif advice is not None:
            self.note(f"fervid: the faces in '{name}' are not upright: {with_flags(advice)}")

    def _print(self, line: str) -> None:
        self.console.print(line)


class _ConsoleHandler(logging.Handler):
    """A handler that prints log records as single lines and leaves a progress bar intact."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record."""
        prefix = "warning: " if record.levelno == logging.WARNING else ""
        self._console.print(f"fervid: {prefix}{with_flags(record.getMessage())}")
