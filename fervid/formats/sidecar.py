"""The sidecar of a result: a JSON file beside it that says how it was made, for formats that have no place for that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from typing_extensions import override

from fervid.core.files import replacing
from fervid.core.regular_files import SMALL, read_regular
from fervid.errors import OutputError
from fervid.formats.file_output import Atomic, FileOutput, InPlace

_SUFFIX: Final = ".json"
_MARKS: Final = ("fervid", "result")
"""The keys by which fervid knows a sidecar that it wrote."""


class _WithSidecar(FileOutput):
    """A file with a sidecar.

    Args:
        target: The file of the result.
        provenance: The facts to write to the sidecar, ready for JSON.
        overwrite: True to replace a file at the target, and its sidecar.

    Attributes:
        other_remedy: What users can do about a file in the way of the sidecar instead of replacing it, for messages.

    Raises:
        OutputError: As for a file without one; or there is a file with the name of the sidecar that fervid did not
            write.
    """

    other_remedy: ClassVar = "give sidecar=False"

    def __init__(self, target: Path, provenance: Mapping[str, Any], *, overwrite: bool = False) -> None:
        self._provenance = provenance
        super().__init__(target, overwrite=overwrite)

    @override
    def _check(self) -> None:
        super()._check()
        sidecar = sidecar_of(self.target)
        if sidecar.is_dir():
            raise OutputError(f"'{sidecar}' is a folder", f"rename it, or {self.other_remedy}")
        if (sidecar.exists() or sidecar.is_symlink()) and not self._overwrite and read_sidecar(self.target) is None:
            raise OutputError(f"'{sidecar}' exists already", f"replace it with overwrite=True, or {self.other_remedy}")

    def _write_sidecar(self, part: Path) -> None:
        content = {**self._provenance, "result": self.target.name}
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
        part.write_text(text, encoding="utf-8", errors="backslashreplace")  # what is no text: JSON's escapes


class Described(_WithSidecar, Atomic):
    """A file with a sidecar. Only a complete result that got its name has one.

    An earlier sidecar is removed before the file is replaced, and the new one gets its name afterwards. So no sidecar
    ever stands beside a file that it does not describe, not even after a kill between the two.
    """

    @override
    def _complete(self, *, partial: bool) -> Path:
        if partial or (self._real.exists() and not self._overwrite):
            return super()._complete(partial=partial)
        sidecar = sidecar_of(self.target)
        with replacing(sidecar) as part:
            self._write_sidecar(part)
            sidecar.unlink(missing_ok=True)
            with self.guard():
                return super()._complete(partial=False)


class InPlaceDescribed(_WithSidecar, InPlace):
    """A file with a sidecar, both of which have their final names from the start."""

    other_remedy = "choose another name"  # fervid live has no option for the sidecar

    @override
    def _create(self) -> Path:
        sidecar = sidecar_of(self.target)
        with replacing(sidecar) as part:  # written first, so that a disk that is full leaves neither file
            self._write_sidecar(part)
            sidecar.unlink(missing_ok=True)
            return super()._create()

    @override
    def _remove(self) -> None:
        super()._remove()
        if not self.part.exists():
            sidecar_of(self.target).unlink(missing_ok=True)


DESCRIBED: Final[dict[type[FileOutput], type[Described | InPlaceDescribed]]] = {
    Atomic: Described,
    InPlace: InPlaceDescribed,
}
"""The policy of a file with a sidecar for each policy of one without."""


def sidecar_of(path: Path) -> Path:
    """Return the file of the sidecar of a result: ``clip.csv.json`` for ``clip.csv``."""
    return path.with_name(path.name + _SUFFIX)


def input_of(provenance: Mapping[str, Any] | None) -> Path | None:
    """Return the input that a provenance names, as it was named then; None where it names none."""
    name = (provenance or {}).get("input")
    return Path(name) if isinstance(name, str) and name else None


def read_sidecar(path: Path) -> dict[str, Any] | None:
    """Return what the sidecar of a result says; None if it has none that fervid wrote."""
    try:
        content = json.loads(read_regular(sidecar_of(path), SMALL))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and all(name in content for name in _MARKS) else None
