"""The compiled engines in the user's cache folder, each named after all that it depends on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from fervid.engines.backends import Backend, Plan
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError, OutputError

FOLDER: Final = "FERVID_ENGINES"
"""Environment variable that names another folder."""

_NAMED: Final = re.compile(r"-(fp32|fp16|bf16|int8)-[0-9a-f]{16}(\.partial|\.old)?$")
"""Names of the folders that `place` returns, and of the temporary ones that `fervid.engines.build` makes for them."""

_CACHES: Final = "timing-*.cache"
"""Names of the files in which TensorRT keeps the timings of kernels."""


def root() -> Path:
    """Return the folder of the cache, which may not exist yet."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else user_cache_path("fervid") / "engines"


def place(manifest: Manifest, backend: Backend, plan: Plan) -> Path:
    """Return the folder for a build, whose name ends in a digest of all that the build depends on.

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
        *plan.targets,
        plan.batch.least,
        plan.batch.best,
        plan.batch.most,
    ]
    faces = b"" if plan.calibration is None else plan.calibration.crops.tobytes()
    key = hashlib.sha256(json.dumps(ingredients).encode() + faces).hexdigest()[:16]
    return root() / f"{manifest.name}-{backend.name}-{plan.precision}-{key}"


def find(manifest: Manifest, backend: Backend, precision: str) -> Path | None:
    """Return the folder of the newest build of a trained engine that runs here; None if there is none.

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
        if compiled.version == backend.version() and not backend.mismatch(compiled) and _manifest(folder) == manifest:
            return folder
    return None


def builds() -> Iterator[tuple[Path, Compiled]]:
    """Yield the folder and the description of every build, the newest first, without damaged ones."""
    found = []
    for path in root().glob(f"*/{COMPILED}"):
        try:
            found.append((path.stat().st_mtime, path.parent, Compiled.load(path.parent)))
        except (EngineError, OSError):
            continue
    yield from ((folder, compiled) for _, folder, compiled in sorted(found, key=lambda entry: entry[0], reverse=True))


def _manifest(folder: Path) -> Manifest | None:
    try:
        return Manifest.load(folder)
    except EngineError:
        return None


def folders() -> list[Path]:
    """Return the folders of all builds by name, including damaged ones and remains of interrupted builds."""
    return sorted(path for path in root().glob("*") if path.is_dir() and _NAMED.search(path.name))


def clear() -> int:
    """Remove all builds and timings, and nothing else that may be in the folder.

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
        for file in root().glob(_CACHES):
            freed += file.stat().st_size
            file.unlink()
    except OSError as error:
        raise OutputError(f"'{error.filename}' cannot be removed ({error.strerror})", "remove it by hand") from error
    return freed


def size(folder: Path) -> int:
    """Return the total size in bytes of all files in `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
