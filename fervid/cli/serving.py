"""What ``--serve`` and ``--browse`` say."""

from __future__ import annotations

from pathlib import Path

from fervid.errors import UsageError
from fervid.web.address import Address


def address_of(text: str, option: str, what: str) -> Address:
    """The address that `option` names.

    Args:
        text: What it said.
        option: Its name.
        what: The argument that somebody may have written behind it, taking the option for one without a value.

    Raises:
        UsageError: It is none.
    """
    if "://" in text or (Path(text).exists() and not text.isdigit()):
        raise UsageError(f"{option} takes HOST:PORT, not '{text}'", f"put {what} before {option}")
    return Address.parse(text)
