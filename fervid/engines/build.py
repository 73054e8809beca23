"""Compiling a trained engine for a backend, into a folder that is either complete or absent."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import fervid
from fervid.core.files import make_folder
from fervid.engines.backends import Backend, Plan
from fervid.engines.backends.pytorch import read_network
from fervid.engines.compiled import COMPILED, Compiled, digest
from fervid.engines.manifest import MANIFEST
from fervid.errors import OutputError, UsageError


@dataclass(frozen=True, slots=True)
class Built:
    """A compiled engine that was just built.

    Attributes:
        folder: Folder of the engine.
        compiled: Its description.
        seconds: Duration of the build.
        size: Total size of its files in bytes.
    """

    folder: Path
    compiled: Compiled
    seconds: float
    size: int


def build(trained: Path, backend: Backend, plan: Plan, folder: Path) -> Built:
    """Compile the engine in `trained`.

    Args:
        trained: Folder of the trained engine, with its manifest and weights.
        backend: Backend to compile for.
        plan: Precision, batch sizes, targets and calibration.
        folder: Folder of the compiled engine; one that exists already is replaced when the new one is complete.

    Raises:
        UsageError: The backend lacks the precision, or the plan lacks faces to calibrate int8 on.
        EngineError: The trained engine is damaged, or the backend cannot compile it.
        DeviceError: The backend needs a device to compile, and there is none.
        MissingPackageError: A package is not installed.
        OutputError: The folder holds something other than a compiled engine, or cannot be written.
    """
    check(backend, plan.precision, calibrated=plan.calibration is not None)
    manifest, network = read_network(trained)
    version = backend.version()
    began = time.monotonic()
    with _replacing(folder) as partial:
        targets = backend.build(manifest, network, plan, partial)
        contents = {path.name: path.read_bytes() for path in sorted(partial.iterdir())}
        compiled = Compiled(
            backend=backend.name,
            version=version,
            precision=plan.precision,
            batch=plan.batch,
            targets=targets,
            calibration="" if plan.calibration is None else plan.calibration.source,
            weights=manifest.sha256,
            files={name: digest(content) for name, content in contents.items()},
            fervid=fervid.__version__,
        )
        (partial / COMPILED).write_text(compiled.dump(), encoding="utf-8")
        (partial / MANIFEST).write_text(manifest.dump(), encoding="utf-8")
        size = sum(path.stat().st_size for path in partial.iterdir())
    return Built(folder, compiled, time.monotonic() - began, size)


def check(backend: Backend, precision: str, *, calibrated: bool) -> None:
    """Check that a backend can compile for a precision, before any long work begins.

    Args:
        backend: Backend to compile for.
        precision: One of `fervid.engines.compiled.PRECISIONS`.
        calibrated: Faces to calibrate on are given.

    Raises:
        UsageError: The backend lacks the precision, int8 lacks faces to calibrate on, or another precision has them.
    """
    if precision not in backend.precisions:
        raise UsageError(
            f"{backend.name} does not support the precision {precision}",
            f"choose one of {', '.join(backend.precisions)}",
        )
    if precision == "int8" and not calibrated:
        raise UsageError("int8 needs faces to calibrate on", "add --calibration DATA")
    if precision != "int8" and calibrated:
        raise UsageError(f"{precision} is not calibrated", "leave out --calibration DATA, or choose --precision int8")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to fill, which replaces `folder` when the block ends without an error."""
    if folder.exists() and not (folder / COMPILED).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"'{folder}' exists and is not a compiled engine", "choose another folder with -o")
    make_folder(folder.parent)
    partial, old = (folder.with_name(f"{folder.name}.{suffix}") for suffix in ("partial", "old"))
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        yield partial
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.replace(old)
        partial.replace(folder)
    except OSError as error:
        remedy = "free some space, or choose another folder with -o"
        raise OutputError(f"'{folder}' cannot be written ({error.strerror or error})", remedy) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
