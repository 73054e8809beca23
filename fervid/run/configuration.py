"""Options of an analysis in a file: ``fervid.toml``, or the table ``[tool.fervid]`` of ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fervid.core.registry import suggestion
from fervid.core.toml_files import line_of, read_toml
from fervid.errors import UsageError
from fervid.settings import EXCLUSIVE, OPTIONS

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
class CommandOptions:
    """The options of a command, which a table with the name of the command may set.

    Attributes:
        settings: The names of the options of an analysis that the command has.
        own: The options that are its own and that a file may set. Each one's function returns a value of the file as
            the command takes it, and raises a `ValueError` for one that the command line would refuse.
        refused: The options that are its own and that no file may set.
    """

    settings: frozenset[str] = frozenset()
    own: Mapping[str, Callable[[Any], Any]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    @property
    def known(self) -> list[str]:
        """The options that a file may set."""
        return [*self.own, *(name for name in OPTIONS if name in self.settings and OPTIONS[name].in_files)]


@dataclass(frozen=True, slots=True)
class Configuration:
    """The options that a file sets.

    Attributes:
        path: The file; None if there is none.
        values: The value of each option of an analysis that it sets for all commands, as `Settings` has it.
        tables: The value of each option that it sets for a single command, by the name of the command.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, commands: Mapping[str, CommandOptions]) -> Configuration:
        """Read a file. Paths in it are relative to its folder.

        Args:
            path: The file; of one that is called ``pyproject.toml``, only ``[tool.fervid]`` is read.
            commands: The options of each command that the file may have a table for.

        Raises:
            UsageError: The file cannot be read or is not TOML, a key is unknown, or a value is wrong.
        """
        is_project = path.name == PROJECT_NAME
        largest = {"largest": _PROJECT_BYTES} if is_project else {}
        document, text = read_toml(path, _NOUN, UsageError, **largest)
        content: Any = document
        for name in _TABLE if is_project else ():
            content = content.get(name) if isinstance(content, dict) else None
        if not isinstance(content, dict):
            raise UsageError(f"'{path}' has no table [tool.fervid]", "add it, or name another file")
        above = _Table(path, text, _TABLE if is_project else (), commands)
        own = {key: value for key, value in content.items() if isinstance(value, dict) and _name(key) not in OPTIONS}
        values = above.read({key: value for key, value in content.items() if key not in own})
        tables = {}
        for key, value in own.items():
            if key not in commands:
                remedy = suggestion(key, commands) or f"the tables are {', '.join(commands)}"
                raise UsageError(f"{above.where(key)} has the unknown table [{above.header(key)}]", remedy)
            tables[key] = _Table(path, text, (*above.names, key), commands, key).read(value)
        return cls(path, values, tables)

    @classmethod
    def find(cls, folder: Path, commands: Mapping[str, CommandOptions]) -> Configuration:
        """Read the file of the nearest folder that has one: `folder` or one above it. Without one, no option is set.

        Args:
            folder: The folder to begin with.
            commands: As for `load`.

        Raises:
            UsageError: As for `load`.
        """
        for place in (folder, *folder.parents):
            for name in (FILE_NAME, PROJECT_NAME):
                path = place / name
                if _is_file(path) and (name == FILE_NAME or _mentions_fervid(path)):
                    return cls.load(path, commands)
        return cls()

    def values_for(self, command: str) -> dict[str, Any]:
        """Return the value of each option that the file sets for a command. What is in its table comes first."""
        own = self.tables.get(command, {})
        displaced = EXCLUSIVE if any(name in own for name in EXCLUSIVE) else ()
        return {**{name: value for name, value in self.values.items() if name not in displaced}, **own}


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a file.

    Attributes:
        path: The file.
        text: The text of the file.
        names: The names of the tables that it is in, and its own; none for the whole file.
        commands: The options of each command that the file may have a table for.
        command: The command whose options it sets; empty if it sets those of all.
    """

    path: Path
    text: str
    names: tuple[str, ...]
    commands: Mapping[str, CommandOptions]
    command: str = ""

    def header(self, *names: str) -> str:
        """Return the name of the table, or of one in it, as TOML writes it."""
        return ".".join([*self.names, *names])

    def where(self, key: str) -> str:
        """Return the place of a key, for messages."""
        # A key in an inline table has no line of its own, but its table has one.
        line = line_of(self.text, self.header(key)) or line_of(self.text, self.header())
        return f"'{self.path}', line {line}," if line else f"'{self.path}'"

    def read(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Return the value of each option in the table.

        Raises:
            UsageError: A key is unknown, or a value is wrong.
        """
        values: dict[str, Any] = {}
        for key, value in content.items():
            name, where = _name(key), self.where(key)
            self._check_key(name, key, where)
            if name in values:
                raise UsageError(f"{where} sets {self._shown(key)} twice", "remove one")
            values[name] = self._accepted(name, key, value, where)
        return values

    def _shown(self, key: str) -> str:
        return f"{key} in [{self.header()}]" if self.command else key

    def _check_key(self, name: str, key: str, where: str) -> None:
        options = self.commands[self.command] if self.command else CommandOptions(frozenset(OPTIONS))
        if name in options.known:
            return
        if name in options.refused:
            problem = f"{where} sets {self._shown(key)}, which belongs to a single run"
            raise UsageError(problem, "give it on the command line")
        if name in options.settings:
            problem = f"{where} sets {self._shown(key)}, which no file may"
            raise UsageError(problem, "give it on the command line, where it is needed")
        problem = f"{where} has the unknown key '{key}'" + (f" in [{self.header()}]" if self.command else "")
        if key in self.commands:
            raise UsageError(f"{where} is wrong: {key} takes a table", f"write [{self.header(key)}]")
        belongs = [f"[{self.header(each)}]" for each, its in self.commands.items() if name in its.own]
        if belongs and not self.command:
            raise UsageError(problem, f"it is an option of single commands; put it into one of {', '.join(belongs)}")
        elsewhere = () if self.command else {each for its in self.commands.values() for each in its.own}
        close = suggestion(name, [*options.known, *sorted(elsewhere)])
        all_of = f"fervid {self.command} --help" if self.command else "fervid config"
        raise UsageError(problem, (close.replace("_", "-") if "-" in key else close) or f"{all_of} lists the options")

    def _accepted(self, name: str, key: str, value: Any, where: str) -> Any:
        try:
            if name not in OPTIONS:
                return self.commands[self.command].own[name](value)
            accepted = OPTIONS[name].accept(value)
        except UsageError as error:
            problem = error.problem.replace(name, self._shown(key), 1)
            raise UsageError(f"{where} is wrong: {problem}", error.remedy or "correct it there") from error
        except ValueError as error:
            raise UsageError(f"{where} is wrong: {self._shown(key)}: {error}", "correct it there") from error
        if OPTIONS[name].kind is Path:
            return self.path.parent / accepted
        if name == "engine" and isinstance(accepted, str) and (self.path.parent / accepted).exists():
            return str(self.path.parent / accepted)  # a path of the user's own engine, and not a name
        return accepted


def _name(key: str) -> str:
    """Return the name of the option that a key stands for."""
    plain = key.replace("-", "_")
    return _NAMES.get(plain, plain)


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
