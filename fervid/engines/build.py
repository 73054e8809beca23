"""From a trained engine to a compiled one: a folder that is whole or not there."""

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
        folder: Where it is.
        compiled: How it was made.
        seconds: How long that took.
        size: Of all its files, in bytes.
    """

    folder: Path
    compiled: Compiled
    seconds: float
    size: int


def build(trained: Path, backend: Backend, plan: Plan, folder: Path) -> Built:
    """Compile the engine in `trained`.

    Args:
        trained: Holds manifest and weights.
        backend: What to compile with.
        plan: How.
        folder: Where the compiled engine goes; a compiled one that is there already is replaced at the end.

    Raises:
        UsageError: The backend has no such precision, or int8 lacks faces to calibrate on.
        EngineError: The trained engine is damaged, or the backend cannot compile it.
        DeviceError: The backend needs a device to compile, and there is none.
        MissingPackageError: A package is not installed.
        OutputError: The folder holds something else, or cannot be written.
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
    """Whether a backend can compile for a precision, so that nobody waits for what will not be.

    Raises:
        UsageError: It has no such precision, or int8 lacks faces to calibrate on, or another precision has them.
    """
    if precision not in backend.precisions:
        raise UsageError(
            f"{backend.name} has no precision {precision}", f"choose one of {', '.join(backend.precisions)}"
        )
    if precision == "int8" and not calibrated:
        raise UsageError("int8 is calibrated on faces", "give them with --calibration DATA")
    if precision != "int8" and calibrated:
        raise UsageError(f"{precision} needs no faces to calibrate on", "leave out --calibration DATA, or ask for int8")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Fill the folder that is given within the block; at its end it takes the place of `folder`."""
    if folder.exists() and not (folder / COMPILED).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"{folder} is there already and is no compiled engine", "choose another folder with -o")
    make_folder(folder.parent)
    partial, old = (folder.with_name(f"{folder.name}.{ending}") for ending in ("partial", "old"))
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir()
        yield partial
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
            folder.replace(old)
        partial.replace(folder)
    except OSError as error:
        remedy = "free space or choose another folder with -o"
        raise OutputError(f"{folder} cannot be written ({error.strerror or error})", remedy) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
