"""The interfaces of the live outputs: a destination, and the outlet that it opens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from fervid.core.closing import Closing
from fervid.core.markers import Marker
from fervid.core.readings import Frame, FrameReading
from fervid.draw.painter import Painter


@dataclass(frozen=True, slots=True)
class Origin:
    """The things that an outlet is told about the analysis.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        engine: The name of the engine, its backend and its device.
        source: The name of the source, which must not leave the process, because it may be the path of a file.
        label: The number of the source, where several are analysed at once; empty for a single one.
        painter: Returns a new painter.
    """

    classes: tuple[str, ...]
    engine: str
    source: str
    label: str = ""
    painter: Callable[[], Painter] = Painter


class Outlet(Closing, Protocol):
    """A connection to another program, which gets each frame as it comes. One thread alone uses it."""

    def send(self, frame: Frame, reading: FrameReading, arrived: float) -> None:
        """Send the next frame, in order.

        Args:
            frame: The frame, mirrored and with hidden faces if that is asked for. It must not be written to.
            reading: The reading of the frame.
            arrived: The time at which the frame arrived, in seconds of the monotonic clock.

        Raises:
            Exception: The frame could not be sent. The next one may be.
        """
        ...

    def mark(self, marker: Marker) -> None:  # noqa: ARG002
        """Send a marker; by default nothing, for receivers that have no place for one.

        Args:
            marker: The marker, whose time is on the clock of the frames.

        Raises:
            Exception: The marker could not be sent.
        """
        return

    def close(self) -> None:
        """Tell the receiver that all faces have left, and close the connection. May be called more than once."""
        ...


class Destination(Protocol):
    """A program, or a device, that an outlet can be opened to.

    Attributes:
        capacity: The largest number of frames that wait for the outlet; 1 if only the newest is of use.
    """

    capacity: ClassVar[int]

    @property
    def name(self) -> str:
        """The name to use in messages."""
        ...

    def open(self, origin: Origin) -> Outlet:
        """Open the outlet.

        Args:
            origin: The things to tell it about the analysis.

        Raises:
            MissingPackageError: A package or a library that it needs is not installed.
            OutputError: It cannot be opened.
        """
        ...
