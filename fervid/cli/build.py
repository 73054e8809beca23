"""``fervid build``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli import engine_tables
from fervid.cli.data_options import Reading, reading_options
from fervid.cli.engine_tables import DATA, STYLE, Numbers, size_text, working
from fervid.cli.options import output_options, setting_option
from fervid.cli.value_types import EngineType, PathType
from fervid.core.machine import let_threads_sleep
from fervid.core.packages import pip_install
from fervid.engines import backends
from fervid.engines.compiled import COMPILED, PRECISIONS, Batch, Compiled
from fervid.engines.measure import BATCHES
from fervid.errors import DeviceError, FervidError, MissingPackageError, OutputError, UsageError
from fervid.run.option_flags import with_flags

if TYPE_CHECKING:
    from rich.table import Table

    from fervid.cli.reporter import Reporter
    from fervid.engines.backends import Backend
    from fervid.engines.build import Built
    from fervid.engines.manifest import Manifest
    from fervid.engines.measure.comparison import Sample

_CALLS = 50


@click.command(short_help="Compile an engine for a backend.")
@click.argument("engine", type=EngineType())
@setting_option("device")
@click.option(
    "--backend",
    "backend_name",
    type=click.Choice(backends.COMPILERS),
    help="Backend to compile for.  [default: the fastest that works here]",
)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    help="Precision to compute in.  [default: the fastest that changes no label beyond rounding]",
)
@click.option(
    "--batch",
    type=Numbers("MIN,BEST,MAX", count=3),
    default=",".join(map(str, dataclasses.astuple(Batch()))),
    show_default=True,
    help="Smallest, best and largest batch, in faces.",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="CAPABILITY",
    help="Compute capability of a GPU to compile for with TensorRT, such as 8.6; may be repeated.  "
    "[default: this machine's GPU]",
)
@click.option(
    "--calibration", type=DATA, metavar="DATA", help="Labelled faces to calibrate int8 on, instead of drawn ones."
)
@click.option("--faces", type=DATA, metavar="DATA", help="Labelled faces to compare predictions on.")
@click.option(
    "-o",
    "--output",
    type=PathType(),
    help="Folder of the result.  [default: the cache that runs use]",
)
@reading_options
@output_options
def build(
    reading: Reading,
    *,
    engine: str,
    device: str,
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
    """Compile ENGINE for a backend.

    ENGINE is the name of a shipped engine or the folder of a trained one. If the compiled engine can run here, its
    predictions and its speed are compared with those of the network in PyTorch. DATA are labelled faces in any form
    that fervid data reads: int8 is calibrated on up to 512 faces of the training split, or without them on drawn faces,
    and predictions are compared on up to 1,000 faces of public_test.
    """
    let_threads_sleep()
    from fervid import engines
    from fervid.cli.reporter import Reporter
    from fervid.engines import build_cache
    from fervid.engines.backends import Plan
    from fervid.engines.build import build as compile_engine
    from fervid.engines.build import check
    from fervid.engines.calibration_faces import default_calibration

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder, manifest = engines.resolve_trained(engine)
    backend = _fastest_backend(device) if backend_name is None else _named_backend(backend_name, device)
    backend.version()  # a missing package is reported before faces are read
    precision = precision or backend.default_precision()
    check(backend, precision, calibrated=calibration is not None)
    _check_targets(backend, targets)
    if output is not None and (output / COMPILED).exists() and not overwrite:
        raise OutputError(f"'{output}' holds a compiled engine", "replace it with --overwrite, or choose another -o")
    given = engine_tables.calibration(reporter, reading, calibration, manifest)
    calibration_faces = given or default_calibration(precision, manifest.input)
    sample = engine_tables.sample(reporter, reading, faces, manifest)
    plan = Plan(precision=precision, batch=Batch(*batch), targets=targets, calibration=calibration_faces)
    calibrated = f", calibrating on {calibration_faces.source}" if calibration_faces is not None else ""
    with working(reporter, f"compiling for {backend.name} {precision}{calibrated}"):
        built = compile_engine(folder, backend, plan, output or build_cache.place(manifest, backend, plan))
    if quiet:
        return
    reporter.console.print(_facts(manifest, built), "")
    if reason := _obstacle(backend, built.compiled):
        reporter.note(f"it cannot run here, so it was not compared: {reason}")
        reporter.note(f"wrote {built.folder}")
        return
    _compare(
        reporter, folder, built, sample, backend, hint="" if faces else "; use --faces DATA to compare on real faces"
    )
    options = str(output) if output else f"{engine} --backend {backend.name} --precision {precision}"
    if backend.gpu:
        options += f" --device cuda:{backend.gpu}"
    reporter.note(f"wrote {built.folder}; run it with --engine {options}")


def _fastest_backend(device: str) -> Backend:
    """Return the fastest backend that compiles and works on a device here.

    Raises:
        DeviceError: There is no such device.
        MissingPackageError: There is no backend for it.
    """
    obstacles: list[FervidError] = []
    for name in backends.COMPILERS:
        if backends.kind(device) not in ("auto", _kind(name)):
            continue
        backend = backends.get(name, backends.gpu_index(device))
        try:
            backend.check()
        except (DeviceError, MissingPackageError) as error:
            obstacles.append(error)
            continue
        return backend
    if backends.kind(device) == "cuda":
        raise obstacles[0]
    raise MissingPackageError("no backend that compiles is installed", f"run: {pip_install('fervid[openvino]')}")


def _named_backend(name: str, device: str) -> Backend:
    if backends.kind(device) not in ("auto", _kind(name)):
        raise UsageError(f"{name} does not run on {device}", "leave out --device or --backend")
    return backends.get(name, backends.gpu_index(device))


def _kind(name: str) -> str:
    """Return the one of `fervid.engines.backends.DEVICES` that a backend runs on."""
    from fervid.engines.choice import FASTEST_FIRST

    return dict(FASTEST_FIRST)[name]


def _check_targets(backend: Backend, targets: tuple[str, ...]) -> None:
    if targets and _kind(backend.name) == "cpu":
        raise UsageError(f"--target is for GPUs, but {backend.name} runs on CPUs", "leave it out")


def _obstacle(backend: Backend, compiled: Compiled) -> str:
    """Return why the compiled engine cannot run here; empty if it can."""
    try:
        backend.check()
    except DeviceError as error:
        return error.problem  # the remedy is for running, and this engine may be meant for another machine
    except MissingPackageError as error:
        return with_flags(error)
    mismatch = backend.mismatch(compiled)
    return f"it {mismatch}" if mismatch else ""


def _facts(manifest: Manifest, built: Built) -> Table:
    """Return a table about the compiled engine."""
    from rich.table import Table

    compiled = built.compiled
    title = f"{manifest.name} for {compiled.backend} {compiled.version}, {compiled.precision}"
    table = Table(title=title, show_header=False, **STYLE)
    table.add_column(style="dim")
    table.add_column()
    for name in compiled.files:
        table.add_row(name, size_text((built.folder / name).stat().st_size))
    table.add_row("total", size_text(built.size))
    table.add_row("build time", f"{built.seconds:.1f} s")
    batch = compiled.batch
    table.add_row("batch size", f"{batch.least} to {batch.most}, best {batch.best}")
    if compiled.targets:
        table.add_row("compute capabilities", ", ".join(compiled.targets))
    if compiled.calibration:
        table.add_row("calibrated on", compiled.calibration)
    return table


def _compare(reporter: Reporter, folder: Path, built: Built, sample: Sample, backend: Backend, hint: str) -> None:
    """Compare the compiled engine with the reference, and print their predictions and speeds."""
    import torch

    from fervid import engines
    from fervid.engines.measure import reference
    from fervid.engines.measure.timing import time_batch

    device = f"cuda:{backend.gpu}" if _kind(backend.name) == "cuda" else "cpu"
    name = f"{built.compiled.backend} {built.compiled.precision}"
    with (
        reference.EagerEngine.load(folder, device if torch.cuda.is_available() else "cpu") as eager,
        engines.load(built.folder, device) as compiled,
    ):
        both = {reference.NAME: eager, name: compiled}
        with working(reporter, f"comparing on {sample.source}"):
            comparisons = reference.compare_with_reference(folder, both, sample)
        with working(reporter, "timing"):
            rounds = [time_batch(both, sample.images, batch, _CALLS) for batch in BATCHES]
        described = compiled.device
    engine_tables.show_comparisons(reporter.console, f"predictions on {sample.source}{hint}", comparisons)
    engine_tables.show_speeds(reporter.console, f"speed on {described}, one CPU thread", rounds)
