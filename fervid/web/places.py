"""Places for the connections of a page: who gets one, and who has to leave when there are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sized
from typing import Final, Protocol

MOST: Final = 256
"""The largest number of connections. A browser opens up to eight, so this is enough for thirty viewers."""

_FEWEST: Final = 8
"""The number of connections that are accepted however few descriptors there are: those of one browser."""

_DESCRIPTORS: Final = 3
"""The descriptors that are reckoned for each connection: its own, that of a recording which it downloads, and one for
what else the process opens: the video, recordings and the files of models."""

_STRANGERS: Final = 4
"""One place in so many is for strangers: connections that have not presented the token yet."""


class Guest(Protocol):
    """A connection, as far as its place is concerned."""

    @property
    def origin(self) -> str:
        """The network address at the other end."""
        ...

    def turn_away(self) -> None:
        """Close the connection at once."""
        ...


class Places:
    """The places of a page, most of which are kept for connections that have presented the token.

    When the places for strangers, or all of them, are taken, a stranger gives way to the one that comes: of those from
    the address with the most strangers, the one that came first. So somebody who opens connections without end turns
    away their own, and never a viewer.

    Args:
        open_connections: All connections that are open, strangers and others.
        descriptors: The number of descriptors that the process may still open; None for no limit.

    Attributes:
        most: The largest number of connections.
        most_strangers: The largest number of them that are strangers.
    """

    def __init__(self, open_connections: Sized, descriptors: int | None = None) -> None:
        self.most = MOST if descriptors is None else min(MOST, max(_FEWEST, descriptors // _DESCRIPTORS))
        self.most_strangers = max(_FEWEST, self.most // _STRANGERS)
        self._open = open_connections
        self._strangers: dict[Guest, None] = {}  # in the order in which they came

    def enter(self, guest: Guest) -> None:
        """Give a place to a connection, which is a stranger until it is admitted. It may be turned away at once."""
        self._strangers[guest] = None
        if len(self._strangers) > self.most_strangers or len(self._open) > self.most:
            crowd = Counter(stranger.origin for stranger in self._strangers).most_common(1)[0][0]
            oldest = next(stranger for stranger in self._strangers if stranger.origin == crowd)
            # Where all other places belong to viewers, the only stranger is the one that has just come.
            self.leave(oldest)
            oldest.turn_away()

    def admit(self, guest: Guest) -> None:
        """Keep the place of a connection that has presented the token, or needs none."""
        self._strangers.pop(guest, None)

    def leave(self, guest: Guest) -> None:
        """Forget a connection that is closed, or has become a WebSocket, which is refused at once without the token."""
        self._strangers.pop(guest, None)
