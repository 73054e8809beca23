"""Capture -> analyse -> whoever watches and records: the threads of a live reading."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.readings import Frame
from fervid.draw.blur import Blur
from fervid.errors import FervidError
from fervid.formats.base import Writer
from fervid.live.history import History
from fervid.live.recorder import Recorder
from fervid.live.result import Arrival, Result
from fervid.run.analyser import Analyser
from fervid.run.board import Board
from fervid.run.channel import DroppingChannel
from fervid.run.opencv_threads import one_opencv_thread
from fervid.settings import OPTIONS
from fervid.sources.base import LiveSource

_log = logging.getLogger(__name__)


class Live(Closing):
    """Reads a live source: one thread takes its frames, one analyses the newest, each recording has one of its own.

    A frame that cannot be analysed before the next one comes is dropped and counted. The first error of any thread ends
    all of them and reaches whoever watches `results`. Call `start`, then `finish`, or leave the ``with`` block, which
    completes the recordings whatever happened.

    Args:
        source: Where frames come from; closed with this.
        analyser: Fresh, for this source, with a batch of 1: no frame waits for another.
        blur: Hide every face before anybody gets to see or record the picture.
        mirror: Mirror the pictures, as one is used to from a looking glass.

    Attributes:
        source: As given.
        results: The newest result.
        history: The last minute of each face's emotions.
        mirror: May be changed at any time; it holds for all that is shown and recorded.
        paused: While True, frames are let go unseen; they do not count as dropped. May be changed at any time.
    """

    def __init__(
        self,
        source: LiveSource,
        analyser: Analyser,
        *,
        blur: bool = False,
        mirror: bool = False,
    ) -> None:
        if analyser.batch != 1:
            raise ValueError("a live analyser has a batch of 1")
        self.source = source
        self.results: Board[Result] = Board()
        self.history = History()
        self.mirror = mirror
        self.paused = False
        self._analyser = analyser
        self._blur = Blur() if blur else None
        self._arrivals: DroppingChannel[Arrival] = DroppingChannel()
        self._lock = threading.Lock()
        self._recorders: tuple[Recorder, ...] = ()
        self._error: BaseException | None = None
        self._resources = ExitStack()
        self._threads = [
            threading.Thread(target=self._arrivals.feed, args=(self._arriving(),), name="fervid-capture", daemon=True),
            threading.Thread(target=self._analyse, name="fervid-analyse", daemon=True),
        ]

    @property
    def dropped(self) -> int:
        """How many frames came that could not be analysed in time."""
        return self._arrivals.dropped

    @property
    def smoothing_time(self) -> float | None:
        """The time constant of the smoothing, in seconds; what is set is kept within its bounds. None without any."""
        return self._analyser.smoother.time_constant

    @smoothing_time.setter
    def smoothing_time(self, seconds: float) -> None:
        self._analyser.smoother.change_time_constant(OPTIONS["smoothing_time"].clamp(seconds))

    def start(self) -> None:
        """Begin."""
        self._resources.enter_context(one_opencv_thread())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all threads to end; from any thread, once or more."""
        self.source.stop()
        self._arrivals.cancel()

    def record(self, writer: Writer) -> Recorder:
        """Record from the next frame on, until `end_recording` or the end; before `start` or at any time after it.

        Args:
            writer: Where to; finished with the recording.
        """
        recorder = Recorder(writer)
        with self._lock:
            self._recorders = (*self._recorders, recorder)
        return recorder

    def end_recording(self, recorder: Recorder) -> Path | None:
        """End and complete one recording; the others go on.

        Returns:
            Where it is; None where nothing came to be recorded.

        Raises:
            BaseException: What went wrong in writing it.
        """
        with self._lock:
            self._recorders = tuple(other for other in self._recorders if other is not recorder)
        return recorder.finish()

    def finish(self) -> list[Path]:
        """End all threads, complete all recordings and let go of the source.

        A source that is silent keeps its thread, and so this, waiting until it counts as stalled.

        Returns:
            Where the recordings are.

        Raises:
            BaseException: What went wrong in writing a recording, unless another error came first.
        """
        self.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._resources.close()
        self.source.close()
        recorders, self._recorders = self._recorders, ()
        return [path for path in map(self._completed, recorders) if path is not None]

    def close(self) -> None:
        """The same as `finish`, which may have been called."""
        self.finish()

    def _completed(self, recorder: Recorder) -> Path | None:
        try:
            return recorder.finish()
        except FervidError as error:
            if self._error is None:
                self._error = error
                raise
            if error is not self._error:
                _log.warning("%s", error)
            return recorder.target

    def _arriving(self) -> Iterator[Arrival]:
        """The life of the capturing thread."""
        size: tuple[int, int] | None = None
        for frame in self.source:
            if size not in (None, (frame.width, frame.height)):
                _log.warning("%s now sends %dx%d pictures", self.source.name, frame.width, frame.height)
            size = frame.width, frame.height
            if not self.paused:
                yield Arrival(frame, self.source.arrived)

    def _analyse(self) -> None:
        """The life of the analysing thread."""
        arrived = 0.0

        def frames() -> Iterator[Frame]:
            nonlocal arrived
            for arrival in self._arrivals:
                arrived = arrival.at
                yield _mirrored(arrival.frame) if self.mirror else arrival.frame

        try:
            for frame, reading in self._analyser.read(self._analyser.find(frames())):
                seen = frame if self._blur is None else self._blur.hidden(frame, reading)
                self._give(Result(seen, reading, arrived))
        except BaseException as error:  # it is the watchers': a thread has nobody to raise to
            self._error = error
        finally:
            self.stop()
            self.results.end(self._error)

    def _give(self, result: Result) -> None:
        self.results.post(result)
        self.history.add(result.reading)
        for recorder in self._recorders:
            recorder.put(result)


def _mirrored(frame: Frame) -> Frame:
    return dataclasses.replace(frame, image=cast("NDArray[np.uint8]", cv2.flip(frame.image, 1)))
