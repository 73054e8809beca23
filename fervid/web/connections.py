"""Limits on connections, so that idle ones cannot exhaust them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from uvicorn._types import HTTPScope

MOST: Final = 256
"""The largest number of connections. A browser opens up to eight; without descriptors left, nothing can be recorded."""

PATIENCE_S: Final = 10.0
"""The seconds within which the first request must arrive."""


class Connection(H11Protocol):
    """A uvicorn connection that is refused if there are too many, and closed if no request arrives."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept or refuse the connection."""
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self.loop.call_later(PATIENCE_S, self._close_idle)

    def _close_idle(self) -> None:
        """Close the connection if no request has arrived; one that became a WebSocket is no longer in the list."""
        scope = cast("HTTPScope | None", self.scope)  # None until the first request
        if self in self.connections and scope is None:
            self.transport.abort()
