"""TOML files that are read strictly into frozen dataclasses, and written from them.

A field's type says what its value must be, its metadata the bounds or the choices; every complaint names the file, the
line and the key.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from fervid.errors import RecipeError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

T = TypeVar("T")

_KINDS: Final[dict[Any, str]] = {
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool: "true or false",
    tuple[int, ...]: "a list of whole numbers",
    tuple[str, ...]: "a list of texts",
}


def number(default: float | None, low: float, high: float) -> Any:
    """A field with bounds, which are allowed values too; without a default it must be given."""
    return _field(default, bounds=(low, high))


def choice(choices: Sequence[str], default: str | None = None) -> Any:
    """A field with one of several texts; without a default it must be given."""
    return _field(default, choices=tuple(choices))


def _field(default: Any, **metadata: Any) -> Any:
    return dataclasses.field(default=dataclasses.MISSING if default is None else default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where values come from, for messages.

    Attributes:
        name: Of the file, or other words for it.
        text: The file's.
        changed: Keys whose values come from ``--set``.
    """

    name: str
    text: str = ""
    changed: frozenset[str] = frozenset()

    def of(self, key: str) -> str:
        """Where `key`, such as ``augmentation.mirror``, has its value from: with the line, where it has one."""
        changes = [change for change in self.changed if f"{change}.".startswith(f"{key}.")]
        if changes:
            return f"{self.name} with --set {changes[0]}"
        line = _line(self.text, key) or _line(self.text, key.rpartition(".")[0])
        return f"{self.name}, line {line}," if line else self.name


def load(path: Path) -> tuple[dict[str, Any], str]:
    """Read a TOML file.

    Returns:
        What it says, and its text.

    Raises:
        RecipeError: It cannot be read or is no TOML.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # some editors begin a file with a mark of its encoding
        return tomllib.loads(text), text
    except OSError as error:
        raise RecipeError(f"{path} cannot be read ({error.strerror})", "give the path of a recipe") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise RecipeError(f"{path}, line {line}, is not UTF-8", "save it in that encoding") from error
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(f"{path} is not TOML ({error})", "repair it") from error


def value(text: str) -> Any:
    """What `text` means as the value of a key: 0.1, true, [32, 48], or else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `document` with these keys changed, where ``table.key`` is a key of a table."""
    result = copy.deepcopy(dict(document))
    for path, new in changes.items():
        *tables, key = path.split(".")
        place = result
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise RecipeError(f"there is no key {path}, because {table} is no table", "give a key of the recipe")
        place[key] = new
    return result


def read(table: type[T], document: Mapping[str, Any], origin: Origin, prefix: str = "") -> T:
    """Make a `table`, a dataclass, of what a file says; its field ``name``, which no file has, is left empty.

    Raises:
        RecipeError: A key is unknown or missing, or its value is of the wrong type, out of bounds or no choice.
    """
    fields = {field.name: field for field in dataclasses.fields(table) if field.name != "name"}  # type: ignore[arg-type]
    hints = get_type_hints(table)
    values: dict[str, Any] = {}
    for key, given in document.items():
        where = origin.of(prefix + key)
        if key not in fields:
            close = difflib.get_close_matches(key, fields, n=1)
            remedy = f"did you mean {prefix}{close[0]}?" if close else f"known are {', '.join(fields)}"
            raise RecipeError(f"{where} has the unknown key {prefix}{key}", remedy)
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(given, Mapping):
                raise RecipeError(f"{where} has a wrong value for {key}", f"make it the table [{key}]")
            values[key] = read(hints[key], given, origin, f"{prefix}{key}.")
        else:
            values[key] = _checked(given, hints[key], fields[key].metadata, where, prefix + key)
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in values:
            raise RecipeError(f"{origin.name} lacks the key {prefix}{name}", "add it")
    if "name" in hints:
        values["name"] = ""
    return table(**values)


def _checked(given: Any, kind: Any, metadata: Mapping[str, Any], where: str, key: str) -> Any:
    if kind is float and type(given) is int:
        given = float(given)
    if kind in (tuple[int, ...], tuple[str, ...]):
        items = kind.__args__[0]
        fits = isinstance(given, list | tuple) and all(type(item) is items for item in given)
        given = tuple(given) if fits else given
    else:
        fits = type(given) is kind
    if not fits:
        raise RecipeError(f"{where} has a wrong value for {key}", f"make it {_KINDS[kind]}")
    if "bounds" in metadata:
        low, high = metadata["bounds"]
        if not low <= given <= high:
            raise RecipeError(f"{where} has {key} = {given}", f"give a number from {low} to {high}")
    if "choices" in metadata and given not in metadata["choices"]:
        close = difflib.get_close_matches(given, metadata["choices"], n=1)
        remedy = f"did you mean {close[0]}?" if close else f"use {', '.join(metadata['choices'])}"
        raise RecipeError(f"{where} has {key} = {given!r}, which is unknown", remedy)
    return given


def dump(document: Mapping[str, Any]) -> str:
    """The text of a file that says `document`: plain values first, then its tables."""
    tables = {key: value for key, value in document.items() if isinstance(value, Mapping)}
    lines = [f"{key} = {_text(value)}" for key, value in document.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_text(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _text(plain: Any) -> str:
    """JSON's texts, numbers and lists are TOML's too."""
    return json.dumps(plain, ensure_ascii=False)


def _line(text: str, key: str) -> int | None:
    """The number, from 1, of the line that gives `key` its value or begins its table."""
    table = ""
    for at, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[+\s*([\w.-]+)\s*\]", line)
        if header:
            table = header[1] + "."
            if header[1] == key:
                return at
        name = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        if name and table + name[1] == key:
            return at
    return None
