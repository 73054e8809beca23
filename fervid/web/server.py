"""A page and its server: uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
import threading
from typing import Final, Protocol

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from fervid.core.closing import Closing
from fervid.errors import OutputError
from fervid.web.address import Address
from fervid.web.connections import Connection
from fervid.web.guard import Guard

_GRACE_S: Final = 0.3
"""For how long viewers are waited for at the end."""

# TEST-NET-1 (RFC 5737): connecting a datagram socket sends nothing, but tells the address that one would go out from.
_ELSEWHERE: Final = ("192.0.2.1", 9)


class Site(Closing, Protocol):
    """What a page shows."""

    @property
    def app(self) -> ASGIApp:
        """Answers requests."""
        ...

    def start(self) -> None:
        """Begin; the server is there."""
        ...

    def close(self) -> None:
        """End, and send viewers away. May be called twice."""
        ...


class Page(Closing):
    """Serves a site until it is closed.

    Args:
        site: What is shown; started here, and closed with this.
        address: Where.
        another: Where the port is taken, use any other that is free.

    Attributes:
        address: Where it is, with the port that was found.
        token: What visitors must show; None where only this machine can reach the page.

    Raises:
        OutputError: The address is taken, is not one of this machine, or may not be used.
    """

    def __init__(self, site: Site, address: Address, *, another: bool = False) -> None:
        self._site = site
        listener = _listen(address, another=another)
        self._bound = Address(*listener.getsockname()[:2])
        self.address = Address(address.host, self._bound.port)
        self.token = None if self._bound.loopback else secrets.token_urlsafe(24)
        guard = Guard(site.app, self.token, cookie=f"fervid-{self._bound.port}")
        self._server = _Server(_configuration(guard))
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="fervid-web", daemon=True)
        site.start()
        self._thread.start()

    @property
    def url(self) -> str:
        """What to open in a browser; with the token, where one is needed."""
        shown = Address(_own_address(), self.address.port) if self.address.everywhere else self.address
        if self.token is None and not shown.loopback:  # a name of this machine that leads to loopback
            shown = self._bound
        return shown.url if self.token is None else f"{shown.url}?token={self.token}"

    def close(self) -> None:
        """Send all viewers away and end the server. May be called twice."""
        self._site.close()
        self._server.should_exit = True
        self._thread.join()


class _Server(uvicorn.Server):
    """Does not wait for viewers who never read what was sent to them."""

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        asyncio.get_running_loop().call_later(_GRACE_S, self._abort)
        await super().shutdown(sockets)

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()


def _configuration(app: ASGIApp) -> uvicorn.Config:
    """Nothing of it is left to what happens to be installed, and nothing is logged."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=Connection,
        ws="websockets-sansio",
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,  # JPEG does not get smaller
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _listen(address: Address, *, another: bool) -> socket.socket:
    """A socket that is bound to `address`, so that what is wrong with it shows now, and in the caller's thread."""
    try:
        return _bound(address)
    except OSError as error:
        if another and error.errno == errno.EADDRINUSE:
            return _listen(Address(address.host, 0), another=False)
        raise _refused(address, error) from error


def _bound(address: Address) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(
        address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listener = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # elsewhere it only means that a port that was just let go of can be used
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _refused(address: Address, error: OSError) -> OutputError:
    if isinstance(error, socket.gaierror):
        return OutputError(f"'{address.host}' is no host that is known here", "give an address of this machine")
    if error.errno == errno.EADDRINUSE:
        return OutputError(f"{address} is in use", f"give another port, such as {address.host}:0 for any that is free")
    if error.errno in (errno.EACCES, errno.EPERM):
        return OutputError(f"{address} may not be used", "give a port from 1024")
    if error.errno == errno.EADDRNOTAVAIL:
        return OutputError(f"'{address.host}' is no address of this machine", "give one, or 0.0.0.0 for all of them")
    return OutputError(f"{address} cannot be served at ({error.strerror})", "give another HOST:PORT")


def _own_address() -> str:
    """The address by which other machines most likely reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:  # no network
            return "127.0.0.1"
        return str(probe.getsockname()[0])
