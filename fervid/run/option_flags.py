"""Options as the command line names them, for messages that name them as Python does."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from fervid.errors import FervidError
from fervid.settings import OPTIONS

_OTHERS: Final[Mapping[str, str]] = {"target": "-o", "formats": "--format"}
"""The arguments of Python functions that are no settings and have another name on the command line."""

_SWITCHES: Final = ("overwrite", "reconnect", "recursive", "resume", "sidecar", "videos", *_OTHERS)
"""The arguments of Python functions that are no settings, as messages name them with a value."""

_VALUE: Final = r"True|False|\"[^\"]*\"|[A-Z]+\b|-?\d+(?:\.\d+)?"


def flag(name: str) -> str:
    """Return the option of the command line for a setting: ``--min-face`` for ``min_face``."""
    if name in _OTHERS:
        return _OTHERS[name]
    one = OPTIONS[name].singular if name in OPTIONS else None
    return "--" + (one or name).replace("_", "-")


def with_flags(message: FervidError | str) -> str:
    """Return a message in which options are named as on the command line.

    ``overwrite=True`` becomes ``--overwrite``, ``sidecar=False`` becomes ``--no-sidecar``, ``device="cpu"`` becomes
    ``--device cpu``. A name without a value is replaced if it is no English word, such as ``min_face``, or is one of
    the options of the error. Text in single quotes, such as the name of a file, stays.

    Args:
        message: An error, or another message of the library.
    """
    listed = message.options if isinstance(message, FervidError) else ()
    names = _alternatives({*OPTIONS, *_SWITCHES, *listed})
    bare = _alternatives({*listed, *(name for name in OPTIONS if "_" in name)})
    pattern = rf"(?<!\w)'[^']*'|\b(?P<name>{names})=(?P<value>{_VALUE})|\b(?P<bare>{bare})\b"
    return re.sub(pattern, _as_flag, str(message))


def _alternatives(names: Iterable[str]) -> str:
    return "|".join(sorted(names, key=len, reverse=True))


def _as_flag(found: re.Match[str]) -> str:
    if found["bare"]:
        return flag(found["bare"])
    if not found["name"]:
        return found[0]
    option, value = flag(found["name"]), found["value"].strip('"')
    if value in ("True", "False"):
        return option if value == "True" else f"--no-{option.removeprefix('--')}"
    return f"{option} {value}"
