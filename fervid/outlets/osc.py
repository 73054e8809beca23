"""Readings as OSC messages over UDP, for TouchDesigner, Max, Unreal and others.

Open Sound Control 1.0: https://opensoundcontrol.stanford.edu/spec-1_0.html
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from typing_extensions import Self, override

from fervid.core.host_port import LAST_PORT, HostPort, join_host_port
from fervid.core.markers import Marker
from fervid.core.packages import require
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.errors import OutputError, UsageError
from fervid.outlets.base import Destination, Origin, Outlet
from fervid.outlets.frame_clock import FrameClock
from fervid.outlets.rate_limit import RateLimit
from fervid.outlets.slots import Slots

if TYPE_CHECKING:
    from types import ModuleType

    from pythonosc.osc_message import OscMessage

EXTRA: Final = "fervid[osc]"

LARGEST: Final = 1400
"""The largest size of a datagram, in bytes, so that networks with the usual limit of 1500 do not split it."""

_BUNDLE_HEAD: Final = 16
_ELEMENT_HEAD: Final = 4


@dataclass(frozen=True, slots=True)
class OscReceiver(Destination):
    """A program that receives OSC messages over UDP.

    Attributes:
        host: Its name, or an IPv4 or IPv6 address without brackets.
        port: Its port.
        rate: The largest number of bundles in a second; None to send one for each frame.
    """

    host: str
    port: int
    rate: float | None = None

    capacity: ClassVar[int] = 16

    @classmethod
    def parse(cls, text: str, rate: float | None = None) -> Self:
        """Return the receiver at ``HOST:PORT``.

        Raises:
            UsageError: The text is not an address with both parts.
        """
        found = HostPort.parse(text)
        if found is None or found.host is None or found.port is None or not 1 <= found.port <= LAST_PORT:
            raise UsageError(
                f"osc takes HOST:PORT, not '{text}'", "write 127.0.0.1:9000, for example", options=("osc",)
            )
        return cls(found.host, found.port, rate)

    @property
    @override
    def name(self) -> str:
        """The name to use in messages."""
        return f"the OSC receiver at {join_host_port(self.host, self.port)}"

    @override
    def open(self, origin: Origin) -> OscOutlet:
        """Open a socket. UDP has no connection, so nobody knows whether the receiver is there.

        Raises:
            MissingPackageError: python-osc is not installed.
            OutputError: There is no such host.
        """
        osc = require("pythonosc", EXTRA)
        for module in ("osc_message_builder", "osc_bundle_builder", "udp_client"):
            require(f"pythonosc.{module}", EXTRA)
        try:
            # Looked up once, because looking up a name for each message could take long.
            address = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_DGRAM)[0][4][0]
            client = osc.udp_client.UDPClient(str(address), self.port, allow_broadcast=True)
        except OSError as error:
            raise OutputError(
                f"the host '{self.host}' of the OSC receiver was not found", "check its name and the network"
            ) from error
        root = f"/fervid/{origin.label}" if origin.label else "/fervid"
        return OscOutlet(osc, client, root, self.rate)


class OscOutlet(Outlet):
    """The messages of each frame in a bundle, whose time tag tells when the frame was taken.

    A bundle that is too large for a datagram is split into several with the same time tag.

    Args:
        osc: The package python-osc.
        client: Its UDP client, which is closed at the end.
        root: The beginning of all addresses; of several sources, each has its number in it: ``/fervid/1``.
        rate: The largest number of bundles in a second; None to send one for each frame.
    """

    def __init__(self, osc: ModuleType, client: Any, root: str, rate: float | None) -> None:
        self._osc = osc
        self._client = client
        self._root = root
        self._limit = RateLimit(rate)
        self._slots = Slots()
        self._left: set[int] = set()
        self._clock = FrameClock(time.time)

    @override
    def send(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Send the messages of a frame, unless the limit of the rate leaves it out.

        Raises:
            OSError: The network is unreachable.
        """
        if not reading.analysed:
            return
        taken = self._clock.time_of(reading.time, arrived)
        slotted = self._slots.place(reading)
        self._left.update(slot for slot, _ in slotted.left)
        if not self._limit.is_due(reading.time):
            return
        self._left -= slotted.faces.keys()
        messages = [
            self._message("time", reading.time),
            self._message("frame", reading.index),
            self._message("faces", len(reading.faces)),
            *(self._message(f"face/{slot}/present", 0) for slot in sorted(self._left)),
        ]
        for slot, face in slotted.faces.items():
            messages += self._describe(slot, face, frame.width, frame.height)
        self._send(messages, taken)
        self._left.clear()

    @override
    def mark(self, marker: Marker) -> None:
        """Send the name and the time of the marker, whatever the limit of the rate.

        Raises:
            OSError: The network is unreachable.
        """
        self._send([self._message("marker", marker.name, marker.time)], self._clock.at(marker.time))

    @override
    def close(self) -> None:
        """Say that all faces have left, and close the socket."""
        if self._client is None:
            return
        left = sorted(self._left.union(slot for slot, _ in self._slots.clear()))
        try:
            gone = [self._message(f"face/{slot}/present", 0) for slot in left]
            self._send([self._message("faces", 0), *gone], time.time())
        except OSError:  # the receiver is away, and will learn nothing any more
            pass
        finally:
            self._client.close()
            self._client = None

    def _describe(self, slot: int, face: FaceReading, width: int, height: int) -> Iterator[OscMessage]:
        """Yield the messages of one face."""
        values: dict[str, tuple[float | str, ...]] = {
            "present": (1,),
            "id": (face.face_id,),
            "emotion": (face.emotion,),
            "confidence": (face.confidence,),
            "quality": (face.quality,),
            "box": (face.box.x / width, face.box.y / height, face.box.width / width, face.box.height / height),
        }
        values.update({name: (strength,) for name, strength in face.strengths.items()})
        for name, arguments in values.items():
            yield self._message(f"face/{slot}/{name}", *arguments)

    def _message(self, name: str, *arguments: float | str) -> OscMessage:
        """Return a message whose whole numbers are int32 and whose other numbers are float32."""
        builder = self._osc.osc_message_builder.OscMessageBuilder(f"{self._root}/{name}")
        for argument in arguments:
            builder.add_arg(argument)
        message: OscMessage = builder.build()
        return message

    def _send(self, messages: list[OscMessage], taken: float) -> None:
        for bundle in split(messages):
            builder = self._osc.osc_bundle_builder.OscBundleBuilder(taken)
            for message in bundle:
                builder.add_content(message)
            self._client.send(builder.build())


def split(messages: list[OscMessage], largest: int = LARGEST) -> Iterator[list[OscMessage]]:
    """Yield the messages in order, in bundles that each fit into a datagram.

    Args:
        messages: The messages.
        largest: The largest size of a bundle, in bytes. A message that is larger has a bundle of its own.
    """
    number, size = 0, _BUNDLE_HEAD
    numbers = []
    for message in messages:
        needed = _ELEMENT_HEAD + message.size
        if size + needed > largest and size > _BUNDLE_HEAD:
            number, size = number + 1, _BUNDLE_HEAD
        size += needed
        numbers.append(number)
    for _, group in itertools.groupby(zip(numbers, messages, strict=True), key=lambda pair: pair[0]):
        yield [message for _, message in group]
