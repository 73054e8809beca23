"""Option types, inputs and tables shared by the commands that compile, time and list engines."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fervid.cli.data_options import Reading
from fervid.cli.value_types import PathType
from fervid.engines.compiled import MOST_FACES

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from fervid.cli.reporter import Reporter
    from fervid.engines.backends import Calibration
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.benchmark import Benchmark
    from fervid.engines.measure.comparison import Comparison, Sample
    from fervid.engines.measure.timing import Timing

_UNBOUNDED = 1000

DATA = PathType()


class Numbers(click.ParamType[tuple[int, ...]]):
    """Batch sizes separated by commas.

    Args:
        name: Metavariable for the help.
        count: Number of batch sizes that must be given, in ascending order; None allows any number in any order.
    """

    def __init__(self, name: str, count: int | None = None) -> None:
        self.name = name
        self._count = count

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Parse `value`; a wrong one raises click's usage error."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in value.split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            self.fail(f"{value!r} is not {self.name}; give whole numbers separated by commas", param, ctx)
        numbers = tuple(map(int, parts))
        if not all(1 <= number <= MOST_FACES for number in numbers):
            self.fail(f"{value!r} is out of range; give numbers from 1 to {MOST_FACES}", param, ctx)
        if self._count is not None and (len(numbers) != self._count or list(numbers) != sorted(numbers)):
            self.fail(f"{value!r} is not {self.name}; give {self._count} numbers in ascending order", param, ctx)
        return numbers


@contextmanager
def working(reporter: Reporter, text: str) -> Iterator[None]:
    """Show what the block is doing, by a spinner on a terminal and by a line elsewhere."""
    if not reporter.console.is_terminal:
        reporter.note(text)
    with reporter.working(text):
        yield


def calibration(reporter: Reporter, reading: Reading, data: Path | None, manifest: Manifest) -> Calibration | None:
    """Return faces of `data` to calibrate int8 on, in the size and colour of the engine; None without data.

    Raises:
        DataError: The faces cannot be read, or none is in the training split.
    """
    if data is None:
        return None
    from fervid.evaluation import selection

    with working(reporter, "reading faces to calibrate on"):
        return selection.calibration(reading.faces(data, size=manifest.input.size, colour=manifest.input.colour))


def sample(reporter: Reporter, reading: Reading, data: Path | None, manifest: Manifest) -> Sample:
    """Return faces of `data` to compare engines on, in their size and colour; noise without data.

    Raises:
        DataError: The faces cannot be read, or all of them are in private_test.
    """
    if data is None:
        from fervid.engines.measure.comparison import noise

        return noise(manifest.input)
    from fervid.evaluation import selection

    with working(reporter, "reading faces to compare on"):
        faces = reading.faces(data, size=manifest.input.size, colour=manifest.input.colour)
        return selection.sample(faces, manifest.classes)


def show_comparisons(console: Console, title: str, comparisons: Mapping[str, Comparison]) -> None:
    """Print a table of the differences between the predictions of engines and those of the reference."""
    from rich.table import Table

    table = Table(**STYLE)
    table.add_column("engine", no_wrap=True)
    for column in ("largest difference", "mean", "same class"):
        table.add_column(column, justify="right")
    if any(comparison.accuracy is not None for comparison in comparisons.values()):
        table.add_column("accuracy", justify="right")
    for name, comparison in comparisons.items():
        row = [name, f"{comparison.largest:.5f}", f"{comparison.mean:.5f}", f"{comparison.same:.2%}"]
        table.add_row(*row, *([] if comparison.accuracy is None else [f"{comparison.accuracy:.2%}"]))
    _show(console, title, table)


def show_speeds(console: Console, title: str, rounds: Iterable[Mapping[str, Timing]]) -> None:
    """Print a table of the timings of engines for each batch size; the reference comes first."""
    from rich.table import Table

    table = Table(**STYLE)
    table.add_column("faces", justify="right")
    table.add_column("engine", no_wrap=True)
    for column in ("ms a call", "5 %", "95 %", "faces/s", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    for timings in rounds:
        reference = next(iter(timings.values()))
        fastest = min(timings.values(), key=lambda timing: timing.median)
        for name, timing in timings.items():
            table.add_row(
                str(timing.faces) if timing is reference else "",
                name,
                *(f"{1000 * seconds:.2f}" for seconds in (timing.median, timing.percentile(5), timing.percentile(95))),
                f"{timing.faces_per_second:,.0f}",
                f"{timing.speed_up(reference):.2f}",
                style="bold green" if timing is fastest else None,
            )
    _show(console, title, table)


def show_costs(console: Console, title: str, benchmarks: Sequence[Benchmark]) -> None:
    """Print a table of what engines cost and how good they are, with a row for each way to run each of them."""
    from rich.table import Table

    table = Table(**STYLE)
    table.add_column("engine", no_wrap=True)
    for column in ("parameters", "million multiply-adds"):
        table.add_column(column, justify="right")
    table.add_column("run by", no_wrap=True)
    for timings in benchmarks[0].rounds:
        faces = next(iter(timings.values())).faces
        table.add_column(f"ms a face, {faces} at once" if faces > 1 else "ms a face", justify="right")
    table.add_column("accuracy", justify="right", no_wrap=True)
    for benchmark in benchmarks:
        cost = benchmark.cost
        head = [benchmark.manifest.name, f"{cost.parameters:,}", cost.millions]
        for name in benchmark.candidates.engines:
            times = [1000 * timings[name].median / timings[name].faces for timings in benchmark.rounds]
            accuracy = benchmark.accuracy(name)
            table.add_row(*head, name, *(f"{ms:.2f}" for ms in times), "" if accuracy is None else f"{accuracy:.2%}")
            head = ["", "", ""]
    _show(console, title, table)


def _show(console: Console, title: str, table: Table) -> None:
    # rich wraps the title of a table at the width of the table.
    console.print(title, style="italic")
    console.print(table, "")


STYLE: dict[str, Any] = {"title_justify": "left", "box": None, "pad_edge": False}
"""Style of tables, the same as in other commands."""


def output() -> Console:
    """Return a console for tables on standard output, which are not wrapped unless it is a terminal."""
    from fervid.cli.console import PlainConsole

    return PlainConsole(width=None if sys.stdout.isatty() else _UNBOUNDED)


def size_text(size: int) -> str:
    """Return a number of bytes as text, such as ``3.1 MB``."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
