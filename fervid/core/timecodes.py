"""Places in a video as people write them: seconds, hours:minutes:seconds, or a frame number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from numbers import Real
from typing import Any

from typing_extensions import Self

from fervid.errors import UsageError

# The number of digits is bounded, since Python refuses to convert thousands of them.
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d*)?|\.\d+)s?")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
_FRAME = re.compile(r"(\d{1,12})f")

# Half a millisecond: times are printed to a millisecond, and a time that was printed must find its frame again.
_TOLERANCE = 0.0005


@dataclass(frozen=True, slots=True)
class Timecode:
    """A place in a video, either a time or a frame.

    >>> fervid.Timecode.parse("1:30")
    Timecode(seconds=90.0, frame=None)
    >>> readings = list(fervid.read("clip.mp4", start=fervid.Timecode(frame=20), end="25f"))
    >>> readings[0].frame, readings[-1].frame
    (20, 24)

    Attributes:
        seconds: The time since the first frame, from 0.
        frame: The index of a decoded frame, from 0.

    Raises:
        ValueError: Both are given or none, or one is negative or not finite.
    """

    seconds: float | None = None
    frame: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.frame is None):
            raise ValueError("a time code is either seconds or a frame")
        place = self.seconds if self.frame is None else self.frame
        if place is None or not 0 <= place < math.inf:
            raise ValueError(f"a time code cannot be {place}")

    @classmethod
    def of(cls, place: Any) -> Self:
        """Return `place` as a time code: a number of seconds, text as for `parse`, or a time code itself.

        Raises:
            TypeError: It is none of these.
            ValueError: It is negative or not finite.
            UsageError: The text is no time code.
        """
        if isinstance(place, cls):
            return place
        if isinstance(place, str):
            return cls.parse(place)
        if not isinstance(place, bool) and isinstance(place, Real):
            return cls(seconds=float(place))
        raise TypeError(f"a time code cannot be made of {type(place).__name__}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse ``90``, ``90.5``, ``90s``, ``1:30``, ``00:01:30.500`` or ``2160f``.

        Raises:
            UsageError: `text` is none of these.
        """
        text = text.strip()
        if match := _FRAME.fullmatch(text):
            return cls(frame=int(match[1]))
        if match := _SECONDS.fullmatch(text):
            return cls(seconds=float(match[1]))
        match = _CLOCK.fullmatch(text)
        if match and int(match[2]) < 60 and float(match[3]) < 60:
            return cls(seconds=int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3]))
        raise UsageError(
            f"'{text}' is not a time code",
            "write seconds (90.5), hours:minutes:seconds (00:01:30.500) or a frame (2160f)",
        )

    def may_precede(self, other: Timecode) -> bool:
        """Return False if `other` does not come after this place.

        A time and a frame cannot be compared before the video is read, so either may precede the other.
        """
        if self.frame is not None and other.frame is not None:
            return self.frame < other.frame
        if self.seconds is not None and other.seconds is not None:
            return self.seconds < other.seconds
        return True

    def reached(self, index: int, time: float) -> bool:
        """Return True for a frame at this place or after it.

        Args:
            index: The frame's index.
            time: The time of the frame since the first one, in seconds.
        """
        if self.frame is not None:
            return index >= self.frame
        assert self.seconds is not None
        return time >= self.seconds - _TOLERANCE


def clock(seconds: float) -> str:
    """Return `seconds` as ``h:mm:ss.sss``, for messages."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(abs(milliseconds), 60_000)
    sign = "-" if milliseconds < 0 else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest / 1000:06.3f}"
