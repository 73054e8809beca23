"""A host and a port, as people write them."""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple

from typing_extensions import Self

LAST_PORT: Final = 65535

_HOST = r"\[(?P<six>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"
_ADDRESS = re.compile(rf"(?:{_HOST})?(?P<colon>:)?(?P<port>[0-9]{{1,5}})?")


class HostPort(NamedTuple):
    """The two parts of an address.

    Attributes:
        host: A name, or an IPv4 or IPv6 address without brackets; None if it was omitted.
        port: The port, which may be larger than `LAST_PORT`; None if it was omitted.
    """

    host: str | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Parse ``HOST:PORT``, either part of which may be omitted; return None if the text is no address."""
        match = _ADDRESS.fullmatch(text)
        if match is None or not text or bool(match["colon"]) != bool(match["port"]) or not _is_host(match["six"]):
            return None
        return cls(match["six"] or match["name"], None if match["port"] is None else int(match["port"]))


def join_host_port(host: str, port: int) -> str:
    """Return ``HOST:PORT``, with brackets around an IPv6 address."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_host(six: str | None) -> bool:
    """Return True if `six` is an IPv6 address or None."""
    try:
        return six is None or ipaddress.ip_address(six).version == 6
    except ValueError:
        return False
