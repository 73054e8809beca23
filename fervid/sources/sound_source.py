"""A microphone, a stream or a file that is heard beside the pictures."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeAlias

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.stream import Stream

from fervid.core.clock_offset import ClockOffset
from fervid.core.closing import Closing
from fervid.core.credentials import shown_address
from fervid.core.sound_chunk import SOUND_RATE, SoundChunk
from fervid.errors import SourceError
from fervid.sources.decoder import packets
from fervid.sources.file_sound import FileSound
from fervid.sources.sound_decoder import SoundDecoder, sound_decoder
from fervid.sources.sound_devices import open_sound_device
from fervid.video.clock import Now
from fervid.video.containers import hidden_address, open_address

Listener: TypeAlias = Callable[[SoundChunk], object]
"""Called with each chunk, with its time in seconds of the monotonic clock. It must neither wait nor fail."""

_CHUNK: Final = SOUND_RATE // 50
"""The number of samples to wait for before they are passed on."""

_SETTLING_S: Final = 0.5
"""Seconds after opening that are not heard: a device may first deliver what it had stored."""

PATIENCE_S: Final = 3.0
"""Seconds without sound after which a device or a stream counts as lost."""

_POLL_S: Final = 0.005
_JOIN_S: Final = 2.0
"""Seconds to wait for the thread at the end; a driver may hang."""

_log = logging.getLogger(__name__)


class SoundSource(Closing):
    """A sound device, a stream, or a file at its own speed, which is heard in a thread of its own.

    A device tells no time that the pictures know too. So the samples are counted, and the earliest arrivals of the last
    seconds tell when the first of them was taken (`ClockOffset`). If the sound ends or fails, one warning says so.

    Args:
        name: The name of a device, the address of a stream, or the path of a file, which `follow` lets begin.
        patience: Seconds without sound after which a device or a stream counts as lost.
        now: A monotonic clock in seconds.

    Attributes:
        name: What may be shown of the name, for messages.

    Raises:
        SourceError: It cannot be opened, or has no sound.
    """

    def __init__(self, name: str, *, patience: float = PATIENCE_S, now: Now = time.monotonic) -> None:
        self.name = shown_address(name)
        self._patience = patience
        self._now = now
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []
        self._stopped = threading.Event()
        self._begun = threading.Event()
        self._moment = 0.0
        self._opened = now()
        self._heard = math.inf  # of a device, the time of its last chunk
        self._is_lost = False
        chunks = self._open(name)
        self._thread = threading.Thread(target=self._hear, args=(chunks,), name="fervid-sound", daemon=True)
        self._thread.start()

    def follow(self, moment: float) -> None:
        """Let a file begin, and warn once if a device has been lost, whose thread may wait for it for ever.

        Args:
            moment: The time at which a picture has arrived, in seconds of the monotonic clock. The first sample of a
                file is due with the first picture.
        """
        if not self._begun.is_set():
            self._moment = moment
            self._begun.set()
        if moment - self._heard > self._patience:
            self._warn(f"has been missing for {self._patience:g} s")

    def add(self, listener: Listener) -> None:
        """Pass the sound on to a listener."""
        with self._lock:
            self._listeners.append(listener)

    def remove(self, listener: Listener) -> None:
        """Pass no more sound on to a listener. When the last one has gone, the source is closed."""
        with self._lock:
            self._listeners = [other for other in self._listeners if other != listener]
            is_last = not self._listeners
        if is_last:
            self.close()

    def close(self) -> None:
        """End the thread, which closes the source. May be called more than once."""
        self._stopped.set()
        self._begun.set()
        self._thread.join(_JOIN_S)

    def _open(self, name: str) -> Iterator[SoundChunk]:
        if "://" in name:
            return self._stream_chunks(*_open_stream(name, self._patience), name)
        if Path(name).is_file():
            return self._file_chunks(FileSound(Path(name)))
        container = open_sound_device(name)
        self._heard = self._opened
        return self._device_chunks(container, _decoder_of(container, f"the sound device '{name}'"))

    def _hear(self, chunks: Iterator[SoundChunk]) -> None:
        problem = "has ended"
        try:
            for chunk in chunks:
                with self._lock:
                    listeners = tuple(self._listeners)
                for listener in listeners:
                    listener(chunk)
                if self._stopped.is_set():
                    return
        except (av.FFmpegError, OSError) as error:
            problem = f"has failed ({error.strerror})"
        if not self._stopped.is_set():
            self._warn(problem)

    def _warn(self, problem: str) -> None:
        if not self._is_lost:
            self._is_lost = True
            _log.warning("the sound of '%s' %s; recordings go on without it", self.name, problem)

    def _file_chunks(self, file: FileSound) -> Iterator[SoundChunk]:
        with file:
            self._begun.wait()
            for chunk in file:
                moved = chunk.moved(self._moment - file.begin)
                if self._stopped.wait(max(0.0, moved.end - self._now())):
                    return
                yield moved

    def _stream_chunks(self, container: InputContainer, decoder: SoundDecoder, address: str) -> Iterator[SoundChunk]:
        """Yield the sound of a stream, by the times of its sender."""
        clock = ClockOffset()
        with container, hidden_address(address):
            for packet in packets(container):
                arrived = self._now()
                if packet.stream_index == decoder.index:
                    for chunk in decoder.decode(packet):
                        yield chunk.moved(clock.after(chunk.end, arrived))
                if self._stopped.is_set():
                    return

    def _device_chunks(self, container: InputContainer, decoder: SoundDecoder) -> Iterator[SoundChunk]:
        """Yield the sound of a device, by the number of its samples."""
        clock, count, parts = ClockOffset(), 0, []
        with container:
            for packet in self._device_packets(container):
                arrived = self._now()
                parts += [chunk.samples for chunk in decoder.decode(packet)]
                size = sum(map(len, parts))
                if size < _CHUNK:
                    continue
                begin, count = count / SOUND_RATE, count + size
                offset = clock.after(count / SOUND_RATE, arrived)
                samples, parts = np.concatenate(parts), []
                if arrived - self._opened > _SETTLING_S:
                    yield SoundChunk(samples, begin + offset)

    def _device_packets(self, container: InputContainer) -> Iterator[Packet[Stream]]:
        """Yield the packets of a device until it fails, or `close` is called."""
        while not self._stopped.wait(_POLL_S):
            try:
                for packet in packets(container):
                    self._heard = self._now()
                    yield packet
                    if self._stopped.is_set():
                        return
                return
            except av.error.BlockingIOError:  # there is none yet
                continue


def _open_stream(address: str, patience: float) -> tuple[InputContainer, SoundDecoder]:
    name = shown_address(address)
    try:
        container = open_address(address, {}, patience)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(
            f"the sound of {name} cannot be opened ({error.strerror})", "check the address, and that the sender is on"
        ) from error
    return container, _decoder_of(container, name)


def _decoder_of(container: InputContainer, name: str) -> SoundDecoder:
    found = sound_decoder(container)
    if found is None:
        container.close()
        raise SourceError(f"{name} has no sound that FFmpeg can decode", "choose another one")
    return found
