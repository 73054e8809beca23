"""Connections that cannot be used up: who only holds them is let go, and there is a limit to their number."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

MOST: Final = 256
"""How many there are at most. A browser takes up to eight; a process that runs out of descriptors cannot record."""

PATIENCE_S: Final = 10.0
"""How long the first request may take to come."""


class Connection(H11Protocol):
    """A connection of uvicorn's that is refused where there are too many, and cut off where nothing is asked."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take it, or refuse it."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self.loop.call_later(PATIENCE_S, self._look)

    def _look(self) -> None:
        """Cut it off where no request has come; one that became a WebSocket is no longer among them."""
        scope = cast("HTTPScope | None", self.scope)  # None until the first request
        if self in self.connections and scope is None:
            self.transport.abort()
