"""Compiling a trained engine for a backend, into a folder that is either complete or absent."""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path

import fervid
from fervid.core.cache import ENGINES
from fervid.core.files import make_folder
from fervid.core.whole_folders import replacing_alone, replacing_folder
from fervid.engines import build_cache, origin
from fervid.engines.backends import Backend, Plan
from fervid.engines.backends.pytorch import read_network
from fervid.engines.compiled import COMPILED, Compiled, digest
from fervid.engines.manifest import MANIFEST, Manifest
from fervid.errors import OutputError, UsageError

_log = logging.getLogger(__name__)


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
        UsageError: The backend lacks the precision, or the plan has faces to calibrate another precision than int8 on.
        EngineError: The trained engine is damaged, or the backend cannot compile it.
        DeviceError: The backend needs a device to compile, and there is none.
        MissingPackageError: A package is not installed.
        OutputError: The folder holds something other than a compiled engine, or cannot be written.
    """
    check(backend, plan.precision, calibrated=plan.calibration is not None)
    try:
        if folder.parent != build_cache.root() and _holds_something_else(folder):
            raise OutputError(f"'{folder}' exists and is not a compiled engine", "choose another folder with -o")
    except PermissionError as error:
        raise OutputError(f"'{folder}' cannot be read ({error.strerror})", "choose another folder with -o") from error
    make_folder(folder.parent)
    with _alone(folder, f"{trained.name} for {backend.name}"):
        return _build(trained, backend, plan, folder)


def keep(trained: Path, manifest: Manifest, backend: Backend, plan: Plan) -> Path:
    """Return the build of exactly this plan in the cache, which is made unless it is there and intact.

    One process makes it, and others wait for it. Where the cache cannot be written, or damages what is written, the
    build lies in a temporary folder.

    Args:
        trained: Folder of the trained engine.
        manifest: Its manifest.
        backend: Backend to compile for.
        plan: Precision, batch sizes, targets and calibration.

    Returns:
        The folder of the compiled engine.

    Raises:
        FervidError: As for `build`.
    """
    check(backend, plan.precision, calibrated=plan.calibration is not None)
    name = build_cache.name(manifest, backend, plan)

    def make(root: Path) -> Path:
        place = root / name
        was_there, damage = place.exists(), build_cache.damage(place)
        if not damage:
            return place
        make_folder(root)
        if was_there:
            _log.warning("%s; compiling the engine again", damage)
        else:
            once = ", once" if root == ENGINES.folder else ""
            _log.info("compiling %s for %s%s", manifest.name, backend.name, once)
        try:
            _build(trained, backend, plan, place)
        except OutputError:
            if build_cache.damage(place):
                raise
            return place  # another process was quicker
        return place

    with suppress(OutputError):  # where nothing can be written, no other process can be waited for either
        make_folder(ENGINES.folder)
    with _alone(ENGINES.folder / name, f"{manifest.name} for {backend.name}"):
        return ENGINES.keep(make)


def _build(trained: Path, backend: Backend, plan: Plan, folder: Path) -> Built:
    """Compile the engine in `trained`, and replace whatever is in `folder`."""
    manifest, network = read_network(trained)
    version = backend.version()
    began = time.monotonic()
    with replacing_folder(folder) as partial:
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
        if damage := build_cache.damage(partial):
            raise OutputError(f"{damage}, although it was just written", "check the disk")
        backend.check_files(partial, compiled)  # what is refused when it is loaded must not be built
        if backend.is_native:
            origin.record(compiled.dump())
        size = sum(path.stat().st_size for path in partial.iterdir())
    return Built(folder, compiled, time.monotonic() - began, size)


def check(backend: Backend, precision: str, *, calibrated: bool) -> None:
    """Check that a backend can compile for a precision, before any long work begins.

    Args:
        backend: Backend to compile for.
        precision: One of `fervid.engines.compiled.PRECISIONS`.
        calibrated: Faces to calibrate on are given.

    Raises:
        UsageError: The backend lacks the precision, or another precision than int8 has faces to calibrate on.
    """
    if precision not in backend.precisions:
        raise UsageError(
            f"{backend.name} does not support the precision {precision}",
            f"choose one of {', '.join(backend.precisions)}",
        )
    if precision != "int8" and calibrated:
        raise UsageError(f"{precision} is not calibrated", "leave out --calibration DATA, or choose --precision int8")


def _alone(folder: Path, what: str) -> AbstractContextManager[None]:
    return replacing_alone(folder, lambda owner: _log.info("waiting for %s, which compiles %s", owner, what))


def _holds_something_else(folder: Path) -> bool:
    if not folder.exists() or (folder / COMPILED).is_file():
        return False
    return not folder.is_dir() or any(folder.iterdir())
