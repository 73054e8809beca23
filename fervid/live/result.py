"""What a live picture turns into."""

from __future__ import annotations

from dataclasses import dataclass

from fervid.core.readings import Frame, FrameReading


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A frame, fresh from its source.

    Attributes:
        frame: The frame.
        at: When it came, still encoded, in seconds of the monotonic clock.
    """

    frame: Frame
    at: float


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """An analysed frame, for whoever watches. Nobody may write into its picture.

    Attributes:
        frame: The frame, mirrored where that is asked for.
        reading: What was read in it.
        arrived: When it came from its source, still encoded, in seconds of the monotonic clock.
    """

    frame: Frame
    reading: FrameReading
    arrived: float
