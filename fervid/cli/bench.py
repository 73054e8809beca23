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
from fervid.cli.training_options import let_threads_sleep
from fervid.core.machine import THREADS
from fervid.engines import backends
from fervid.engines.compiled import PRECISIONS
from fervid.engines.measure import BATCHES, CALLS, CALLS_BOUNDS
from fervid.errors import OutputError

if TYPE_CHECKING:
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.candidates import Candidates
    from fervid.engines.measure.comparison import Comparison
    from fervid.engines.measure.timing import Timing


@click.command()
@click.argument("engine")
@setting_option("device")
@click.option(
    "--backend",
    "backend_names",
    type=click.Choice(backends.NAMES),
    multiple=True,
    help="May be repeated.  [default: all]",
)
@click.option(
    "--precision",
    "precisions",
    type=click.Choice(PRECISIONS),
    multiple=True,
    help="May be repeated.  [default: all that the processor is fast in]",
)
@click.option("--threads", type=click.IntRange(*THREADS), default=1, show_default=True, help="CPU threads.")
@click.option(
    "--batch",
    "batches",
    type=Numbers("N,..."),
    default=",".join(map(str, BATCHES)),
    show_default=True,
    help="Faces a call.",
)
@click.option(
    "--calls", type=click.IntRange(*CALLS_BOUNDS), default=CALLS, show_default=True, help="Timed calls of each engine."
)
@click.option("--calibration", type=DATA, metavar="DATA", help="Labelled faces to calibrate int8 on, and build it.")
@click.option("--faces", type=DATA, metavar="DATA", help="Labelled faces to time on, and to compare the answers on.")
@click.option("--json", type=click.Path(path_type=Path), metavar="FILE", help="Write the figures for programs, too.")
@reading_options
@output_options
def bench(
    reading: Reading,
    *,
    engine: str,
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
    """Time ENGINE on every backend that works here, side by side.

    ENGINE is the name of a shipped engine or the folder of another. It is built for each backend where it was not yet.
    All take turns in one run, so that whatever else the machine does harms all alike; what counts is the ratio to
    pytorch eager fp32, the plain network as PyTorch runs it by itself. int8 takes part where it was built
    before, or with --calibration.
    """
    let_threads_sleep()
    from fervid.cli.reporter import Reporter
    from fervid.core.files import make_folder, write_text
    from fervid.engines.measure.candidates import Wanted, open_candidates

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder, manifest = engine_tables.trained(engine)
    if json is not None:
        if json.exists() and not overwrite:
            raise OutputError(f"{json} is there already", "replace it with --overwrite, or choose another --json")
        make_folder(json.parent)
    measured = engine_tables.calibration(reporter, reading, calibration, manifest)
    sample = engine_tables.sample(reporter, reading, faces, manifest)
    with working(reporter, "getting the engines ready"):
        lined = open_candidates(folder, Wanted(device, backend_names, precisions, threads, measured))
    with lined:
        rounds = []
        for batch in batches:
            with working(reporter, f"timing {len(lined.engines)} engines, {batch} faces a call"):
                rounds.append(engine_tables.timed(lined.engines, sample, batch, calls))
        found = engine_tables.compared(folder, lined.engines, sample) if faces else {}
        figures = _document(manifest, lined, rounds, found) | {"threads": threads, "pictures": sample.source}
    if json is not None:
        write_text(json, writer.dumps(figures, indent=2, ensure_ascii=False) + "\n")
        reporter.note(f"wrote {json}")
    if not quiet:
        _tell(figures, lined, rounds, found)


def _tell(
    figures: Mapping[str, Any],
    lined: Candidates,
    rounds: Sequence[Mapping[str, Timing]],
    found: Mapping[str, Comparison],
) -> None:
    """The tables, and below them the machine and what could not take part."""
    calls, threads, pictures = figures["timings"][0]["calls"], figures["threads"], figures["pictures"]
    title = f"{figures['engine']['name']} on {_plural(threads, 'CPU thread')}, {_plural(calls, 'call')}, {pictures}"
    console = engine_tables.output()
    engine_tables.show_speeds(console, title, rounds)
    if found:
        engine_tables.show_answers(console, f"answers on {pictures}", found)
    console.print(_described(figures["machine"]), markup=False)
    for reason, names in _by_reason(lined).items():
        console.print(f"without {', '.join(names)}: {reason}", markup=False)


def _by_reason(lined: Candidates) -> dict[str, list[str]]:
    """What could not take part, under the reason why."""
    reasons: dict[str, list[str]] = {}
    for name, error in lined.left_out.items():
        reasons.setdefault(str(error), []).append(name)
    return reasons


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _described(machine: Mapping[str, Any]) -> str:
    """The machine in a line."""
    here = dict(machine)
    first = f"{here.pop('processor')}, {_plural(here.pop('cores'), 'core')}, {here.pop('system')}"
    return "; ".join([first, *(f"{name} {version}" for name, version in here.items())])


def _document(
    manifest: Manifest, lined: Candidates, rounds: Sequence[Mapping[str, Timing]], found: Mapping[str, Comparison]
) -> dict[str, Any]:
    """Everything that was measured, ready for JSON."""
    from fervid.core import machine

    return {
        "engine": {"name": manifest.name, "network": manifest.network, "sha256": manifest.sha256},
        "machine": machine.describe(),
        "timings": [
            {
                "engine": name,
                "backend": lined.engines[name].backend,
                "device": lined.engines[name].device,
                **timing.document(),
                "ratio": round(timing.times_as_fast(next(iter(timings.values()))), 4),
            }
            for timings in rounds
            for name, timing in timings.items()
        ],
        "answers": {name: comparison.document() for name, comparison in found.items()},
        "left_out": {name: str(error) for name, error in lined.left_out.items()},
    }
