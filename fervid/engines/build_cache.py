"""Compiled engines that fervid built before, in the user's cache folder, known by what they were made of."""

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
"""The environment variable that names another folder."""

_NAMED: Final = re.compile(r"-(fp32|fp16|bf16|int8)-[0-9a-f]{16}(\.partial|\.old)?$")
"""How the folders of `place` are named, and what `fervid.engines.build` makes on the way to them."""

_CACHES: Final = "timing-*.cache"
"""What TensorRT learned while it built."""


def root() -> Path:
    """The folder that holds them, which may not be there yet."""
    named = os.environ.get(FOLDER)
    return Path(named) if named else user_cache_path("fervid") / "engines"


def place(manifest: Manifest, backend: Backend, plan: Plan) -> Path:
    """Where a build belongs: the folder's name tells all that it is made of.

    Raises:
        MissingPackageError: The backend's package is not installed.
    """
    made_of = [manifest.dump(), backend.version(), *plan.targets, plan.batch.least, plan.batch.best, plan.batch.most]
    faces = b"" if plan.calibration is None else plan.calibration.crops.tobytes()
    key = hashlib.sha256(json.dumps(made_of).encode() + faces).hexdigest()[:16]
    return root() / f"{manifest.name}-{backend.name}-{plan.precision}-{key}"


def find(manifest: Manifest, backend: Backend, precision: str) -> Path | None:
    """The newest build of a trained engine that runs here.

    Args:
        manifest: Of the trained engine.
        backend: What it was built with.
        precision: What it was built for.

    Raises:
        MissingPackageError: The backend's package is not installed.
    """
    for folder, compiled in everything():
        if (compiled.backend, compiled.precision, compiled.weights) != (backend.name, precision, manifest.sha256):
            continue
        # The temperature and the names of the classes are no part of the weights.
        if compiled.version == backend.version() and not backend.misfit(compiled) and _manifest(folder) == manifest:
            return folder
    return None


def everything() -> Iterator[tuple[Path, Compiled]]:
    """Every build, the newest first; what is damaged is passed over."""
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
    """Every build, damaged ones and what a build that was stopped left behind too, by name."""
    return sorted(path for path in root().glob("*") if path.is_dir() and _NAMED.search(path.name))


def clear() -> int:
    """Remove what is in the store, and nothing else that may be in its folder.

    Returns:
        How many bytes are free again.

    Raises:
        OutputError: Something cannot be removed.
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
        raise OutputError(f"{error.filename} cannot be removed ({error.strerror})", "remove it by hand") from error
    return freed


def size(folder: Path) -> int:
    """Of all files in it, in bytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
