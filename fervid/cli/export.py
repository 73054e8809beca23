"""``fervid export``."""

from __future__ import annotations

from pathlib import Path

import click

from fervid.cli.options import output_options
from fervid.cli.value_types import EngineType, PathType
from fervid.core.files import file_identity
from fervid.core.machine import let_threads_sleep
from fervid.errors import OutputError, UsageError


@click.command(short_help="Export an engine as ONNX for other programs.")
@click.argument("engine", type=EngineType())
@click.option("-o", "--output", type=PathType(), help="ONNX file to write.  [default: ENGINE.onnx]")
@output_options
def export(*, engine: str, output: Path | None, overwrite: bool, quiet: bool, verbose: bool) -> None:
    """Export ENGINE as an ONNX file for other programs, checked against PyTorch.

    ENGINE is the name of a shipped engine or the folder of a trained one. The input of the file is `images`, (N,
    channels, size, size) float32 normalised as the manifest says; its output is `logits`, (N, classes). N is any
    number.
    """
    let_threads_sleep()
    from fervid import engines
    from fervid.cli.reporter import Reporter
    from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
    from fervid.evaluation import onnx_export

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder = engines.resolve(engine)
    path = output or Path(f"{Manifest.load(folder).name}.onnx")
    if any(file_identity(path) == file_identity(folder / name) for name in (MANIFEST, WEIGHTS)):
        raise UsageError(f"'{path}' belongs to the engine", "choose another -o")
    if path.exists() and not overwrite:
        raise OutputError(f"'{path}' exists already", "replace it with --overwrite, or choose another -o")
    onnx_export.export(folder, path)
    reporter.note(f"wrote {path}; its logits agree with PyTorch's to {onnx_export.TOLERANCE:g}")
