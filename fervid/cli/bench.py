"""``fervid bench``."""

from __future__ import annotations

import json as writer
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fervid.cli import engine_tables
from fervid.cli.data_options import Reading, reading_options
from fervid.cli.engine_tables import DATA, Numbers, working
from fervid.cli.options import output_options, setting_option
from fervid.cli.value_types import EngineType, PathType
from fervid.core.machine import THREADS, let_threads_sleep
from fervid.core.plurals import counted
from fervid.engines import backends
from fervid.engines.compiled import PRECISIONS
from fervid.engines.measure import BATCHES, CALLS, CALLS_BOUNDS
from fervid.errors import OutputError
from fervid.run.option_flags import with_flags

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.engines.measure.benchmark import Benchmark
    from fervid.engines.measure.candidates import Selection
    from fervid.engines.measure.comparison import Sample


@click.command(short_help="Time an engine on every backend that works here.")
@click.argument("engine", type=EngineType(), required=False)
@setting_option("device")
@click.option(
    "--backend",
    "backend_names",
    type=click.Choice(backends.NAMES),
    multiple=True,
    help="Backend to time; may be repeated.  [default: all, or the fastest without ENGINE]",
)
@click.option(
    "--precision",
    "precisions",
    type=click.Choice(PRECISIONS),
    multiple=True,
    help="Precision to time; may be repeated.  [default: all that run fast here]",
)
@click.option("--threads", type=click.IntRange(*THREADS), default=1, show_default=True, help="Number of CPU threads.")
@click.option(
    "--batch",
    "batches",
    type=Numbers("N,..."),
    default=",".join(map(str, BATCHES)),
    show_default=True,
    help="Batch sizes, in faces.",
)
@click.option(
    "--calls", type=click.IntRange(*CALLS_BOUNDS), default=CALLS, show_default=True, help="Timed calls of each engine."
)
@click.option(
    "--calibration", type=DATA, metavar="DATA", help="Labelled faces to calibrate int8 on, instead of drawn ones."
)
@click.option("--faces", type=DATA, metavar="DATA", help="Labelled faces to time and compare predictions on.")
@click.option("--json", type=PathType(), metavar="FILE", help="Also write the figures to FILE as JSON.")
@reading_options
@output_options
def bench(
    reading: Reading,
    *,
    engine: str | None,
    device: str,
    backend_names: tuple[str, ...],
    precisions: tuple[str, ...],
    threads: int,
    batches: tuple[int, ...],
    calls: int,
    calibration: Path | None,
    faces: Path | None,
    json: Path | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Time ENGINE on every backend that works here, or compare the shipped engines.

    ENGINE is the name of a shipped engine or the folder of a trained one. Without it, the shipped engines are timed one
    after another on the fastest backend; the table shows their parameters, multiply-adds, milliseconds a face and
    accuracy. An engine is compiled first for each backend that has no build of it yet. The backends take turns, so that
    other load on the machine slows all of them alike. The ratio is the speed-up over pytorch eager fp32, the network as
    PyTorch runs it by default.
    """
    let_threads_sleep()
    from fervid import engines
    from fervid.cli.reporter import Reporter
    from fervid.core.files import make_folder, write_text
    from fervid.engines.choice import fastest
    from fervid.engines.measure.candidates import Selection

    reporter = Reporter(quiet=quiet, verbose=verbose)
    trained = [engines.resolve_trained(name) for name in ([engine] if engine else engines.shipped())]
    if json is not None:
        if json.exists() and not overwrite:
            raise OutputError(f"'{json}' exists already", "replace it with --overwrite, or choose another --json")
        make_folder(json.parent)
    if engine is None and not backend_names:
        backend_names = fastest(device)[:1]
    benchmarks = [
        _measure(
            reporter,
            folder,
            Selection(
                device,
                backend_names,
                precisions,
                threads,
                engine_tables.calibration(reporter, reading, calibration, manifest),
            ),
            engine_tables.sample(reporter, reading, faces, manifest),
            batches,
            calls,
            compare=faces is not None,
        )
        for folder, manifest in trained
    ]
    if json is not None:
        documents = [benchmark.document() for benchmark in benchmarks]
        content = {"engines": documents} if engine is None else documents[0]
        write_text(json, writer.dumps(content, indent=2, ensure_ascii=False) + "\n")
        reporter.note(f"wrote {json}")
    if not quiet:
        _show(benchmarks, is_overview=engine is None)


def _measure(
    reporter: Reporter,
    folder: Path,
    selection: Selection,
    sample: Sample,
    batches: Sequence[int],
    calls: int,
    *,
    compare: bool,
) -> Benchmark:
    """Time the trained engine in `folder` in every selected way, and compare the predictions if asked to."""
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.benchmark import Benchmark
    from fervid.engines.measure.candidates import open_candidates
    from fervid.engines.measure.reference import compare_with_reference
    from fervid.engines.measure.timing import time_batch

    manifest = Manifest.load(folder)
    with working(reporter, f"loading {manifest.name}"):
        candidates = open_candidates(folder, selection)
    with candidates:
        rounds = []
        for batch in batches:
            ways = counted(len(candidates.engines), "way")
            with working(reporter, f"timing {manifest.name}, run in {ways}, with batches of {batch}"):
                rounds.append(time_batch(candidates.engines, sample.images, batch, calls))
        return Benchmark(
            manifest=manifest,
            candidates=candidates,
            threads=selection.threads,
            images=sample.source,
            rounds=rounds,
            comparisons=compare_with_reference(folder, candidates.engines, sample) if compare else {},
        )


def _show(benchmarks: Sequence[Benchmark], *, is_overview: bool) -> None:
    """Print the tables, the machine, and the candidates that cannot run."""
    from fervid.core import machine

    first = benchmarks[0]
    calls = len(next(iter(first.rounds[0].values())).seconds)
    amounts = f"{counted(first.threads, 'CPU thread')}, {counted(calls, 'call')}"
    console = engine_tables.output()
    if not is_overview:
        title = f"{first.manifest.name} on {amounts}, {first.images}"
        engine_tables.show_speeds(console, title, first.rounds)
        if first.comparisons:
            engine_tables.show_comparisons(console, f"predictions on {first.images}", first.comparisons)
    judged = first.images if first.comparisons else "private_test, as the model cards state it in float32"
    title = f"cost on {amounts}; accuracy on {judged}"
    engine_tables.show_costs(console, title, benchmarks)
    console.print(_machine_line(machine.describe()))
    for benchmark in benchmarks:
        for reason, names in benchmark.obstacles.items():
            console.print(f"without {', '.join(names)}: {with_flags(reason)}")


def _machine_line(description: Mapping[str, Any]) -> str:
    rest = dict(description)
    first = f"{rest.pop('processor')}, {counted(rest.pop('cores'), 'core')}, {rest.pop('system')}"
    return "; ".join([first, *(f"{name} {version}" for name, version in rest.items())])
