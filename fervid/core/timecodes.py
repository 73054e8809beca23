"""Places in a video as people write them: seconds, hours:minutes:seconds, or a frame number."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fervid.errors import UsageError

# The number of digits is bounded, since Python refuses to convert thousands of them.
_SECONDS = re.compile(r"(\d{1,9}(?:\.\d*)?|\.\d+)s?")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)")
_FRAME = re.compile(r"(\d{1,12})f")


@dataclass(frozen=True, slots=True)
class Timecode:
    """A place in a video; exactly one of the two is given.

    Attributes:
        seconds: On the container's own clock.
        frame: The index of a decoded frame, from 0.
    """

    seconds: float | None = None
    frame: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.frame is None):
            raise ValueError("a time code is either seconds or a frame")

    @classmethod
    def parse(cls, text: str) -> Timecode:
        """Read ``90``, ``90.5``, ``90s``, ``1:30``, ``00:01:30.500`` or ``2160f``.

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
        """Whether `other` can lie after this place; a frame and a time cannot be compared before the video is read."""
        if self.frame is not None and other.frame is not None:
            return self.frame < other.frame
        if self.seconds is not None and other.seconds is not None:
            return self.seconds < other.seconds
        return True

    def reached(self, index: int, time: float) -> bool:
        """Whether a frame with this index and time (in seconds) lies at this place or after it."""
        if self.frame is not None:
            return index >= self.frame
        assert self.seconds is not None
        # Half a millisecond of grace: times are printed to a millisecond, and what was printed must be found again.
        return time >= self.seconds - 0.0005


def clock(seconds: float) -> str:
    """`seconds` as ``h:mm:ss.sss``, for messages."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(abs(milliseconds), 60_000)
    sign = "-" if milliseconds < 0 else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{rest / 1000:06.3f}"
