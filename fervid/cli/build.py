"""``fervid build``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli import engine_tables
from fervid.cli.data_options import Reading, reading_options
from fervid.cli.engine_tables import DATA, STYLE, Numbers, size_text, working
from fervid.cli.options import output_options
from fervid.cli.training_options import let_threads_sleep
from fervid.engines import backends
from fervid.engines.compiled import COMPILED, PRECISIONS, Batch, Compiled
from fervid.engines.measure import BATCHES
from fervid.errors import DeviceError, MissingPackageError, OutputError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from fervid.cli.reporter import Reporter
    from fervid.engines.backends import Backend
    from fervid.engines.build import Built
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.comparison import Sample

_CALLS = 50


@click.command()
@click.argument("engine")
@click.option(
    "--backend",
    "backend_name",
    type=click.Choice(backends.COMPILERS),
    help="What to compile for.  [default: the fastest that works here]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="What the network computes in.  [default: the fastest that changes no label beyond rounding]",
)
@click.option(
    "--batch",
    type=Numbers("MIN,BEST,MAX", count=3),
    default=",".join(map(str, dataclasses.astuple(Batch()))),
    show_default=True,
    help="Faces at a time: the fewest, what to be fastest for, the most.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="CAPABILITY",
    help="With TensorRT, a GPU's compute capability such as 8.6; may be repeated.  [default: the GPU at hand]",
)
@click.option("--calibration", type=DATA, metavar="DATA", help="Labelled faces that int8 is calibrated on.")
@click.option("--faces", type=DATA, metavar="DATA", help="Labelled faces to compare the answers on.")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Folder.  [default: where the next run finds it by itself]"
)
@reading_options
@output_options
def build(
    reading: Reading,
    *,
    engine: str,
    backend_name: str | None,
    precision: str | None,
    batch: tuple[int, ...],
    targets: tuple[str, ...],
    calibration: Path | None,
    faces: Path | None,
    output: Path | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """Compile ENGINE for the hardware at hand.

    ENGINE is the name of a shipped engine or the folder of another. What was built is compared with the plain network
    in PyTorch, in its answers and its speed, where it can run here. DATA is anything that fervid data reads: up to 512
    faces of its training split to calibrate on, up to 1,000 of public_test to compare on.
    """
    let_threads_sleep()
    from fervid.cli.reporter import Reporter
    from fervid.engines import build_cache
    from fervid.engines.backends import Plan
    from fervid.engines.build import build as compile_engine
    from fervid.engines.build import check

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder, manifest = engine_tables.trained(engine)
    backend = _first_that_works() if backend_name is None else backends.get(backend_name)
    backend.version()  # a missing package shows before faces are read
    precision = precision or backend.precision()
    check(backend, precision, calibrated=calibration is not None)
    _check_targets(backend, targets)
    if output is not None and (output / COMPILED).exists() and not overwrite:
        raise OutputError(f"{output} holds a compiled engine", "replace it with --overwrite, or choose another -o")
    measured = engine_tables.calibration(reporter, reading, calibration, manifest)
    sample = engine_tables.sample(reporter, reading, faces, manifest)
    plan = Plan(precision=precision, batch=Batch(*batch), targets=targets, calibration=measured)
    calibrated = f", calibrating on {measured.source}" if measured is not None else ""
    with working(reporter, f"compiling for {backend.name} {precision}{calibrated}"):
        built = compile_engine(folder, backend, plan, output or build_cache.place(manifest, backend, plan))
    if quiet:
        return
    reporter.console.print(_facts(manifest, built), "")
    if reason := _obstacle(backend, built.compiled):
        reporter.note(f"it cannot run here, so nothing was compared: {reason}")
        reporter.note(f"wrote {built.folder}")
        return
    _judge(reporter, folder, built, sample, hint="" if faces else "; --faces DATA compares on real ones")
    how = str(output) if output else f"{engine} --backend {backend.name} --precision {precision}"
    reporter.note(f"wrote {built.folder}, which --engine {how} runs")


def _first_that_works() -> Backend:
    """The backend to compile for where none was asked for.

    Raises:
        MissingPackageError: None works here.
    """
    for name in backends.COMPILERS:
        backend = backends.get(name)
        try:
            backend.check()
        except (DeviceError, MissingPackageError):
            continue
        return backend
    raise MissingPackageError("no backend that compiles works here", "run: pip install 'fervid[openvino]'")


def _check_targets(backend: Backend, targets: tuple[str, ...]) -> None:
    from fervid.engines.choice import WAYS

    if targets and dict(WAYS)[backend.name] == "cpu":
        raise UsageError(f"what is built for {backend.name} runs on any CPU", "leave out --target")


def _obstacle(backend: Backend, compiled: Compiled) -> str:
    """Why what was built cannot run here; empty where it can."""
    try:
        backend.check()
    except (DeviceError, MissingPackageError) as error:
        return str(error)
    misfit = backend.misfit(compiled)
    return f"it {misfit}" if misfit else ""


def _facts(manifest: Manifest, built: Built) -> Table:
    from rich.table import Table

    compiled = built.compiled
    title = f"{manifest.name} for {compiled.backend} {compiled.version}, {compiled.precision}"
    table = Table(title=title, show_header=False, **STYLE)
    table.add_column(style="dim")
    table.add_column()
    for name in compiled.files:
        table.add_row(name, size_text((built.folder / name).stat().st_size))
    table.add_row("in all", size_text(built.size))
    table.add_row("build time", f"{built.seconds:.1f} s")
    batch = compiled.batch
    table.add_row("faces at a time", f"{batch.least} to {batch.most}, best {batch.best}")
    if compiled.targets:
        table.add_row("compute capabilities", ", ".join(compiled.targets))
    if compiled.calibration:
        table.add_row("calibrated on", compiled.calibration)
    return table


def _judge(reporter: Reporter, folder: Path, built: Built, sample: Sample, hint: str) -> None:
    """Compare what was built with the plain network, and say how they differ."""
    from fervid import engines
    from fervid.engines.choice import WAYS
    from fervid.engines.measure import eager

    where = dict(WAYS)[built.compiled.backend]
    name = f"{built.compiled.backend} {built.compiled.precision}"
    with (
        eager.EagerEngine.load(folder, "auto" if where == "cuda" else "cpu") as plain,
        engines.load(built.folder) as compiled,
    ):
        both = {eager.NAME: plain, name: compiled}
        with working(reporter, f"comparing on {sample.source}"):
            found = engine_tables.compared(folder, both, sample)
        with working(reporter, "timing"):
            rounds = [engine_tables.timed(both, sample, batch, _CALLS) for batch in BATCHES]
        device = compiled.device
    engine_tables.show_answers(reporter.console, f"answers on {sample.source}{hint}", found)
    engine_tables.show_speeds(reporter.console, f"speed on {device}, one CPU thread", rounds)
