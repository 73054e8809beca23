"""The sound of a file, read in step with something else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import av

from fervid.core.closing import Closing
from fervid.core.sound_chunk import SoundChunk
from fervid.core.timecodes import clock
from fervid.errors import SourceError
from fervid.sources.decoder import packets
from fervid.sources.sound_decoder import sound_decoder
from fervid.video.containers import clock_offset, open_file

_log = logging.getLogger(__name__)


class FileSound(Closing):
    """The first sound track of a file, with times on the clock of the file.

    Args:
        path: The file.

    Attributes:
        begin: The time at which the file begins on its clock, in seconds.

    Raises:
        SourceError: The file cannot be read, or has no sound.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._container = open_file(path)
        except (av.FFmpegError, OSError) as error:
            raise SourceError(
                f"the sound of '{path}' cannot be read ({error.strerror})", "check whether another program plays it"
            ) from error
        found = sound_decoder(self._container)
        if found is None:
            self._container.close()
            raise SourceError(f"'{path}' has no sound that FFmpeg can decode", "give another file")
        self._decoder = found
        self._offset = float(clock_offset(self._container))
        self.begin = (self._container.start_time or 0) / av.time_base + self._offset
        self._chunks = self._read()
        self._next: SoundChunk | None = None

    def skip(self, time: float) -> None:
        """Go to a time on the clock of the file, before anything was read; what is before it may still come."""
        with suppress(av.FFmpegError):  # without seeking, all that comes before is only read and left out
            self._container.seek(int((time - self._offset) * av.time_base))

    def until(self, time: float) -> tuple[SoundChunk, ...]:
        """Return the sound that begins before a time on the clock of the file and that was not returned yet."""
        taken = []
        while (chunk := self._peek()) is not None and chunk.time < time:
            taken.append(chunk)
            self._next = None
        return tuple(taken)

    def __iter__(self) -> Iterator[SoundChunk]:
        """Yield all sound that was not returned yet."""
        return self._chunks

    def close(self) -> None:
        """Close the file. May be called more than once."""
        self._container.close()

    def _peek(self) -> SoundChunk | None:
        if self._next is None:
            self._next = next(self._chunks, None)
        return self._next

    def _read(self) -> Iterator[SoundChunk]:
        reached = 0.0
        try:
            for packet in packets(self._container):
                if packet.stream_index == self._decoder.index:
                    for chunk in self._decoder.decode(packet):
                        reached = chunk.time + self._offset
                        yield chunk.moved(self._offset)
        except av.FFmpegError:
            _log.warning("'%s': the sound is damaged after %s; the rest is left out", self._path, clock(reached))
