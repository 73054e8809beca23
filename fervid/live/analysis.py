"""The threads of a live analysis, from the source to its viewers and recordings."""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fervid.core.canvas import Canvas
from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.readings import Frame, FrameReading
from fervid.core.regions import Regions
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import FervidError, OutputError
from fervid.formats.base import Writer
from fervid.live.history import History
from fervid.live.recorder import OnFailure, Recorder
from fervid.live.sound_feed import SoundFeed
from fervid.live.source_clock import SourceClock
from fervid.run.analyser import Analyser
from fervid.run.board import Board
from fervid.run.channel import DroppingChannel
from fervid.run.pipeline import one_opencv_thread
from fervid.settings import OPTIONS
from fervid.sources.base import LiveSource
from fervid.video.fitting import fit, show_square

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """An analysed frame for all viewers and recordings, none of which may write to its image.

    Attributes:
        frame: The frame, with square pixels, mirrored and with hidden faces if that is asked for.
        reading: The reading of the frame.
        arrived: The time at which the frame arrived, still encoded, in seconds of the monotonic clock.
    """

    frame: Frame
    reading: FrameReading
    arrived: float


@dataclass(frozen=True, slots=True, eq=False)
class _Arrival:
    """A frame that comes from the source, and its time of arrival; see `Result.arrived`."""

    frame: Frame
    time: float


