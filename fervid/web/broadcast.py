"""Live readings for browsers and programs: JSON for each frame, and a timeline of the last minute."""

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
from fervid.run.board import Relay

_MOST: Final = 60_000
"""The largest number of readings that are kept, even if the last minute has more."""

_DIGITS: Final = 4

State = Callable[[], dict[str, Any]]
"""A function that returns the state of the live analysis as JSON fields."""


class Message:
    """A reading for all listeners, converted to JSON once, when the first listener needs it.

    Args:
        reading: The reading.
        size: Width and height of its frame in pixels.
        state: Returns the state of the live analysis.
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
    """A `Writer` that broadcasts the reading of every analysed frame and keeps those of the last minute.

    Args:
        classes: The names of the classes, in the order of the engine.
        state: Returns the state of the live analysis, for each message.

    Attributes:
        relay: The newest message.
    """

    target: Path | None = None

    def __init__(self, classes: tuple[str, ...], state: State) -> None:
        self.relay: Relay[Message] = Relay()
        self._classes = classes
        self._state = state
        self._lock = threading.Lock()
        self._kept: deque[FrameReading] = deque(maxlen=_MOST)

    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Broadcast the next reading, and drop readings older than a minute."""
        if not reading.analysed:
            return
        with self._lock:
            self._kept.append(reading)
            while self._kept[0].time < reading.time - SPAN_S:
                self._kept.popleft()
        self.relay.post(Message(reading, (frame.width, frame.height), self._state))

    def timeline(self) -> Timeline:
        """Return the timeline of the last minute."""
        with self._lock:
            return Timeline(self._classes, tuple(self._kept))

    def finish(self, *, partial: bool = False) -> Path | None:  # noqa: ARG002 - nothing is written
        """End the broadcast."""
        self.relay.end()
        return None

    def discard(self) -> None:
        """End the broadcast."""
        self.relay.end()

    def close(self) -> None:
        """End the broadcast. May be called twice."""
        self.relay.end()


def strip_fields(strip: Strip) -> dict[str, Any]:
    """Return a face's last minute as docs/browser.md describes it: its number, times, and strengths by class."""
    columns = strip.probabilities.T.astype(float).round(_DIGITS).tolist()
    return {
        "face": strip.face_id,
        "times": strip.times.round(3).tolist(),
        "strengths": dict(zip(strip.classes, columns, strict=True)),
    }
