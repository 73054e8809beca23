"""Strict reading of TOML files into frozen dataclasses, and writing them.

The type of a field determines the type of its value, its metadata the bounds or choices. Every error names the file,
the line and the key.
"""

from __future__ import annotations

import copy
import dataclasses
import difflib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

from fervid.core.registry import suggestion
from fervid.core.toml_files import line_of, read_toml
from fervid.errors import RecipeError

T = TypeVar("T")

_KINDS: Final[dict[Any, str]] = {
    int: "an integer",
    float: "a number",
    str: "a string",
    bool: "true or false",
    tuple[int, ...]: "a list of integers",
    tuple[str, ...]: "a list of strings",
}


def number(default: float | None, low: float, high: float) -> Any:
    """Declare a field with inclusive bounds; without a default it is required."""
    return _field(default, bounds=(low, high))


def choice(choices: Sequence[str], default: str | None = None) -> Any:
    """Declare a field with one of several strings; without a default it is required."""
    return _field(default, choices=tuple(choices))


def _field(default: Any, **metadata: Any) -> Any:
    return dataclasses.field(default=dataclasses.MISSING if default is None else default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Origin:
    """The origin of values, for messages.

    Attributes:
        name: The name or description of the file.
        text: The text of the file.
        changed: The keys whose values come from ``--set``.
    """

    name: str
    text: str = ""
    changed: frozenset[str] = frozenset()

    def of(self, key: str) -> str:
        """Describe the origin of `key`, such as ``augmentation.mirror``, with its line if it has one."""
        changes = [change for change in self.changed if f"{change}.".startswith(f"{key}.")]
        if changes:
            return f"{self.name} with --set {changes[0]}"
        line = line_of(self.text, key) or line_of(self.text, key.rpartition(".")[0])
        return f"{self.name}, line {line}," if line else self.name


def load(path: Path) -> tuple[dict[str, Any], str]:
    """Read a TOML file.

    Returns:
        The content of the file, and its text.

    Raises:
        RecipeError: The file cannot be read or is not TOML.
    """
    return read_toml(path, "a recipe", RecipeError)


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of `document` with some keys changed, where ``table.key`` is a key of a table."""
    result = copy.deepcopy(dict(document))
    for path, new in changes.items():
        *tables, key = path.split(".")
        place = result
        for table in tables:
            place = place.setdefault(table, {})
            if not isinstance(place, dict):
                raise RecipeError(f"there is no key {path}, because {table} is not a table", "use a key of the recipe")
        place[key] = new
    return result


def read(table: type[T], document: Mapping[str, Any], origin: Origin, prefix: str = "") -> T:
    """Build `table`, a dataclass, from the content of a file; its field ``name``, which no file has, is left empty.

    Raises:
        RecipeError: A key is unknown or missing, or a value has the wrong type, is out of bounds or not a choice.
    """
    fields = {field.name: field for field in dataclasses.fields(table) if field.name != "name"}  # type: ignore[arg-type]
    hints = get_type_hints(table)
    values: dict[str, Any] = {}
    for key, given in document.items():
        where = origin.of(prefix + key)
        if key not in fields:
            close = difflib.get_close_matches(key, fields, n=1)
            remedy = f"did you mean {prefix}{close[0]}?" if close else f"use one of {', '.join(fields)}"
            raise RecipeError(f"{where} has the unknown key {prefix}{key}", remedy)
        if dataclasses.is_dataclass(hints[key]):
            if not isinstance(given, Mapping):
                raise RecipeError(f"{where} has an invalid value for {key}", f"make it the table [{key}]")
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
    if kind is float and type(given) is int:  # one that no float can hold is out of bounds
        given = float(max(-sys.float_info.max, min(given, sys.float_info.max)))
    if kind in (tuple[int, ...], tuple[str, ...]):
        items = kind.__args__[0]
        fits = isinstance(given, list | tuple) and all(type(item) is items for item in given)
        given = tuple(given) if fits else given
    else:
        fits = type(given) is kind
    if not fits:
        raise RecipeError(f"{where} has an invalid value for {key}", f"make it {_KINDS[kind]}")
    if "bounds" in metadata:
        low, high = metadata["bounds"]
        if not low <= given <= high:
            raise RecipeError(f"{where} has {key} = {given}, which is out of bounds", f"use {low} to {high}")
    if "choices" in metadata and given not in metadata["choices"]:
        remedy = suggestion(given, metadata["choices"]) or f"use {', '.join(metadata['choices'])}"
        raise RecipeError(f"{where} has {key} = {given!r}, which is unknown", remedy)
    return given


def dump(document: Mapping[str, Any]) -> str:
    """Return `document` as TOML: plain values first, then its tables."""
    tables = {key: value for key, value in document.items() if isinstance(value, Mapping)}
    lines = [f"{key} = {_text(value)}" for key, value in document.items() if key not in tables]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_text(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _text(plain: Any) -> str:
    """Return a value as JSON, whose strings, numbers and lists are valid TOML."""
    return json.dumps(plain, ensure_ascii=False)
