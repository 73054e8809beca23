"""A page and its server, uvicorn in a thread of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import secrets
import socket
import threading
from typing import Any, Final, Protocol

import uvicorn
from starlette.types import ASGIApp
from typing_extensions import override

from fervid.core.closing import Closing
from fervid.core.descriptors import free_descriptors
from fervid.errors import OutputError
from fervid.web.address import Address
from fervid.web.connections import Connection, WebSocketConnection
from fervid.web.guard import Guard
from fervid.web.places import Places

_log = logging.getLogger(__name__)

_GRACE_S: Final = 0.3
"""The seconds that viewers have at the end to receive what was sent."""

_RETRY_S: Final = 0.25
"""The seconds to wait before the next attempt to accept a connection when the system has no means for one."""

_EXHAUSTED: Final = frozenset([errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
"""The errors of a system without descriptors or memory for another connection."""

# TEST-NET-1 (RFC 5737): connecting a datagram socket sends nothing, but reveals the address that it would send from.
_ELSEWHERE: Final = ("192.0.2.1", 9)


class Site(Closing, Protocol):
    """The content of a page."""

    @property
    def app(self) -> ASGIApp:
        """The ASGI application."""
        ...

    def start(self) -> None:
        """Start producing content; the server is about to run."""
        ...

    def close(self) -> None:
        """Stop, and release waiting viewers. May be called twice."""
        ...


class Page(Closing):
    """A server for a site, running until it is closed.

    Args:
        site: The site, which is started and closed with the page.
        address: The address to serve at.
        another: True to use any free port if the port is taken.

    Attributes:
        address: The address with the actual port.
        token: The secret that visitors present; None if only this machine can reach the page.

    Raises:
        OutputError: The address is in use, is not one of this machine, or is not permitted.
    """

    def __init__(self, site: Site, address: Address, *, another: bool = False) -> None:
        self._site = site
        self._listener = _listen(address, another=another)
        self._bound = Address(*self._listener.getsockname()[:2])
        self.address = Address(address.host, self._bound.port)
        self.token = None if self._bound.loopback else secrets.token_urlsafe(24)
        guard = Guard(site.app, self.token, cookie=f"fervid-{self._bound.port}")
        self._server = _Server(_configuration(guard))
        self._failures: list[OSError] = []
        self._thread = threading.Thread(target=self._run, name="fervid-web", daemon=True)
        site.start()
        self._thread.start()
        self._server.ready.wait()  # so that it has all the descriptors that it needs
        if self._failures:
            self.close()
            raise _refused(address, self._failures[0]) from self._failures[0]

    @property
    def url(self) -> str:
        """The address to open in a browser, with the token if one is needed."""
        shown = Address(_own_address(), self.address.port) if self.address.everywhere else self.address
        if self.token is None and not shown.loopback:  # a name of this machine that leads to loopback
            shown = self._bound
        return shown.url if self.token is None else f"{shown.url}?token={self.token}"

    def close(self) -> None:
        """Disconnect all viewers and stop the server. May be called twice."""
        self._site.close()
        self._server.should_exit = True
        self._thread.join()

    def _run(self) -> None:
        try:
            self._server.run([self._listener])
        except OSError as error:
            self._failures.append(error)
        finally:
            self._listener.close()
            self._server.ready.set()


class _Server(uvicorn.Server):
    """A uvicorn server that keeps places for viewers, and does not wait for those who never read what was sent.

    It accepts connections itself: where no descriptors are left, asyncio would try thousands of times a second, and
    print a traceback each time.

    Attributes:
        ready: Set once it accepts connections.
    """

    def __init__(self, configuration: uvicorn.Config) -> None:
        super().__init__(configuration)
        self.ready = threading.Event()

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])
        asyncio.get_running_loop().set_exception_handler(_report)
        self._places = Places(self.server_state.connections, free_descriptors())
        self._accepting = [asyncio.ensure_future(self._accept(listener)) for listener in sockets or []]
        self.ready.set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for task in self._accepting:
            task.cancel()
        await asyncio.wait(self._accepting)  # a listener must not be closed while it is waited for
        asyncio.get_running_loop().call_later(_GRACE_S, self._abort)
        await super().shutdown(sockets)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        listener.setblocking(False)
        exhausted = False
        while True:
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    if not exhausted:
                        _log.warning("the page takes no new viewers for now (%s)", error.strerror)
                    exhausted = True
                    await asyncio.sleep(_RETRY_S)
                continue  # any other error concerns a connection that was broken off before it was accepted
            exhausted = False
            try:
                await loop.connect_accepted_socket(self._connection, connection)
            except OSError:  # it is broken off already
                connection.close()

    def _connection(self) -> asyncio.Protocol:
        return Connection(
            self._places, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    def _abort(self) -> None:
        for connection in list(self.server_state.connections):
            if isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()


def _report(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log an error of the event loop as one line, for debugging where it concerns a connection, as any visitor can."""
    failure = context.get("exception")
    level = logging.DEBUG if "protocol" in context or "transport" in context else logging.ERROR
    _log.log(level, "%s (%s: %s)", context["message"], type(failure).__name__, failure)


def _configuration(app: ASGIApp) -> uvicorn.Config:
    """Return a configuration that logs nothing and does not depend on optional packages."""
    configuration = uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws=WebSocketConnection,
        ws_max_size=64 * 1024,
        ws_per_message_deflate=False,  # JPEG cannot be compressed further
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    configuration.load()  # here, because its imports need descriptors, of which viewers may soon leave none
    return configuration


def _listen(address: Address, *, another: bool) -> socket.socket:
    """Return a socket bound to `address`, so that errors are raised here, in the caller's thread."""
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
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # without it, Windows lets two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:  # on other systems it only permits using a port that was released a moment ago
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _refused(address: Address, error: OSError) -> OutputError:
    if isinstance(error, socket.gaierror):
        return OutputError(f"the host '{address.host}' is unknown", "give an address of this machine")
    if error.errno == errno.EADDRINUSE:
        return OutputError(f"{address} is in use", f"choose another port, or {address.host}:0 for any free one")
    if error.errno in (errno.EACCES, errno.EPERM):
        return OutputError(f"permission to serve at {address} is denied", "choose a port from 1024")
    if error.errno == errno.EADDRNOTAVAIL:
        return OutputError(f"'{address.host}' is not an address of this machine", "give one, or 0.0.0.0 for all")
    return OutputError(f"the page cannot be served at {address} ({error.strerror})", "choose another HOST:PORT")


def _own_address() -> str:
    """Return the address at which other machines most likely reach this one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
        except OSError:  # no network
            return "127.0.0.1"
        return str(probe.getsockname()[0])
