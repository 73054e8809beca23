"""The engines that there are: those that come with fervid, those that were built, and a user's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

_JUDGED: Final = ("private_test", "public_test")
"""What an accuracy counts by, the better judge first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One engine.

    Attributes:
        folder: Where it is.
        kind: `SHIPPED`, `BUILT` or `OWN`.
        size: Of all its files, in bytes.
        manifest: Of the trained engine; None where it is damaged.
        compiled: How it was compiled; None where it was not, or is damaged.
        damage: What is wrong with it; empty where all is well.
    """

    folder: Path
    kind: str
    size: int
    manifest: Manifest | None = None
    compiled: Compiled | None = None
    damage: str = ""

    @property
    def name(self) -> str:
        """What ``--engine`` takes; that of a build which its trained engine finds by itself."""
        return str(self.folder) if self.manifest is None or self.kind == OWN else self.manifest.name

    @property
    def accuracy(self) -> tuple[float, str] | None:
        """A part of 1 and what it was measured on, of the trained engine; None where nobody measured."""
        known = {} if self.manifest is None else dict(self.manifest.accuracy)
        return next(((known[judge], judge) for judge in (*_JUDGED, *known) if judge in known), None)

    def document(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
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


def everything(places: Iterable[Path]) -> Iterator[Entry]:
    """The engines that come with fervid, those in the store, and those in and below `places`.

    Every file is read and compared with its digest.

    Raises:
        EngineError: One of `places` does not exist.
    """
    shelf = [engines.resolve(name) for name in engines.shipped()]
    yield from (_looked_over(folder, SHIPPED) for folder in shelf)
    yield from (_looked_over(folder, BUILT) for folder in build_cache.folders())
    seen = {folder.resolve() for folder in (*shelf, *build_cache.folders())}
    for place in places:
        if not place.exists():
            raise EngineError(f"{place} does not exist", "give a folder that holds engines")
        for folder in _folders_of_engines(place):
            if folder.resolve() not in seen:
                seen.add(folder.resolve())
                yield _looked_over(folder, OWN)


def working() -> list[str]:
    """The backends that can run a trained engine here."""
    found = []
    for name in backends.COMPILERS:
        try:
            backends.get(name).check()
        except (DeviceError, MissingPackageError):
            continue
        found.append(name)
    return [*found, PYTORCH]


def _folders_of_engines(place: Path) -> list[Path]:
    return sorted({path.parent for name in (MANIFEST, WEIGHTS, COMPILED) for path in place.rglob(name)})


def _looked_over(folder: Path, kind: str) -> Entry:
    size = build_cache.size(folder)
    try:
        manifest = Manifest.load(folder)
        if kind != BUILT and not (folder / COMPILED).exists():
            weights.check(folder / WEIGHTS, manifest.sha256)
            return Entry(folder, kind, size, manifest)
        compiled = Compiled.load(folder)
        for name in compiled.files:
            compiled.content(folder, name)
    except EngineError as error:
        return Entry(folder, kind, size, damage=str(error))
    return Entry(folder, kind, size, manifest, compiled)
