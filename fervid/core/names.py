"""Names that become parts of file names and of lines on a terminal."""

from __future__ import annotations

import re
from typing import Final

NAME_RULE: Final = "up to 64 letters, digits, spaces and . _ - + & ' ( ), beginning with a letter or digit"
"""The rule of `is_safe_name`, for messages."""

_NAME: Final = re.compile(r"[^\W_][\w .+&'()-]{0,63}")


def is_safe_name(text: str) -> bool:
    """Return True if `text` may name an engine or a class: it contains no path, no markup and no control character."""
    return _NAME.fullmatch(text) is not None and not text.endswith((" ", "."))


def printable(text: str) -> str:
    r"""Return `text` with everything escaped that could steer a terminal, such as ``\x1b``; line feeds are kept.

    Bytes that are not text, which file names may hold, are escaped too.
    """
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape", "surrogatepass").decode()
        for letter in text
    )
