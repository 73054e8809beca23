"""Options of an analysis in a file: ``fervid.toml``, or the table ``[tool.fervid]`` of ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fervid.core.registry import suggestion
from fervid.core.toml_files import line_of, read_toml
from fervid.errors import UsageError
from fervid.settings import OPTIONS

FILE_NAME: Final = "fervid.toml"
"""The name of a file that holds options alone."""

PROJECT_NAME: Final = "pyproject.toml"
"""The name of a file that holds them in a table beside those of other tools."""

_TABLE: Final = ("tool", "fervid")
_PROJECT_BYTES: Final = 1 << 20
_NAMES: Final = {option.singular: name for name, option in OPTIONS.items() if option.singular is not None}
"""The names of options by what they are called on the command line, where that is another word."""

_NOUN: Final = "a file with options of fervid"


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options that a file sets.

    Attributes:
        path: The file; None if there is none.
        values: The value of each option that it sets, as `Settings` has it.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> Configuration:
        """Read a file. Paths in it are relative to its folder.

        Args:
            path: The file; of one that is called ``pyproject.toml``, only ``[tool.fervid]`` is read.

        Raises:
            UsageError: The file cannot be read or is not TOML, a key is unknown, or a value is wrong.
        """
        is_project = path.name == PROJECT_NAME
        largest = {"largest": _PROJECT_BYTES} if is_project else {}
        document, text = read_toml(path, _NOUN, UsageError, **largest)
        table: Any = document
        for name in _TABLE if is_project else ():
            table = table.get(name) if isinstance(table, dict) else None
        if not isinstance(table, dict):
            raise UsageError(f"'{path}' has no table [tool.fervid]", "add it, or name another file")
        prefix = ".".join([*_TABLE, ""]) if is_project else ""
        values: dict[str, Any] = {}
        for key, value in table.items():
            line = line_of(text, prefix + key)
            where = f"'{path}', line {line}," if line else f"'{path}'"
            name = _NAMES.get(key.replace("-", "_"), key.replace("-", "_"))
            _check_key(name, key, where, values)
            values[name] = _accepted(name, key, value, where, path.parent)
        return cls(path, values)

    @classmethod
    def find(cls, folder: Path) -> Configuration:
        """Read the file of the nearest folder that has one: `folder` or one above it. Without one, no option is set.

        Raises:
            UsageError: As for `load`.
        """
        for place in (folder, *folder.parents):
            for name in (FILE_NAME, PROJECT_NAME):
                path = place / name
                if _is_file(path) and (name == FILE_NAME or _mentions_fervid(path)):
                    return cls.load(path)
        return cls()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # in a folder where this user may not look
        return False


def _mentions_fervid(path: Path) -> bool:
    """Return True if a file of several tools has options of fervid. What others got wrong in it is not our affair."""
    try:
        document, _ = read_toml(path, _NOUN, UsageError, largest=_PROJECT_BYTES)
    except UsageError:
        return "tool.fervid" in _text(path)
    tools = document.get(_TABLE[0])
    return isinstance(tools, dict) and _TABLE[1] in tools


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_PROJECT_BYTES).decode(errors="replace")
    except OSError:
        return ""


def _check_key(name: str, key: str, where: str, values: Mapping[str, Any]) -> None:
    if name not in OPTIONS:
        close = suggestion(name, OPTIONS)
        remedy = (close.replace("_", "-") if "-" in key else close) or "fervid config lists the options"
        raise UsageError(f"{where} has the unknown key '{key}'", remedy)
    if not OPTIONS[name].in_files:
        raise UsageError(f"{where} sets {key}, which no file may", "give it on the command line, where it is needed")
    if name in values:
        raise UsageError(f"{where} sets {key} twice", "remove one")


def _accepted(name: str, key: str, value: Any, where: str, folder: Path) -> Any:
    option = OPTIONS[name]
    try:
        accepted = option.accept(value)
    except UsageError as error:
        problem = error.problem.replace(name, key, 1)
        raise UsageError(f"{where} is wrong: {problem}", error.remedy or "correct it there") from error
    if option.kind is Path:
        return folder / accepted
    if name == "engine" and isinstance(accepted, str) and (folder / accepted).exists():
        return str(folder / accepted)  # a path of the user's own engine, and not a name
    return accepted
