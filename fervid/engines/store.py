"""Compiled engines that fervid built before, in the user's cache folder, known by what they were made of."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from fervid.engines.backends import Backend, Plan
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

FOLDER: Final = "FERVID_ENGINES"
"""The environment variable that names another folder."""


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