class LiveAnalysis(Closing):
    """The analysis of a live source: a thread takes the frames, another one analyses the newest.

    A frame that is not analysed when the next one arrives is dropped and counted. Every recording has a thread of its
    own. The first error of any thread ends all of them and is raised for the watchers of `results`, except that of a
    recording with a handler of its own. Call `start`, then `finish` or leave the ``with`` block, which completes the
    recordings whatever happened.

    Args:
        source: The source. It is closed at the end.
        analyser: A new one for this source, with a batch of 1, so that no frame waits for another.
        blur: Hide every face before the picture is shown or recorded.
        mirror: Mirror the pictures.
        choice: The parts of the picture in which faces count, which painters outline together with the faces that
            were left out; None to outline neither.

    Attributes:
        source: As given.
        results: The newest result.
        clock: The clock of the source.
        history: The emotions of each face over the last minute.
        sound: The sound for the recordings.
        mirror: As given. It applies to everything that is shown and recorded, and may be changed at any time.
        paused: While True, frames are ignored and do not count as dropped, and recordings get silence. It may be
            changed at any time.
        listeners: Called with each result, by the analysing thread, so they must neither wait nor fail.

    Raises:
        ValueError: The batch of the analyser is not 1.
    """

    def __init__(
        self,
        source: LiveSource,
        analyser: Analyser,
        *,
        blur: bool = False,
        mirror: bool = False,
        choice: Regions | None = None,
    ) -> None:
        if analyser.batch != 1:
            raise ValueError("a live analyser has a batch of 1")
        self.source = source
        self.results: Board[Result] = Board()
        self.history = History()
        self.clock = SourceClock()
        self.sound = SoundFeed()
        self.mirror = mirror
        self.paused = False
        self.listeners: tuple[Callable[[Frame, FrameReading, float], object], ...] = ()
        self._analyser = analyser
        self._blur = Blur() if blur else None
        self._choice = choice
        self._arrivals: DroppingChannel[_Arrival] = DroppingChannel()
        self._lock = threading.Lock()
        self._recorders: tuple[Recorder, ...] = ()
        self._has_finished = False
        self._error: BaseException | None = None
        self._resources = ExitStack()
        self._threads = [
            threading.Thread(target=self._arrivals.feed, args=(self._capture(),), name="fervid-capture", daemon=True),
            threading.Thread(target=self._analyse, name="fervid-analyse", daemon=True),
        ]

    @property
    def dropped(self) -> int:
        """The number of frames that could not be analysed in time."""
        return self._arrivals.dropped

    @property
    def failure(self) -> FervidError | None:
        """The error that has ended the analysis, for the user; None if there is none."""
        return to_fervid_error(self._error) if isinstance(self._error, Exception) else None

    @property
    def smoothing_time(self) -> float | None:
        """The time constant of the smoothing, in seconds; None without smoothing. A new value is kept within bounds."""
        return self._analyser.smoother.time_constant

    @smoothing_time.setter
    def smoothing_time(self, seconds: float) -> None:
        self._analyser.smoother.change_time_constant(OPTIONS["smoothing_time"].clamp(seconds))

    def painter(self) -> Painter:
        """Return a new painter, for one viewer or recording of the results."""
        return Painter(choice=self._choice)

    def start(self) -> None:
        """Start the threads."""
        self._resources.enter_context(one_opencv_thread())
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask all threads to end. May be called from any thread, and more than once."""
        self.source.stop()
        self._arrivals.cancel()

    def record(self, writer: Writer) -> Recorder:
        """Record from the next frame on, until `end_recording` or the end. May be called before `start` and after it.

        Args:
            writer: Writes the recording, and is finished with it.
        """
        (recorder,) = self.record_together([writer])
        return recorder

    def record_together(self, writers: Sequence[Writer], on_failure: OnFailure | None = None) -> list[Recorder]:
        """Record with several writers, as `record` does, so that all recordings begin with the same frame.

        Args:
            writers: The writers, which are finished with the recordings.
            on_failure: Called if one of these recordings fails, which ends nothing else; None if it ends the analysis.

        Raises:
            OutputError: The analysis has finished; the writers are discarded.
        """
        with self._lock:
            if not self._has_finished:
                recorders = [Recorder(writer, on_failure=on_failure, feed=self.sound) for writer in writers]
                self._recorders = (*self._recorders, *recorders)
                return recorders
        for writer in writers:
            writer.discard()
        raise OutputError("nothing can be recorded any more, because the analysis has ended")

    def detach(self, recorders: Sequence[Recorder]) -> None:
        """End recordings with the same frame. Call `end_recording` to complete each of them.

        Args:
            recorders: The recordings, as `record_together` returned them.
        """
        with self._lock:
            self._recorders = tuple(other for other in self._recorders if other not in recorders)

    def end_recording(self, recorder: Recorder) -> Path | None:
        """End and complete one recording; the others continue.

        Returns:
            The file; None if no frame was recorded.

        Raises:
            BaseException: The recording could not be written or completed.
        """
        self.detach([recorder])
        return recorder.finish()

    def finish(self) -> list[Path]:
        """End all threads, complete all recordings and close the source.

        If no frames arrive, this waits until the source counts as stalled.

        Returns:
            The files of the recordings.

        Raises:
            BaseException: A recording could not be written or completed, and no other error came first.
        """
        self.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._resources.close()
        self.source.close()
        with self._lock:
            self._has_finished = True
            recorders, self._recorders = self._recorders, ()
        before = self._error
        paths = [path for path in map(self._complete, recorders) if path is not None]
        if before is None and self._error is not None:
            raise self._error
        return paths

    def close(self) -> None:
        """Call `finish`. May be called more than once."""
        self.finish()

    def _complete(self, recorder: Recorder) -> Path | None:
        """Complete a recording. An error is kept or reported, so that the other recordings are completed too."""
        try:
            return recorder.finish()
        except Exception as error:  # whatever it is, the other recordings must not suffer from it
            if recorder.on_failure is not None:
                recorder.on_failure(recorder, error)
            elif self._error is None:
                self._error = error
            elif error is not self._error:
                _log.warning("%s", to_fervid_error(error))
            return recorder.target

    def _capture(self) -> Iterator[_Arrival]:
        """Yield the frames of the source on arrival, in the capturing thread."""
        canvas: Canvas | None = None
        for frame in self.source:
            shown = show_square(frame)
            if canvas not in (None, shown.canvas):
                _log.warning("%s now sends %dx%d pictures", self.source.name, *shown.canvas.size)
            canvas = shown.canvas
            self.clock.follow(frame.time, self.source.arrived)
            self.sound.follow(shown, self.source.arrived, muted=self.paused)
            if not self.paused:
                yield _Arrival(shown, self.source.arrived)

    def _analyse(self) -> None:
        """Analyse the newest frame, again and again, in the analysing thread."""
        arrived = 0.0

        def frames() -> Iterator[Frame]:
            nonlocal arrived
            for arrival in self._arrivals:
                arrived = arrival.time
                yield _mirror(arrival.frame) if self.mirror else arrival.frame

        try:
            for frame, reading in self._analyser.read(self._analyser.find(frames())):
                visible = fit(frame) if self._blur is None else self._blur.hidden(fit(frame), reading)
                self._publish(Result(visible, reading, arrived))
        except BaseException as error:  # the watchers raise it, because nobody would see it in this thread
            self._error = error
        finally:
            self.stop()
            self.results.end(self._error)

    def _publish(self, result: Result) -> None:
        self.results.post(result)
        self.history.add(result.reading)
        for listener in self.listeners:
            listener(result.frame, result.reading, result.arrived)
        for recorder in self._recorders:
            try:
                recorder.put(result.frame, result.reading)
            except Exception as error:
                if recorder.on_failure is None:
                    raise
                self.detach([recorder])
                recorder.on_failure(recorder, error)


def _mirror(frame: Frame) -> Frame:
    return dataclasses.replace(frame, content=frame.pixels.mirrored())
