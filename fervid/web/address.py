"""The address at which a page is served."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import Self

from fervid.errors import UsageError

HOST: Final = "127.0.0.1"
PORT: Final = 8765
"""The default address, which only this machine can reach."""

_HOST = r"\[(?P<six>[0-9A-Fa-f:.]+(?:%\w+)?)\]|(?P<name>[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)"
_ADDRESS = re.compile(rf"(?:{_HOST})?(?P<colon>:)?(?P<port>[0-9]{{1,5}})?")
_NUMBER = re.compile(r"[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port.

    Attributes:
        host: A name, or an IPv4 or IPv6 address without brackets.
        port: The port; 0 for any free one.
    """

    host: str = HOST
    port: int = PORT

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``HOST:PORT``; either part may be omitted: ``8080``, ``:8080``, ``localhost``, ``[::1]:8765``.

        Raises:
            UsageError: The text is not an address.
        """
        if "@" in text:  # it is not quoted, because it may be a password
            raise UsageError("the address of a page has no user name and password", f"write {HOST}:{PORT}, for example")
        match = _ADDRESS.fullmatch(f":{text}" if _NUMBER.fullmatch(text) else text)
        if match is None or not text or bool(match["colon"]) != bool(match["port"]) or not _is_host(match["six"]):
            raise UsageError(f"'{text}' is not an address", f"write it as HOST:PORT, such as {HOST}:{PORT}")
        port = PORT if match["port"] is None else int(match["port"])
        if port > 65535:
            raise UsageError(f"'{text}' is not an address", "use a port of at most 65535")
        return cls(match["six"] or match["name"] or HOST, port)

    @property
    def loopback(self) -> bool:
        """True if only this machine can reach the address."""
        return is_loopback(self.host)

    @property
    def everywhere(self) -> bool:
        """True if the host stands for all addresses of this machine, as 0.0.0.0 does."""
        try:
            return ipaddress.ip_address(self.host).is_unspecified
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """The address of the page in a browser."""
        return f"http://{self}/"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Return True if `host`, a name or an address without brackets, always means the local machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # RFC 6761, 6.3: browsers resolve these names to loopback themselves.
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")


def _is_host(six: str | None) -> bool:
    """Return True if `six` is an IPv6 address or None."""
    try:
        return six is None or ipaddress.ip_address(six).version == 6
    except ValueError:
        return False
