"""A recording of a live analysis, which never waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

from fervid.core.readings import Frame, FrameReading
from fervid.formats.base import SoundWriter, Writer
from fervid.live.sound_feed import SoundFeed, SoundTap
from fervid.run.channel import DroppingChannel

_CAPACITY: Final = 16
"""The default capacity, in frames: half a second, which bridges the usual pauses of a disk. Each frame takes the memory
of a full picture."""


OnFailure: TypeAlias = "Callable[[Recorder, Exception], None]"
"""Called once with a recording that failed and its error. It must not wait, because the analysis calls it."""


class Recorder:
    """A writer in a thread of its own, with a bounded queue. Frames that come too fast for it are dropped and counted.

    Args:
        writer: Writes the recording. `finish` finishes it too.
        capacity: The largest number of frames in the queue.
        on_failure: Called if the recording fails, which then ends alone; None if it ends the analysis.
        feed: The sound to record, where the writer takes any; None for no sound.

    Attributes:
        on_failure: As given.
        begin: The time of the first frame, in seconds; None before it.
    """

    def __init__(
        self,
        writer: Writer,
        capacity: int = _CAPACITY,
        on_failure: OnFailure | None = None,
        feed: SoundFeed | None = None,
    ) -> None:
        self.on_failure = on_failure
        self.begin: float | None = None
        self._writer = writer
        self._frames: DroppingChannel[tuple[Frame, FrameReading] | None] = DroppingChannel(capacity)
        self._feed = feed if isinstance(writer, SoundWriter) else None
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        self._finished = False
        self._path: Path | None = None
        self._thread = threading.Thread(target=self._write, name="fervid-record", daemon=True)
        self._thread.start()

    @property
    def target(self) -> Path | None:
        """The file of the recording."""
        return self._writer.target

    @property
    def dropped(self) -> int:
        """The number of frames that the writer was too slow for."""
        return self._frames.dropped

    def put(self, frame: Frame, reading: FrameReading) -> None:
        """Queue the next frame without waiting. After `finish`, the frame is ignored.

        Raises:
            BaseException: An earlier frame could not be written, for example because the disk is full.
        """
        if self.begin is None:
            self.begin = frame.time
        if not self._frames.put((frame, reading)) and self._error is not None:
            raise self._error

    def finish(self) -> Path | None:
        """Write the queued frames and complete the recording. A second call only returns its file.

        Returns:
            The file; None if no frame was recorded.

        Raises:
            BaseException: A frame could not be written, or the file cannot be completed; what was written stays.
        """
        with self._lock:
            self._frames.end()
            self._thread.join()
            if not self._finished:
                self._finished = True
                if self._error is not None:
                    self._writer.discard()  # which keeps what is written in place
                    raise self._error
                if self.begin is None:
                    self._writer.discard()
                else:
                    self._path = self._writer.finish()
            return self._path

    def _write(self) -> None:
        try:
            self._write_all()
        except BaseException as error:  # `put` and `finish` raise it in the threads of their callers
            self._error = error
        finally:
            self._frames.cancel()

    def _write_all(self) -> None:
        """Write the frames, and after each of them the sound that has arrived; None is a call to write sound alone."""
        tap = None if self._feed is None else self._feed.tap(lambda: self._frames.put(None))
        try:
            for item in self._frames:
                if item is not None:
                    if self.begin is None:  # those before it may have been dropped
                        self.begin = item[0].time
                    self._writer.write(*item)
                if tap is not None and self.begin is not None:
                    self._write_sound(tap)
            if tap is not None and self.begin is not None:
                self._write_sound(tap)
        finally:
            if tap is not None and self._feed is not None:
                self._feed.remove(tap)

    def _write_sound(self, tap: SoundTap) -> None:
        assert isinstance(self._writer, SoundWriter)
        for chunk in tap.take():
            self._writer.write_sound(chunk)
