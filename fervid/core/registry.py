"""Implementations that users pick by name; only the one that is picked is imported."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

from fervid.core.packages import not_importable
from fervid.errors import UsageError

T = TypeVar("T")


class Registry(Generic[T]):
    """Implementations by name.

    Args:
        noun: The kind of implementation, for messages.
        places: The place of each implementation as ``module:attribute``, by name.

    Attributes:
        names: The names, in the order of `places`.
    """

    def __init__(self, noun: str, places: Mapping[str, str]) -> None:
        self.names = tuple(places)
        self._noun = noun
        self._places = dict(places)

    def get(self, name: str) -> T:
        """Return the implementation called `name`, which is imported first.

        Raises:
            UsageError: There is none of that name.
            MissingPackageError: A package or a system library that it needs is not installed.
        """
        if name not in self._places:
            remedy = suggestion(name, self.names) or f"choose one of {', '.join(self.names)}"
            raise UsageError(f"there is no {self._noun} {name!r}", remedy)
        module, _, attribute = self._places[name].partition(":")
        try:
            registered: Any = getattr(import_module(module), attribute)
        except (ImportError, OSError) as error:
            raise not_importable(error) from error
        found: T = registered
        return found


def suggestion(name: str, known: Collection[str]) -> str:
    """Return "did you mean X?" for the name X in `known` that resembles `name`; empty if none does."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""
