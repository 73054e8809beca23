"""Recorded sources, played at their own speed as if they were live."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.base import Source, SourceInfo
from fervid.sources.file_sound import FileSound
from fervid.video.clock import Now

_log = logging.getLogger(__name__)


class Paced(Closing):
    """A recorded source whose frames are yielded when they are due, as a `LiveSource`.

    Args:
        source: The source to play; `close` closes it.
        now: A monotonic clock in seconds.
        wait: Waits for a number of seconds, or until `stop`. By default it really waits; tests pass another function.
        sound: Let the frames bring the sound with them, where the source has any that can be read beside them.

    Attributes:
        arrived: The time at which the last frame was yielded, in seconds of `now`.
    """

    def __init__(
        self,
        source: Source,
        *,
        now: Now = time.monotonic,
        wait: Callable[[float], object] | None = None,
        sound: bool = False,
    ) -> None:
        self.arrived = 0.0
        self._source = source
        self._now = now
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._sound = _sound_of(source.info) if sound else None

    @property
    def name(self) -> str:
        """The path of the file."""
        return str(self._source.info.path)

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures that did not decode so far."""
        return self._source.undecodable

    def __iter__(self) -> Iterator[Frame]:
        """Yield each frame when it is due; at once where the reader is late.

        Raises:
            SourceError: There is not a single frame to yield.
        """
        start: float | None = None
        for frame in self._source:
            if start is None:
                start = self._now() - frame.time
                if self._sound is not None:
                    self._sound.skip(frame.time)
            early = start + frame.time - self._now()
            if early > 0:
                self._wait(early)
            if self._stopped.is_set():
                return
            self.arrived = self._now()
            yield self._with_sound(frame)

    def stop(self) -> None:
        """Ask the reading thread to leave its loop, which it does at once."""
        self._stopped.set()
        self._source.stop()

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        if self._sound is not None:
            self._sound.close()

    def _with_sound(self, frame: Frame) -> Frame:
        if self._sound is None:
            return frame
        shift = frame.shifts[-1] * float(frame.time_base) if frame.shifts else 0.0
        now = frame.time - shift
        return replace(frame, sound=tuple(chunk.moved(-now) for chunk in self._sound.until(now)))


def _sound_of(info: SourceInfo) -> FileSound | None:
    """Return the sound of a file; None where it has none, or none that can be read beside its pictures."""
    if not info.has_audio or info.is_pipe:
        return None
    try:
        return FileSound(info.path)
    except SourceError as error:  # the pictures are of use without it
        _log.warning("%s; it is recorded without sound", error.problem)
        return None
