"""What the commands that compile and time engines have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fervid.cli.data_options import Reading
from fervid.engines.compiled import MOST_FACES
from fervid.errors import EngineError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from fervid.cli.reporter import Reporter
    from fervid.engines.backends import Calibration
    from fervid.engines.base import Engine
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.comparison import Comparison, Sample
    from fervid.engines.measure.timing import Timing

_UNBOUNDED = 1000

DATA = click.Path(path_type=Path)


class Numbers(click.ParamType[tuple[int, ...]]):
    """Numbers of faces with commas between them.

    Args:
        name: What they are, for the help.
        count: How many there must be, in ascending order; any number of them in any order where it is None.
    """

    def __init__(self, name: str, count: int | None = None) -> None:
        self.name = name
        self._count = count

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, ...]:
        """Parse `value`, with click's own usage error for a wrong one."""
        if isinstance(value, tuple):
            return value
        parts = [part.strip() for part in value.split(",")]
        if not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            self.fail(f"{value!r} is not {self.name}: whole numbers with commas between them", param, ctx)
        numbers = tuple(map(int, parts))
        if not all(1 <= number <= MOST_FACES for number in numbers):
            self.fail(f"{value!r} is out of bounds; give numbers from 1 to {MOST_FACES}", param, ctx)
        if self._count is not None and (len(numbers) != self._count or list(numbers) != sorted(numbers)):
            self.fail(f"{value!r} is not {self.name}: {self._count} numbers, none below the one before", param, ctx)
        return numbers


@contextmanager
def working(reporter: Reporter, text: str) -> Iterator[None]:
    """Say what is done for as long as the block lasts: a spinner on a terminal, a line elsewhere."""
    if not reporter.console.is_terminal:
        reporter.note(text)
    with reporter.working(text):
        yield


def trained(engine: str) -> tuple[Path, Manifest]:
    """The folder of a trained engine, by its name or path, and its manifest.

    Raises:
        EngineError: There is none, or it is a compiled one.
    """
    from fervid import engines
    from fervid.engines.compiled import COMPILED
    from fervid.engines.manifest import Manifest

    folder = engines.resolve(engine)
    manifest = Manifest.load(folder)
    if (folder / COMPILED).exists():
        raise EngineError(
            f"{folder} is compiled already", f"give the trained engine that it was built of: {manifest.name}"
        )
    return folder, manifest


def calibration(reporter: Reporter, reading: Reading, data: Path | None, manifest: Manifest) -> Calibration | None:
    """Faces of `data` to calibrate on, as the engine takes them; None where there is no data.

    Raises:
        DataError: They cannot be read, or there are none to learn from.
    """
    if data is None:
        return None
    from fervid.evaluation import selection

    with working(reporter, "reading faces to calibrate on"):
        return selection.calibration(reading.faces(data, size=manifest.input.size, colour=manifest.input.colour))


def sample(reporter: Reporter, reading: Reading, data: Path | None, manifest: Manifest) -> Sample:
    """Faces of `data` to compare engines on, as they take them; noise where there is no data.

    Raises:
        DataError: They cannot be read, or there are none but those of private_test.
    """
    if data is None:
        from fervid.engines.measure.comparison import noise

        return noise(manifest.input)
    from fervid.evaluation import selection

    with working(reporter, "reading faces to compare on"):
        faces = reading.faces(data, size=manifest.input.size, colour=manifest.input.colour)
        return selection.sample(faces, manifest.classes)


def compared(folder: Path, engines: Mapping[str, Engine], on: Sample) -> dict[str, Comparison]:
    """How far the answers of engines are from those of the plain network on the CPU, which comes first.

    Args:
        folder: Of the trained engine.
        engines: Of the same weights, by their names; the yardstick itself may be among them.
        on: What they answer for.
    """
    from fervid.engines.measure import eager
    from fervid.engines.measure.comparison import compare

    with eager.EagerEngine.load(folder) as plain:
        exact = plain.classify(on.images)
    others = {name: engine for name, engine in engines.items() if name != eager.NAME}
    return {eager.NAME: compare(exact, exact, on.labels)} | {
        name: compare(exact, engine.classify(on.images), on.labels) for name, engine in others.items()
    }


def timed(engines: Mapping[str, Engine], on: Sample, batch: int, calls: int) -> dict[str, Timing]:
    """The timings of engines in turns, by their names."""
    from fervid.engines.measure.timing import repeated, take_turns

    images = repeated(on.images, batch)
    return dict(zip(engines, take_turns(list(engines.values()), images, calls), strict=True))


def show_answers(console: Console, title: str, found: Mapping[str, Comparison]) -> None:
    """How far the answers of engines are from those of the yardstick, by the engines' names, in a table."""
    from rich.table import Table

    table = Table(**STYLE)
    table.add_column("engine", no_wrap=True)
    for column in ("largest difference", "mean", "same label"):
        table.add_column(column, justify="right")
    if any(comparison.accuracy is not None for comparison in found.values()):
        table.add_column("accuracy", justify="right")
    for name, comparison in found.items():
        row = [name, f"{comparison.largest:.5f}", f"{comparison.mean:.5f}", f"{comparison.same:.2%}"]
        table.add_row(*row, *([] if comparison.accuracy is None else [f"{comparison.accuracy:.2%}"]))
    _show(console, title, table)


def show_speeds(console: Console, title: str, rounds: Iterable[Mapping[str, Timing]]) -> None:
    """How fast engines are: for each number of faces, their timings by name, the yardstick's first, in a table."""
    from rich.table import Table

    table = Table(**STYLE)
    table.add_column("faces", justify="right")
    table.add_column("engine", no_wrap=True)
    for column in ("ms a call", "5 %", "95 %", "faces/s", "ratio"):
        table.add_column(column, justify="right", no_wrap=True)
    for timings in rounds:
        yardstick = next(iter(timings.values()))
        fastest = min(timings.values(), key=lambda timing: timing.median)
        for name, timing in timings.items():
            table.add_row(
                str(timing.faces) if timing is yardstick else "",
                name,
                *(f"{1000 * seconds:.2f}" for seconds in (timing.median, timing.percentile(5), timing.percentile(95))),
                f"{timing.faces_per_second:,.0f}",
                f"{timing.times_as_fast(yardstick):.2f}",
                style="bold green" if timing is fastest else None,
            )
    _show(console, title, table)


def _show(console: Console, title: str, table: Table) -> None:
    # A title of the table itself would be broken where the table ends.
    console.print(title, style="italic", markup=False)
    console.print(table, "")


STYLE: dict[str, Any] = {"title_justify": "left", "box": None, "pad_edge": False}
"""How tables look, as those of the other commands do."""


def output() -> Console:
    """Standard output for tables that are data: as wide as they are where no terminal sets bounds."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)


def size_text(size: int) -> str:
    """A number of bytes as a person would say it."""
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
