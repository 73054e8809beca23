"""The options of a written timeline, for Python programs: their types, defaults and bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fervid.core.durations import SHORTEST_BOUNDS, SHORTEST_S
from fervid.core.values import shown
from fervid.errors import UsageError
from fervid.formats.context import DIALECTS, STANDARD
from fervid.settings import Group, Option

_OPTIONS: Final = (
    Option("empty", bool, True, "Write a row for each frame without a face", Group.OUTPUT),
    Option("valence", bool, False, "Write the valence of each face", Group.OUTPUT),
    Option("csv_dialect", str, STANDARD, "The dialect of CSV", Group.OUTPUT, choices=DIALECTS),
    Option("shortest", float, SHORTEST_S, "The length of the shortest segment", Group.OUTPUT, bounds=SHORTEST_BOUNDS),
    Option("sidecar", bool, True, "Write the provenance beside the timeline", Group.OUTPUT),
)


def accept_row_options(**values: Any) -> dict[str, Any]:
    """Return the options that a caller gave, by the names that `Context` and `Results` have for them.

    Args:
        **values: ``empty``, ``valence``, ``csv_dialect``, ``shortest`` and ``sidecar``, or some of them.

    Raises:
        UsageError: A value is of a wrong type, out of bounds, or no choice.
    """
    accepted = {option.name: option.accept(values[option.name]) for option in _OPTIONS if option.name in values}
    assert len(accepted) == len(values)
    if "csv_dialect" in accepted:
        accepted["dialect"] = accepted.pop("csv_dialect")
    return accepted


def accept_format_names(value: str | Sequence[str]) -> tuple[str, ...]:
    """Return the name of one format, or the names of several, as a tuple.

    Raises:
        UsageError: The value is neither.
    """
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise UsageError(f"formats takes the name of a format, or several, not {shown(value)}")
    return tuple(names)
