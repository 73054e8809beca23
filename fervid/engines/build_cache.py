"""The compiled engines in the user's cache folder, each named after all that it depends on."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fervid.core.cache import ENGINES
from fervid.core.files import make_folder, write_bytes
from fervid.core.regular_files import LARGE, read_regular
from fervid.engines.backends import Backend, Plan
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError, OutputError

FOLDER: Final = ENGINES.variable
"""Environment variable that names another folder."""

_NAMED: Final = re.compile(r"-(fp32|fp16|bf16|int8)-[0-9a-f]{16}((\.[0-9a-f]{8})?\.(partial|old))?$")
"""Names that `name` returns, and those of the temporary folders that `fervid.engines.build` makes for them."""

_CACHES: Final = ("timing-*.cache", "kernels-*.cache", "detector-*.cache")
"""Names of the files beside the builds: TensorRT's timings, TensorRT for RTX's kernels, compiled face detectors."""

_log = logging.getLogger(__name__)


def root() -> Path:
    """Return the folder of the cache, which may not exist yet."""
    return ENGINES.folder


def place(manifest: Manifest, backend: Backend, plan: Plan) -> Path:
    """Return the folder for a build; the arguments are those of `name`.

    Raises:
        MissingPackageError: The backend's package is not installed.
    """
    return root() / name(manifest, backend, plan)


def name(manifest: Manifest, backend: Backend, plan: Plan) -> str:
    """Return the name of the folder for a build, which ends in a digest of all that the build depends on.

    Args:
        manifest: Manifest of the trained engine.
        backend: Backend to compile for.
        plan: Precision, batch sizes, targets and calibration.

    Raises:
        MissingPackageError: The backend's package is not installed.
    """
    ingredients = [
        manifest.dump(),
        backend.version(),
        backend.gpu,
        *plan.targets,
        plan.batch.least,
        plan.batch.best,
        plan.batch.most,
    ]
    faces = b"" if plan.calibration is None else plan.calibration.crops.tobytes()
    key = hashlib.sha256(json.dumps(ingredients).encode() + faces).hexdigest()[:16]
    return f"{manifest.name}-{backend.name}-{plan.precision}-{key}"


def find(manifest: Manifest, backend: Backend, precision: str) -> Path | None:
    """Return the folder of the newest intact build of a trained engine that runs here; None if there is none.

    Args:
        manifest: Manifest of the trained engine.
        backend: Backend that the build is for.
        precision: Precision that the build is for.

    Raises:
        MissingPackageError: The backend's package is not installed.
    """
    for folder, compiled in builds():
        if (compiled.backend, compiled.precision, compiled.weights) != (backend.name, precision, manifest.sha256):
            continue
        # Equal weights do not imply an equal manifest: the temperature or the classes may have changed.
        is_runnable = compiled.version == backend.version() and not backend.mismatch(compiled)
        if is_runnable and not damage(folder) and Manifest.load(folder) == manifest:
            return folder
    return None


def damage(folder: Path) -> str:
    """Return what is wrong with the build in `folder`, all of whose files are read; empty if it is intact."""
    try:
        Manifest.load(folder)
        compiled = Compiled.load(folder)
        for file in compiled.files:
            compiled.content(folder, file)
    except EngineError as error:
        return error.problem
    return ""


def builds() -> Iterator[tuple[Path, Compiled]]:
    """Yield the folder and the description of every build, the newest first, without those that cannot be read."""
    found = []
    for path in (path for place in ENGINES.places() for path in place.glob(f"*/{COMPILED}")):
        try:
            found.append((path.stat().st_mtime, path.parent, Compiled.load(path.parent)))
        except (EngineError, OSError):
            continue
    yield from ((folder, compiled) for _, folder, compiled in sorted(found, key=lambda entry: entry[0], reverse=True))


def folders() -> list[Path]:
    """Return the folders of all builds by name, including damaged ones and remains of interrupted builds."""
    return sorted(path for path in root().glob("*") if path.is_dir() and _NAMED.search(path.name))


def clear() -> int:
    """Remove all builds, timings, kernels and compiled detectors, and nothing else that may be in the folder.

    Returns:
        Number of bytes freed.

    Raises:
        OutputError: A file or folder cannot be removed.
    """
    freed = 0
    try:
        for folder in folders():
            freed += size(folder)
            shutil.rmtree(folder)
        for file in (file for names in _CACHES for file in root().glob(names)):
            freed += file.stat().st_size
            file.unlink()
    except OSError as error:
        raise OutputError(f"'{error.filename}' cannot be removed ({error.strerror})", "remove it by hand") from error
    return freed


def read_file(name: str) -> bytes:
    """Return the content of a file beside the builds; empty if there is none that can be read."""
    try:
        return read_regular(root() / name, LARGE)
    except (OSError, EngineError):
        return b""


def keep_file(name: str, content: bytes) -> None:
    """Write a file beside the builds. Where that fails, a warning says so, since it costs only time."""

    def write(folder: Path) -> None:
        make_folder(folder)
        write_bytes(folder / name, content)

    try:
        ENGINES.keep(write)
    except OutputError as error:
        _log.warning("%s", error)


def size(folder: Path) -> int:
    """Return the total size in bytes of all files in `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
