"""The address at which a page is served."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from typing_extensions import Self

from fervid.core.host_port import LAST_PORT, HostPort, join_host_port
from fervid.errors import UsageError

HOST: Final = "127.0.0.1"
PORT: Final = 8765
"""The default address, which only this machine can reach."""

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
        found = HostPort.parse(f":{text}" if _NUMBER.fullmatch(text) else text)
        if found is None:
            raise UsageError(f"'{text}' is not an address", f"write it as HOST:PORT, such as {HOST}:{PORT}")
        port = PORT if found.port is None else found.port
        if port > LAST_PORT:
            raise UsageError(f"'{text}' is not an address", f"use a port of at most {LAST_PORT}")
        return cls(found.host or HOST, port)

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
        return join_host_port(self.host, self.port)


def is_loopback(host: str) -> bool:
    """Return True if `host`, a name or an address without brackets, always means the local machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        # RFC 6761, 6.3: browsers resolve these names to loopback themselves.
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")
