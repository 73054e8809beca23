"""The description of a compiled engine: the JSON file that records how it was built, from what and for what."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import Self

from fervid.core.regular_files import LARGE, read_regular
from fervid.engines.document import Keys, is_digest, read
from fervid.errors import EngineError

FORMAT: Final = 1
"""Version of the file format that this fervid reads and writes."""

COMPILED: Final = "compiled.json"
"""The file that marks a folder as a compiled engine; the manifest of the trained engine is beside it."""

MOST_FACES: Final = 65_536
"""Largest batch that an engine can be compiled or timed for."""

PRECISIONS: Final = ("fp32", "fp16", "bf16", "int8")


@dataclass(frozen=True, slots=True)
class Batch:
    """The batch sizes that a compiled network takes.

    Attributes:
        least: Smallest batch, in faces.
        best: Batch that the network is optimised for.
        most: Largest batch.
    """

    least: int = 1
    best: int = 8
    most: int = 128

    @property
    def is_ordered(self) -> bool:
        """True if the sizes are in ascending order and within bounds."""
        return 1 <= self.least <= self.best <= self.most <= MOST_FACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """The description of a compiled engine.

    Attributes:
        format: Version of the file format.
        backend: Name of the backend, one of `fervid.engines.backends.NAMES`.
        version: Version of the backend's package.
        precision: One of `PRECISIONS`.
        batch: Batch sizes that it takes.
        targets: Compute capabilities of the GPUs that it runs on, such as ``8.9``; empty if any device will do.
        calibration: Faces that int8 was calibrated on, as shown to users; empty for other precisions.
        weights: SHA-256 digest of the weights that it was built from, 64 hexadecimal digits.
        files: SHA-256 digests of its files, by their names in the folder.
        fervid: Version of fervid that wrote the description.
    """

    format: int = FORMAT
    backend: str
    version: str
    precision: str
    batch: Batch
    targets: tuple[str, ...]
    calibration: str
    weights: str
    files: Mapping[str, str]
    fervid: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the description of the compiled engine in `folder`.

        Raises:
            EngineError: The file is missing or not JSON, or a key is unknown, missing or wrong.
        """
        keys = read(folder / COMPILED, "build the engine with fervid build", REBUILD)
        if keys.get("format", int) != FORMAT:
            raise EngineError(
                f"'{keys.path}' has format {keys.get('format', int)}, but this fervid reads format {FORMAT}",
                "use the version of fervid that wrote it, or build the engine again",
            )
        keys.only(field.name for field in dataclasses.fields(cls))
        batch, files = keys.table("batch"), keys.table("files")
        batch.only(field.name for field in dataclasses.fields(Batch))
        compiled = cls(
            backend=keys.get("backend", str),
            version=keys.get("version", str),
            precision=keys.get("precision", str),
            batch=Batch(batch.get("least", int), batch.get("best", int), batch.get("most", int)),
            targets=tuple(keys.list("targets", str)),
            calibration=keys.get("calibration", str),
            weights=keys.get("weights", str),
            files={name: files.get(name, str) for name in files.values},
            fervid=keys.get("fervid", str),
        )
        compiled._check(keys)
        return compiled

    def _check(self, keys: Keys) -> None:
        keys.require("precision", self.precision in PRECISIONS, f"one of {', '.join(PRECISIONS)}")
        keys.require("batch", self.batch.is_ordered, f"least, best and most in ascending order, from 1 to {MOST_FACES}")
        keys.require("weights", is_digest(self.weights), "64 hexadecimal digits")
        keys.require("files", bool(self.files), "one or more files")
        for name, digest in self.files.items():
            keys.require("files", name == Path(name).name and name.isprintable(), "names of files in the folder")
            keys.require(f"files.{name}", is_digest(digest), "64 hexadecimal digits")

    def content(self, folder: Path, name: str) -> bytes:
        """Return the content of one of its files, whose digest is checked.

        Raises:
            EngineError: The file is missing or damaged, is another one, or is not named in the description.
        """
        path = folder / name
        if name not in self.files:
            raise EngineError(f"'{folder / COMPILED}' does not name '{name}'", REBUILD)
        try:
            content = read_regular(path, LARGE)
        except OSError as error:
            raise EngineError(f"'{path}' cannot be read ({error.strerror})", REBUILD) from error
        if digest(content) != self.files[name]:
            raise EngineError(
                f"'{path}' does not have the SHA-256 digest in {COMPILED}: it is damaged, or of another build", REBUILD
            )
        return content

    def dump(self) -> str:
        """Return the text of its file."""
        document: dict[str, Any] = dataclasses.asdict(self)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


REBUILD: Final = "build the engine again with fervid build"
"""Remedy for a compiled engine that cannot be used."""


def digest(content: bytes) -> str:
    """Return the SHA-256 digest of `content`, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
