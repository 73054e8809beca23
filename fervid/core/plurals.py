"""Numbers with their nouns."""

from __future__ import annotations


def counted(count: int, noun: str, *, grouping: str = "") -> str:
    """Return a number with its noun, such as ``1 face`` or ``2 faces``.

    Args:
        count: The number.
        noun: The noun, whose plural ends in ``s``.
        grouping: The sign between thousands, as a format has it: ``,``, ``_`` or nothing.
    """
    return f"{count:{grouping}} {noun}{'' if count == 1 else 's'}"
