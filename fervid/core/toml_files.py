"""TOML files of strangers: read whole, bounded before they are parsed, and searched for the line of a key."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fervid.core.regular_files import read_regular
from fervid.errors import FervidError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LARGEST: Final = 1 << 16
"""The largest size of a file in bytes; most have two thousand."""

_MOST_DOTS: Final = 256
"""The largest number of dots in a line: those of a key separate tables, which take their time to parse."""

_DEEPEST: Final = 8
"""The largest number of tables and arrays within each other; a recipe with a search space has four."""


def read_toml(
    path: Path, noun: str, error_type: type[FervidError], *, largest: int = LARGEST
) -> tuple[dict[str, Any], str]:
    """Read a TOML file.

    Args:
        path: The file.
        noun: The kind of file that is wanted, with its article, for messages: "a recipe".
        error_type: The error to raise.
        largest: The largest size of the file, in bytes.

    Returns:
        The content of the file, and its text.

    Raises:
        FervidError: The file cannot be read or is not TOML.
    """
    try:
        text = read_regular(path, largest).decode("utf-8-sig")  # some editors write a byte order mark
        if any(line.count(".") > _MOST_DOTS for line in text.splitlines()):
            raise error_type(f"'{path}' has a line with more than {_MOST_DOTS} dots", f"give {noun}")
        document = tomllib.loads(text)
        if is_deep(document):
            raise _depth_error(path, noun, error_type)
        return document, text
    except OSError as error:
        raise error_type(f"'{path}' cannot be read ({error.strerror})", f"give the path of {noun}") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise error_type(f"'{path}', line {line}, is not UTF-8", "save the file as UTF-8") from error
    except ValueError as error:  # also a number of thousands of digits
        raise error_type(f"'{path}' is not valid TOML ({error})", "correct it") from error
    except RecursionError as error:
        raise _depth_error(path, noun, error_type) from error


def _depth_error(path: Path, noun: str, error_type: type[FervidError]) -> FervidError:
    return error_type(f"'{path}' has more than {_DEEPEST} tables or arrays within each other", f"give {noun}")


def is_deep(value: Any) -> bool:
    """Return True if `value` has more tables and arrays within each other than any file of fervid's.

    Functions that call themselves for each of them, such as `copy.deepcopy`, would run out of Python's stack.
    """
    level = [value]
    for _ in range(_DEEPEST + 1):
        inner: list[Any] = []
        for each in level:
            if isinstance(each, Mapping):
                inner += each.values()
            elif isinstance(each, list):
                inner += each
        level = inner
    return bool(level)


def parse_value(text: str) -> Any:
    """Parse `text` as the value of a key, such as 0.1, true or [32, 48]; otherwise return the text itself."""
    try:
        given = tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
    return text if is_deep(given) else given


def line_of(text: str, key: str) -> int | None:
    """Return the number, from 1, of the line that sets `key`, such as ``augmentation.mirror``, or begins its table."""
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
