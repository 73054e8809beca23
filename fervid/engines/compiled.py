"""What stands beside a compiled network: how it was made, from what, and for where."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import Self

from fervid.engines.document import Keys, is_digest, read
from fervid.errors import EngineError

FORMAT: Final = 1
"""The version of the file's layout that this fervid reads and writes."""

COMPILED: Final = "compiled.json"
"""The file that makes a folder a compiled engine; the manifest of the trained one lies beside it."""

MOST_FACES: Final = 65_536
"""The most faces that an engine may be compiled or timed for."""

PRECISIONS: Final = ("fp32", "fp16", "bf16", "int8")


@dataclass(frozen=True, slots=True)
class Batch:
    """How many faces at a time a compiled network takes.

    Attributes:
        least: The fewest.
        best: What it is made fastest for.
        most: The most.
    """

    least: int = 1
    best: int = 8
    most: int = 128

    @property
    def is_ordered(self) -> bool:
        """Whether they make sense together."""
        return 1 <= self.least <= self.best <= self.most <= MOST_FACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """How a network was compiled.

    Attributes:
        format: The layout of its file.
        backend: One of `fervid.engines.backends.NAMES`.
        version: The version of the backend's package.
        precision: One of `PRECISIONS`.
        batch: How many faces at a time.
        targets: What it runs on: compute capabilities of GPUs as ``8.9``; nothing where any device will do.
        calibration: The faces that an int8 network's ranges were measured on, for people; else empty.
        weights: sha256 of the weights it was made of, 64 hexadecimal digits.
        files: sha256 of each of its files, by their names in the folder.
        fervid: The version of fervid that wrote it.
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
        """Read what stands beside the compiled network in `folder`.

        Raises:
            EngineError: It is missing, no JSON, or a key is unknown, missing or wrong.
        """
        keys = read(folder / COMPILED, "build the engine with fervid build", REBUILD)
        if keys.get("format", int) != FORMAT:
            raise EngineError(
                f"{keys.path} has format {keys.get('format', int)}, this fervid reads {FORMAT}",
                "use the fervid that wrote it, or build the engine again",
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
        keys.demand("precision", self.precision in PRECISIONS, f"one of {', '.join(PRECISIONS)}")
        keys.demand("batch", self.batch.is_ordered, f"least, best and most in this order, from 1 to {MOST_FACES}")
        keys.demand("weights", is_digest(self.weights), "64 hexadecimal digits")
        keys.demand("files", bool(self.files), "one file or more")
        for name, digest in self.files.items():
            keys.demand("files", name == Path(name).name and name.isprintable(), "names of files in the folder")
            keys.demand(f"files.{name}", is_digest(digest), "64 hexadecimal digits")

    def content(self, folder: Path, name: str) -> bytes:
        """One of its files, checked.

        Raises:
            EngineError: It is missing, is not named here, or is another one or damaged.
        """
        path = folder / name
        if name not in self.files:
            raise EngineError(f"{folder / COMPILED} does not name {name}", REBUILD)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise EngineError(f"{path} cannot be read ({error.strerror})", REBUILD) from error
        if digest(content) != self.files[name]:
            raise EngineError(
                f"{path} does not have the sha256 that {COMPILED} names: it is damaged, or of another build", REBUILD
            )
        return content

    def dump(self) -> str:
        """The text of its file."""
        document: dict[str, Any] = dataclasses.asdict(self)
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


REBUILD: Final = "build the engine again with fervid build"


def digest(content: bytes) -> str:
    """The sha256 of `content`, 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
