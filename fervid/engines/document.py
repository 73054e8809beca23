"""Small JSON files read strictly: every complaint names the file and the key."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.errors import EngineError

_LARGEST: Final = sys.float_info.max


def read(path: Path, missing: str, damaged: str) -> Keys:
    """Read the document at `path`.

    Args:
        path: The file.
        missing: What to do where it is not there.
        damaged: What to do where something in it is wrong.

    Raises:
        EngineError: It cannot be read, or is no JSON table.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror})", missing) from error
    except UnicodeDecodeError as error:
        raise EngineError(f"{path} is not text", damaged) from error
    try:
        return Keys(path, "", json.loads(text), damaged)
    except json.JSONDecodeError as error:
        raise EngineError(f"{path} is not JSON (line {error.lineno}: {error.msg})", damaged) from error
    except (RecursionError, ValueError) as error:
        # Thousands of brackets, or of digits: Python gives up on them in ways of its own.
        raise EngineError(f"{path} is not JSON ({error})", damaged) from error


@dataclass(frozen=True, slots=True)
class Keys:
    """One table of a document.

    Attributes:
        path: The file.
        prefix: Of its keys, such as ``input.``.
        values: By key.
        remedy: What to do where something is wrong.

    Raises:
        EngineError: It is no table.
    """

    path: Path
    prefix: str
    values: Any
    remedy: str

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise self._wrong("", "a table of keys")

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse keys beside the `allowed`."""
        unknown = sorted(set(self.values) - set(allowed))
        if unknown:
            name = unknown[0] if unknown[0].isprintable() else ascii(unknown[0])
            raise self._refuse(f"has the unknown key {self.prefix}{name}")

    def get(self, key: str, kind: type) -> Any:
        """The value of `key`, which must be there and of that kind; a whole number passes for a float."""
        if key not in self.values:
            raise self._refuse(f"lacks the key {self.prefix}{key}")
        return self._typed(key, self.values[key], kind)

    def list(self, key: str, kind: type) -> list[Any]:
        """The values of the list `key`, each of that kind."""
        return [self._typed(key, value, kind) for value in self.get(key, list)]

    def table(self, key: str) -> Keys:
        """The table at `key`."""
        return Keys(self.path, f"{self.prefix}{key}.", self.get(key, dict), self.remedy)

    def demand(self, key: str, holds: bool, wanted: str) -> None:
        """Complain about the value of `key` unless `holds`."""
        if not holds:
            raise self._wrong(key, wanted)

    def _typed(self, key: str, value: Any, kind: type) -> Any:
        if kind is float and type(value) in (int, float) and abs(value) <= _LARGEST:
            return float(value)
        if kind is float or type(value) is not kind:
            raise self._wrong(key, _KINDS[kind])
        return value

    def _wrong(self, key: str, wanted: str) -> EngineError:
        return self._refuse(f"has a wrong value for {self.prefix}{key} (it must be {wanted})")

    def _refuse(self, what: str) -> EngineError:
        return EngineError(f"{self.path} {what}", self.remedy)


_KINDS: Final[dict[type, str]] = {
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    list: "a list",
    dict: "a table of keys",
}


def is_digest(text: str) -> bool:
    """Whether `text` is a sha256: 64 hexadecimal digits."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
