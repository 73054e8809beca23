"""Strict reading of small JSON files, with errors that name the file and the key."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.core.regular_files import SMALL, read_regular
from fervid.errors import EngineError

_LARGEST: Final = sys.float_info.max


def read(path: Path, missing: str, damaged: str) -> Keys:
    """Read a JSON file.

    Args:
        path: Path of the file.
        missing: Remedy if the file cannot be read.
        damaged: Remedy if its content is wrong.

    Raises:
        EngineError: The file cannot be read, or does not hold a JSON object.
    """
    try:
        text = read_regular(path, SMALL).decode()
    except OSError as error:
        raise EngineError(f"'{path}' cannot be read ({error.strerror})", missing) from error
    except UnicodeDecodeError as error:
        raise EngineError(f"'{path}' is not text", damaged) from error
    try:
        return Keys(path, "", json.loads(text), damaged)
    except json.JSONDecodeError as error:
        raise EngineError(f"'{path}' is not JSON (line {error.lineno}: {error.msg})", damaged) from error
    except (RecursionError, ValueError) as error:
        # Thousands of nested brackets raise the one, numbers of thousands of digits the other.
        raise EngineError(f"'{path}' is not JSON ({error})", damaged) from error


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys and values of one JSON object in a file.

    Attributes:
        path: Path of the file.
        prefix: Prefix of the keys in messages, such as ``input.``.
        values: Values by key.
        remedy: Remedy for anything that is wrong.

    Raises:
        EngineError: `values` is not a dictionary.
    """

    path: Path
    prefix: str
    values: Any
    remedy: str

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise self._error("does not hold a JSON object")

    def only(self, allowed: Iterable[str]) -> None:
        """Raise an EngineError if there are keys other than the `allowed` ones."""
        unknown = sorted(set(self.values) - set(allowed))
        if unknown:
            name = unknown[0] if unknown[0].isprintable() else ascii(unknown[0])
            raise self._error(f"has the unknown key {self.prefix}{name}")

    def get(self, key: str, kind: type) -> Any:
        """Return the value of `key`, which must exist and be of that type; an integer is accepted as a float."""
        if key not in self.values:
            raise self._error(f"lacks the key {self.prefix}{key}")
        return self._typed(key, self.values[key], kind)

    def list(self, key: str, kind: type) -> list[Any]:
        """Return the values of the list at `key`, each of which must be of that type."""
        return [self._typed(key, value, kind) for value in self.get(key, list)]

    def table(self, key: str) -> Keys:
        """Return the object at `key`."""
        return Keys(self.path, f"{self.prefix}{key}.", self.get(key, dict), self.remedy)

    def require(self, key: str, is_valid: bool, wanted: str) -> None:
        """Raise an EngineError about the value of `key` unless it is valid."""
        if not is_valid:
            raise self._wrong(key, wanted)

    def _typed(self, key: str, value: Any, kind: type) -> Any:
        if kind is float and type(value) in (int, float) and abs(value) <= _LARGEST:
            return float(value)
        if kind is float or type(value) is not kind:
            raise self._wrong(key, _KINDS[kind])
        return value

    def _wrong(self, key: str, wanted: str) -> EngineError:
        return self._error(f"has a wrong value for {self.prefix}{key} (it must be {wanted})")

    def _error(self, problem: str) -> EngineError:
        return EngineError(f"'{self.path}' {problem}", self.remedy)


_KINDS: Final[dict[type, str]] = {
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    list: "a list",
    dict: "an object of keys",
}


def is_digest(text: str) -> bool:
    """Tell whether `text` is a SHA-256 digest: 64 lower-case hexadecimal digits."""
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
