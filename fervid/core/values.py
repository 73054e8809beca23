"""Values that people and programs give, checked and converted to the type that is wanted."""

from __future__ import annotations

import os
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final

from fervid.core.regions import DESCRIPTION, Regions
from fervid.core.rotation import DESCRIPTION as ANGLES
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of value.

    Attributes:
        description: The values it takes, in words.
        convert: A function that returns a value as that type, or raises `TypeError`, `ValueError`, `OverflowError` or
            `UsageError`.
    """

    description: str
    convert: Callable[[Any], Any]


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError
    return int(value)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError
    return float(value)


def _text(value: Any) -> str:
    text = os.fspath(value)
    if not isinstance(text, str):
        raise TypeError
    if not text:
        raise ValueError
    return text


def _path(value: Any) -> Path:
    return Path(_text(value))


KINDS: Final[Mapping[type, Kind]] = {
    bool: Kind("True or False", _boolean),
    int: Kind("a whole number", _whole),
    float: Kind("a number", _number),
    str: Kind("a name or a path", _text),
    Path: Kind("a path", _path),
    Timecode: Kind("seconds, hh:mm:ss.sss, or a frame as 120f", Timecode.of),
    Rotation: Kind(ANGLES, Rotation.of),
    Regions: Kind(f"rectangles {DESCRIPTION}", Regions.of),
}
"""The types that values are converted to."""


def convert(value: Any, kind: type) -> Any:
    """Return `value` as a `kind`, one of `KINDS`.

    Raises:
        ValueError: It is not a value of that type.
    """
    numpy = sys.modules.get("numpy")
    plain = value.item() if numpy is not None and isinstance(value, numpy.generic) else value
    try:
        return KINDS[kind].convert(plain)
    except (TypeError, ValueError, OverflowError, UsageError) as error:
        raise ValueError(f"{shown(value)} is not {KINDS[kind].description}") from error


_short = reprlib.Repr()
_short.maxstring = _short.maxother = _short.maxlong = 80


def shown(value: Any) -> str:
    """Return `value` as Python shows it, shortened to fit into one line."""
    return " ".join(_short.repr(value).split())
