"""The connections of a page, each with time limits, so that none can hold its place for nothing."""

from __future__ import annotations

import asyncio
from typing import Any, Final, cast

import h11
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from fervid.web.places import Places

REQUEST_S: Final = 10.0
"""The seconds within which a request must arrive, up to its body. It fits into one packet or two, which even a phone in
the far corner of a Wi-Fi network repeats several times in that time."""

BODY_S: Final = 30.0
"""The seconds that any body may take; enough to bridge a phone's change from one access point to another."""

BODY_RATE: Final = 16_000
"""The bytes a second that prolong this time: for every one of them that arrives, a body gets a second more. Wi-Fi that
carries less, 128 kbit/s, shows no live picture either."""

LONGEST_BODY_S: Final = 300.0
"""The seconds after which a body must have arrived in any case: 50 MB, the largest picture, at 1.4 Mbit/s."""

STALL_S: Final = 30.0
"""The seconds within which the other side must take something of what is sent to it."""

LINGER_S: Final = 2.0
"""The seconds for which the rest of a body is discarded after a response that did not need it. A connection that is
closed while data arrives is reset, and the other side may then lose the response."""

_REFUSALS: Final = (400, 401, 403)
"""The responses that end a connection, because their sender has not presented the token, or speaks no HTTP."""


class _StallLimit(asyncio.Protocol):
    """A part of a connection that closes it when the other side takes nothing of what is sent for `STALL_S`."""

    loop: asyncio.AbstractEventLoop
    transport: Any
    _watch: asyncio.TimerHandle | None = None

    @override
    def pause_writing(self) -> None:
        """Watch whether the other side takes anything."""
        super().pause_writing()
        self._begin_watch()

    @override
    def resume_writing(self) -> None:
        """Send on."""
        super().resume_writing()
        self._end_watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        self._end_watch()
        super().connection_lost(exc)

    def _begin_watch(self) -> None:
        self._watch = self.loop.call_later(STALL_S, self._check, self.transport.get_write_buffer_size())

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()

    def _check(self, size: int) -> None:
        if self.transport.get_write_buffer_size() < size:
            self._begin_watch()
        else:
            self.transport.abort()


class Connection(_StallLimit, H11Protocol):
    """A uvicorn connection with a place, and with a time limit for everything that it may wait for.

    Args:
        places: The places of the page.
        given: The arguments of `H11Protocol`.
    """

    def __init__(self, places: Places, **given: Any) -> None:
        super().__init__(**given)
        self._places = places
        self._site = self.app
        self.app = cast("Any", self._respond)
        self._timer: asyncio.TimerHandle | None = None
        self._body_begin = 0.0
        self._received = 0
        self._lingers = False

    @property
    def origin(self) -> str:
        """The network address at the other end."""
        return self.client[0] if self.client else ""

    def turn_away(self) -> None:
        """Close the connection at once."""
        self.transport.abort()

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, and expect a request."""
        super().connection_made(transport)
        self._limit(REQUEST_S)
        self._places.enter(self)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """Give up the place."""
        self._limit(None)
        self._places.leave(self)
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        """Take what arrives, and set the limit for what must follow."""
        if self._lingers:
            return
        state, begun = self.conn.their_state, bool(self.conn.trailing_data[0])
        super().data_received(data)
        if self not in self.connections:  # it has become a WebSocket, which pings the other side
            self._limit(None)
            self._places.leave(self)
        elif self.conn.their_state is h11.SEND_BODY:
            if state is not h11.SEND_BODY:
                self._body_begin, self._received = self.loop.time(), 0
                self._limit(BODY_S)
            self._received += len(data)
        elif self.conn.their_state is not h11.IDLE:  # the request is complete, and the response takes its time
            self._limit(None)
        elif state is not h11.IDLE or not begun:  # another request has begun; uvicorn closes those that stay idle
            self._limit(REQUEST_S)

    async def _respond(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request, admit who sent it, or end the connection after the response."""
        cycle, reads_on = self.cycle, False

        async def send_and_judge(message: Message) -> None:
            nonlocal reads_on
            if message["type"] == "http.response.start":
                refused = message["status"] in _REFUSALS
                if not refused:
                    self._places.admit(self)
                reads_on = cycle.more_body
                if refused and not reads_on:
                    message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        await cast("Any", self._site)(scope, receive, send_and_judge)
        if reads_on and not self.transport.is_closing():
            self._linger()

    def _linger(self) -> None:
        """Send nothing more, and discard what arrives, until the other side has read the response."""
        self._lingers = True
        self._unset_keepalive_if_required()
        self._limit(LINGER_S)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()

    def _limit(self, seconds: float | None) -> None:
        """Close the connection after so many seconds, unless another limit is set before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._expire)

    def _expire(self) -> None:
        now = self.loop.time()
        allowed = self._body_begin + min(LONGEST_BODY_S, BODY_S + self._received / BODY_RATE)
        if self.conn.their_state is h11.SEND_BODY and not self._lingers and now < allowed:
            self._limit(allowed - now)
        else:
            self.transport.abort()


class WebSocketConnection(_StallLimit, WebSocketsSansIOProtocol):
    """A uvicorn WebSocket that is closed when its request is malformed, or when the other side stops reading.

    uvicorn keeps the first kind for ever, and fails to shut down because of it. It closes the other kind when it
    answers no ping, but waits without end for it to take what was sent before.
    """

    @override
    def data_received(self, data: bytes) -> None:
        """Take what arrives, the first time the whole request."""
        super().data_received(data)
        if not self.handshake_initiated:
            self.transport.abort()
