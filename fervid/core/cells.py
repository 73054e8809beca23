"""Texts in the cells of a CSV file, which spreadsheets would otherwise run as formulas.

Excel and LibreOffice take a cell for a formula if it begins with one of a few characters (OWASP, "CSV Injection"). The
names of files and people come from anybody, so such a text gets an apostrophe before it. Numbers are left as they are.
"""

from __future__ import annotations

import re
from typing import Final

_STARTS: Final = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"  # the last four are the wide forms of the first four
_ESCAPED: Final = re.compile(rf"'*[{_STARTS}]")


def escape_cell(text: str) -> str:
    """Return a text as it is written to a cell, with an apostrophe before it where it looks like a formula.

    A text that looks like the result, such as ``'=1``, gets one more, so that `unescape_cell` returns every text as it
    was.
    """
    return f"'{text}" if _ESCAPED.match(text) else text


def unescape_cell(text: str) -> str:
    """Return the text that `escape_cell` wrote."""
    return text[1:] if text.startswith("'") and _ESCAPED.match(text) else text
