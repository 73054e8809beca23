"""The inventory of engines: those that ship with fervid, those in the build cache, and a user's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid import engines
from fervid.engines import backends, build_cache, weights
from fervid.engines.backends import PYTORCH
from fervid.engines.compiled import COMPILED, Compiled
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import DeviceError, EngineError, MissingPackageError

SHIPPED: Final = "shipped"
BUILT: Final = "built"
OWN: Final = "own"

_SPLITS: Final = ("private_test", "public_test")
"""Splits whose accuracy is shown, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One engine.

    Attributes:
        folder: Folder of the engine.
        kind: `SHIPPED`, `BUILT` or `OWN`.
        size: Total size of its files in bytes.
        manifest: Manifest of the trained engine; None if the engine is damaged.
        compiled: Description of the compiled engine; None if it is not compiled, or damaged.
        damage: Description of its damage; empty if it is intact.
    """

    folder: Path
    kind: str
    size: int
    manifest: Manifest | None = None
    compiled: Compiled | None = None
    damage: str = ""

    @property
    def name(self) -> str:
        """The name that ``--engine`` takes; for a build in the cache, the name of the trained engine, which uses it."""
        return str(self.folder) if self.manifest is None or self.kind == OWN else self.manifest.name

    @property
    def accuracy(self) -> tuple[float, str] | None:
        """The accuracy of the trained engine, 0 to 1, and the split it was measured on; None if it is not known."""
        known = {} if self.manifest is None else dict(self.manifest.accuracy)
        return next(((known[split], split) for split in (*_SPLITS, *known) if split in known), None)

    def document(self) -> dict[str, Any]:
        """Return all facts, ready for JSON."""
        manifest, compiled = self.manifest, self.compiled
        return {
            "name": self.name,
            "kind": self.kind,
            "folder": str(self.folder),
            "network": manifest and manifest.network,
            "classes": manifest and list(manifest.classes),
            "accuracy": {} if manifest is None else dict(manifest.accuracy),
            "backend": compiled and compiled.backend,
            "version": compiled and compiled.version,
            "precision": compiled and compiled.precision,
            "size": self.size,
            "damage": self.damage,
        }


def everything(folders: Iterable[Path]) -> Iterator[Entry]:
    """Yield the engines that ship with fervid, those in the build cache, and those in and below `folders`.

    Every file is read and its digest checked.

    Raises:
        EngineError: One of `folders` does not exist.
    """
    shelf = [engines.resolve(name) for name in engines.shipped()]
    yield from (_inspected(folder, SHIPPED) for folder in shelf)
    yield from (_inspected(folder, BUILT) for folder in build_cache.folders())
    seen = {folder.resolve() for folder in (*shelf, *build_cache.folders())}
    for top in folders:
        if not top.exists():
            raise EngineError(f"'{top}' does not exist", "give a folder that holds engines")
        for folder in _engine_folders(top):
            if folder.resolve() not in seen:
                seen.add(folder.resolve())
                yield _inspected(folder, OWN)


def working() -> list[str]:
    """Return the names of the backends that work here."""
    found = []
    for name in backends.COMPILERS:
        try:
            backends.get(name).check()
        except (DeviceError, MissingPackageError):
            continue
        found.append(name)
    return [*found, PYTORCH]


def _engine_folders(top: Path) -> list[Path]:
    return sorted({path.parent for name in (MANIFEST, WEIGHTS, COMPILED) for path in top.rglob(name)})


def _inspected(folder: Path, kind: str) -> Entry:
    size = build_cache.size(folder)
    try:
        manifest = Manifest.load(folder)
        if kind != BUILT and not (folder / COMPILED).exists():
            weights.check(folder / WEIGHTS, manifest.sha256)
            return Entry(folder, kind, size, manifest)
        compiled = Compiled.load(folder)
        for name in compiled.files:
            compiled.content(folder, name)
        if compiled.backend in backends.COMPILERS:
            with suppress(MissingPackageError):  # the engine does not run here either
                backends.get(compiled.backend).check_files(folder, compiled)
    except EngineError as error:
        return Entry(folder, kind, size, damage=str(error))
    return Entry(folder, kind, size, manifest, compiled)
