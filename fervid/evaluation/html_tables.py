"""Tables of the page about an evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

DASH: Final = "\N{EN DASH}"
"""The cell of a figure that does not exist."""


class Markup(str):
    """A cell that is HTML already; any other text is escaped."""

    __slots__ = ()


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table that scrolls sideways where the page is narrow."""

    def line(cells: Sequence[str], tag: str) -> str:
        texts = (cell if isinstance(cell, Markup) else escape(cell) for cell in cells)
        return "<tr>" + "".join(f"<{tag}>{text}</{tag}>" for text in texts) + "</tr>"

    body = "\n".join(line(row, "td") for row in rows)
    return f'<div class="wide"><table>\n{line(header, "th")}\n{body}\n</table></div>'
