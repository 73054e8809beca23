"""The sound of a live analysis, on the clock of its frames, for the recordings."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from fervid.core.clock_offset import ClockOffset
from fervid.core.readings import Frame
from fervid.core.sound_chunk import SoundChunk
from fervid.sources.sound_source import SoundSource

_BACKLOG_S: Final = 2.0
"""Seconds of sound that are kept for a recording that begins: its first frame arrived before it was analysed."""

_MOST_S: Final = 10.0
"""Seconds of sound that wait for one recording at most."""

_WAKE_S: Final = 1.0
"""Seconds of sound after which a recording is woken that gets no frames."""

_EARLY_S, _LATE_S = 2.0, 10.0
"""Seconds by which the sound of a source may be ahead of a frame or behind it. More is an error of its clock."""


class SoundTap:
    """The sound that waits for one recording.

    Args:
        backlog: The sound of the last moments.
        wake: Called where much waits. It must not wait itself.
    """

    def __init__(self, backlog: Iterable[SoundChunk], wake: Callable[[], object]) -> None:
        self._lock = threading.Lock()
        self._waiting = deque(backlog)
        self._wake = wake
        self._has_woken = False

    def put(self, chunk: SoundChunk) -> None:
        """Add a chunk, in place of the oldest ones where too much waits."""
        with self._lock:
            self._waiting.append(chunk)
            _limit(self._waiting, _MOST_S)
            wakes = not self._has_woken and chunk.end - self._waiting[0].time > _WAKE_S
            self._has_woken = self._has_woken or wakes
        if wakes:
            self._wake()

    def take(self) -> list[SoundChunk]:
        """Return all chunks that wait, in order."""
        with self._lock:
            taken = list(self._waiting)
            self._waiting.clear()
            self._has_woken = False
            return taken


class SoundFeed:
    """The sound of a live analysis: that which its frames bring, or that which a microphone hears.

    A microphone knows only when its sound arrived. The times at which frames arrive say what time that is on the clock
    of the frames.

    Attributes:
        source: The microphone, or what else is heard beside the frames; None if there is none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clock = ClockOffset()
        self._offset: float | None = None
        self._is_muted = False
        self.source: SoundSource | None = None
        self._backlog: deque[SoundChunk] = deque()
        self._taps: list[SoundTap] = []

    def connect(self, source: SoundSource) -> None:
        """Hear a source until `close`. Others may hear it too, and the last one closes it."""
        self.source = source
        source.add(self.hear)

    def close(self) -> None:
        """Stop hearing the source. May be called more than once."""
        if self.source is not None:
            self.source.remove(self.hear)

    def tap(self, wake: Callable[[], object]) -> SoundTap:
        """Return what a recording takes its sound from, until it calls `remove`.

        Args:
            wake: Called where much sound waits, because no frames come. It must not wait itself.
        """
        with self._lock:
            tap = SoundTap(self._backlog, wake)
            self._taps.append(tap)
            return tap

    def remove(self, tap: SoundTap) -> None:
        """Give no more sound to a recording."""
        with self._lock:
            self._taps = [other for other in self._taps if other is not tap]

    def follow(self, frame: Frame, arrived: float, *, muted: bool) -> None:
        """Note when a frame arrived, and take its sound.

        Args:
            frame: The frame.
            arrived: Its arrival, in seconds of the monotonic clock.
            muted: From now on, give silence instead of sound.
        """
        with self._lock:
            if self.source is not None:
                self.source.follow(arrived)
            self._offset = self._clock.after(frame.time, arrived)
            self._is_muted = muted
            for chunk in frame.sound or ():
                if -_LATE_S < chunk.time < _EARLY_S:
                    self._give(chunk.moved(frame.time))

    def hear(self, chunk: SoundChunk) -> None:
        """Take the sound of a microphone, with its time in seconds of the monotonic clock. Any thread may call this."""
        with self._lock:
            if self._offset is not None:  # otherwise there is no picture that it could belong to
                self._give(chunk.moved(-self._offset))

    def _give(self, chunk: SoundChunk) -> None:
        heard = chunk.silent() if self._is_muted else chunk
        self._backlog.append(heard)
        _limit(self._backlog, _BACKLOG_S)
        for tap in self._taps:
            tap.put(heard)


def _limit(chunks: deque[SoundChunk], seconds: float) -> None:
    while chunks[-1].end - chunks[0].time > seconds and len(chunks) > 1:
        chunks.popleft()
