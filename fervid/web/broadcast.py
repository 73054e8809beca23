"""Live readings for browsers and programs: as JSON while they come, and the last minute of them as a timeline."""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame, FrameReading
from fervid.formats.json import face_fields
from fervid.formats.timeline import Timeline
from fervid.live.history import SPAN_S, Strip
from fervid.run.relay import Relay

_MOST: Final = 60_000
"""Readings that are kept at most, even where a minute has more."""

_DIGITS: Final = 4

State = Callable[[], dict[str, Any]]
"""Tells how it goes."""


class Told:
    """A reading for all who listen: made into JSON once, when the first one wants it.

    Args:
        reading: The reading.
        size: Width and height of its picture, in pixels.
        state: How it goes.
    """

    def __init__(self, reading: FrameReading, size: tuple[int, int], state: State) -> None:
        self._reading = reading
        self._size = size
        self._state = state

    @cached_property
    def json(self) -> str:
        """The message that docs/browser.md describes."""
        reading, (width, height) = self._reading, self._size
        fields = {"time": round(reading.time, 3), "frame": reading.index, "width": width, "height": height}
        return json.dumps(fields | {"faces": [face_fields(face) for face in reading.faces], "state": self._state()})


class Readings(Closing):
    """A `Writer` that hands every analysed frame's reading on, and keeps those of the last minute.

    Args:
        classes: The names of the classes, in the order of the engine.
        state: Tells how it goes, for each message.

    Attributes:
        relay: Where the newest is found.
    """

    target: Path | None = None

    def __init__(self, classes: tuple[str, ...], state: State) -> None:
        self.relay: Relay[Told] = Relay()
        self._classes = classes
        self._state = state
        self._lock = threading.Lock()
        self._kept: deque[FrameReading] = deque(maxlen=_MOST)

    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Take the next reading; those that are older than a minute go."""
        if not reading.analysed:
            return
        with self._lock:
            self._kept.append(reading)
            while self._kept[0].time < reading.time - SPAN_S:
                self._kept.popleft()
        self.relay.post(Told(reading, (frame.width, frame.height), self._state))

    def timeline(self) -> Timeline:
        """The last minute."""
        with self._lock:
            return Timeline(self._classes, tuple(self._kept))

    def finish(self, *, partial: bool = False) -> Path | None:  # noqa: ARG002 - nothing is written
        """Tell that none follows."""
        self.relay.end()
        return None

    def discard(self) -> None:
        """The same as `finish`."""
        self.relay.end()

    def close(self) -> None:
        """The same as `finish`."""
        self.relay.end()


def strip_fields(strip: Strip) -> dict[str, Any]:
    """A face's last minute as docs/browser.md has it: its number, times, and a list of strengths for each class."""
    columns = strip.probabilities.T.astype(float).round(_DIGITS).tolist()
    return {
        "face": strip.face_id,
        "times": strip.times.round(3).tolist(),
        "strengths": dict(zip(strip.classes, columns, strict=True)),
    }
