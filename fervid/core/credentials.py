"""Addresses as they may be shown: without user names, passwords, and whatever else may be secret in them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_HIDDEN: Final = "..."

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")

# Many cameras take the password in the query, some in the path: rtsp://camera/user=admin_password=secret_channel=1
_PARAMETERS: Final = re.compile(r"[?#]|(?<=/)[^/?#]*=")


def shown_address(address: str) -> str:
    """Return an address without user name, password, query, fragment, and parts of the path that contain ``=``.

    A password may contain any character, also those that should be escaped. Where a ``?`` before an ``@`` leaves open
    whether the one is part of a password or the other of a query, only the scheme is shown. Text that is no address is
    returned as it is.

    >>> shown_address("rtsp://admin:a/b@c@camera:554/stream?key=d")
    'rtsp://camera:554/stream'
    """
    scheme, mark, rest = address.partition("://")
    if not mark:
        return address
    if _SCHEME.fullmatch(scheme) is None:  # not a name of a protocol, so it may be anything
        scheme = _HIDDEN
    parameters = _PARAMETERS.search(rest)
    end = parameters.start() if parameters else len(rest)
    if "@" in rest[end:]:
        return f"{scheme}://{_HIDDEN}"
    return f"{scheme}://{rest[:end].rpartition('@')[2]}"


def hide_credentials(message: str, arguments: Iterable[str]) -> str:
    """Return a message in which addresses from a command line are replaced by what may be shown of them.

    Most messages show no more in the first place. Those about options of any kind quote what was typed, for example
    an address in the place of a file, whose two slashes a path shortens to one.

    Args:
        message: The message.
        arguments: The arguments of the command line.
    """
    for argument in sorted(arguments, key=len, reverse=True):
        # An option and its value may be one argument: --csv=rtsp://...
        typed = argument.partition("=")[2] if argument.startswith("-") else argument
        shown = shown_address(typed)
        if "://" not in typed and re.match(r"[^/\\]*:.*@", typed, re.DOTALL) and not Path(typed).exists():
            shown = _HIDDEN  # an address without its scheme, user:password@camera
        if shown != typed:
            for form in (typed, str(Path(typed)), repr(typed)[1:-1], repr(str(Path(typed)))[1:-1]):
                message = message.replace(form, shown)
    return message
