"""The pipeline keeps order, ends all its threads whatever happens, and lets the first error through."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame, FrameReading
from fervid.detect.search import EveryFrame
from fervid.formats.context import Context
from fervid.formats.csv import CsvWriter
from fervid.formats.file_output import Atomic
from fervid.run.analyser import Analyser
from fervid.run.pipeline import analyse_frames, write_frames
from fervid.run.sampling import EveryNth
from fervid.smooth.bayes import Bayes
from fervid.smooth.ema import Exponential
from fervid.testing import FakeDetector, FakeEngine, FakeSource
from fervid.track.tracker import MotionTracker


def analyser(detector: FakeDetector | None = None, engine: FakeEngine | None = None, **options: EveryNth) -> Analyser:
    return Analyser(
        EveryFrame(detector or FakeDetector()), MotionTracker(), engine or FakeEngine(), Exponential(0.3), **options
    )


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")}


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert threads() == set()


class Collecting:
    """A writer that keeps what it gets, and can be told to fail or to interrupt the run."""

    target = None

    def __init__(self, fails_at: int | None = None, finishing: Callable[[], None] | None = None) -> None:
        self.readings: list[FrameReading] = []
        self.finished: list[bool] = []
        self.discarded = False
        self._finishing = finishing
        self._fails_at = fails_at

    def write(self, frame: Frame, reading: FrameReading) -> None:
        assert frame.index == reading.index
        if len(self.readings) == self._fails_at:
            raise OSError("the writer was told to fail")
        self.readings.append(reading)

    def finish(self, *, partial: bool = False) -> Path | None:
        assert threading.current_thread().name == "fervid-write"
        if self._finishing is not None:
            self._finishing()
        self.finished.append(partial)
        return None

    def discard(self) -> None:
        self.discarded = True

    def __enter__(self) -> Collecting:
        return self

    def __exit__(self, *_: object) -> None: ...


TIMES = [index * 1001 / 30000 for index in range(150)]


@pytest.mark.parametrize("batch", [1, 3, 16])
def test_every_frame_arrives_once_in_order_with_its_own_time(batch: int) -> None:
    results = list(analyse_frames(FakeSource(TIMES), analyser(batch=batch)))
    assert [reading.index for _, reading in results] == list(range(len(TIMES)))
    assert [reading.time for _, reading in results] == pytest.approx(TIMES, abs=1e-6)
    assert all(frame.index == reading.index for frame, reading in results)
    assert all(len(reading.faces) == 1 for _, reading in results)


def test_batches_gather_the_faces_of_several_frames_and_never_wait_past_the_end() -> None:
    engine = FakeEngine()
    list(analyse_frames(FakeSource(TIMES[:21]), analyser(engine=engine, batch=4)))
    assert engine.batches == [4, 4, 4, 4, 4, 1]


def test_the_batch_size_does_not_change_a_reading() -> None:
    def moving(call: int) -> list[Face]:
        return [Face(Box(2.0 * call, 10.0, 30.0, 30.0), 0.9)] if call % 7 else []

    one, many = (
        [
            (reading.index, face.face_id, face.box, face.probabilities.tolist())
            for _, reading in analyse_frames(FakeSource(TIMES), analyser(FakeDetector(moving), batch=batch))
            for face in reading.faces
        ]
        for batch in (1, 8)
    )
    assert one == many


def test_frames_between_every_nth_bear_the_last_faces_and_say_so() -> None:
    detector = FakeDetector()
    readings = [
        reading for _, reading in analyse_frames(FakeSource(TIMES[:10]), analyser(detector, sampling=EveryNth(3)))
    ]
    assert [reading.analysed for reading in readings] == [True, False, False] * 3 + [True]
    assert detector.calls == 4
    assert readings[2].faces == readings[0].faces


def test_leaving_the_loop_early_ends_every_thread() -> None:
    source = FakeSource(TIMES)
    with closing(analyse_frames(source, analyser())) as results:
        for _, reading in results:
            if reading.index == 5:
                break
    assert threads() == set()
    assert source.yielded < len(TIMES)


def test_a_source_that_fails_lets_its_frames_through_first() -> None:
    seen: list[int] = []
    with pytest.raises(RuntimeError, match="source was told to fail"):
        seen.extend(frame.index for frame, _ in analyse_frames(FakeSource(TIMES, fails_at=20), analyser()))
    assert seen == list(range(20))


def test_an_engine_that_fails_stops_the_run() -> None:
    with pytest.raises(RuntimeError, match="engine was told to fail"):
        list(analyse_frames(FakeSource(TIMES), analyser(engine=FakeEngine(fails_at=3), batch=2)))


def test_a_writer_that_fails_stops_the_run() -> None:
    source = FakeSource(TIMES)
    writer = Collecting(fails_at=4)
    with pytest.raises(OSError, match="writer was told to fail"):
        write_frames(source, analyser(), [writer])
    assert writer.discarded
    assert not writer.finished
    assert source.yielded < len(TIMES)


def test_all_writers_get_all_readings_and_the_watcher_sees_them() -> None:
    first, second, seen = Collecting(), Collecting(), []
    written = write_frames(FakeSource(TIMES), analyser(), [first, second], seen.append)
    assert (written.complete, written.interrupt) == (True, None)
    assert first.finished == second.finished == [False]
    assert first.readings == second.readings == seen
    assert len(seen) == len(TIMES)


def test_ctrl_c_stops_between_two_frames_and_says_so() -> None:
    writer = Collecting()

    def interrupt(reading: FrameReading) -> None:
        if reading.index == 10:
            import _thread

            _thread.interrupt_main()

    endless = FakeSource([index / 30 for index in range(100_000)], size=(8, 8))
    written = write_frames(endless, analyser(), [writer], interrupt)
    assert not written.complete
    assert isinstance(written.interrupt, KeyboardInterrupt)
    assert writer.finished == [True]
    assert 11 <= len(writer.readings) < 100_000
    assert [reading.index for reading in writer.readings] == list(range(len(writer.readings)))


def signals(*numbers: signal.Signals) -> Callable[[], None]:
    """Return a function that sends signals to this process, a few milliseconds apart."""

    def send() -> None:
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(0.02)

    return send


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
def test_no_number_of_signals_ends_a_write() -> None:
    send = signals(*[signal.SIGINT] * 5)
    writer = Collecting()

    def watch(reading: FrameReading) -> None:
        if reading.index == 10:
            send()

    written = write_frames(FakeSource(TIMES), analyser(), [writer], watch)
    assert isinstance(written.interrupt, KeyboardInterrupt)
    assert (written.complete, writer.finished) == (False, [True])
    assert [reading.index for reading in writer.readings] == list(range(len(writer.readings)))
    assert len(writer.readings) >= 11


def test_after_ctrl_c_the_frames_that_waited_for_later_ones_are_written() -> None:
    taken: list[int] = []

    def frames() -> Iterator[Frame]:
        for frame in FakeSource([index / 30 for index in range(100_000)], size=(8, 8)):
            taken.append(frame.index)
            if frame.index == 100:
                import _thread

                _thread.interrupt_main()
            yield frame

    engine = FakeEngine("happy")
    smoother = Bayes(engine.manifest.classes, 0.3)
    waiting = Analyser(EveryFrame(FakeDetector()), MotionTracker(), engine, smoother, hindsight=True)
    writer = Collecting()
    written = write_frames(frames(), waiting, [writer])
    assert isinstance(written.interrupt, KeyboardInterrupt)
    assert len(writer.readings) in (len(taken), len(taken) - 1)  # the last one may have come after the signal
    assert all(reading.faces for reading in writer.readings)


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
def test_a_signal_at_the_end_of_a_file_leaves_a_complete_result() -> None:
    writer = Collecting(finishing=signals(signal.SIGINT, signal.SIGINT))
    written = write_frames(FakeSource(TIMES), analyser(), [writer])
    assert written.complete
    assert isinstance(written.interrupt, KeyboardInterrupt)
    assert writer.finished == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")
def test_an_error_after_a_signal_is_the_end_of_the_run_all_the_same() -> None:
    def fail() -> None:
        signals(signal.SIGINT)()
        raise OSError("the disk is gone")

    writer = Collecting(finishing=fail)
    with pytest.raises(KeyboardInterrupt) as caught:
        write_frames(FakeSource(TIMES), analyser(), [writer])
    assert isinstance(caught.value.__cause__, OSError)
    assert writer.discarded


@dataclass
class Alive:
    """The frames whose images are in memory."""

    now: set[int] = field(default_factory=set)
    most: int = 0

    def counted(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Yield the frames, and count them while their images are in memory."""
        for frame in frames:
            self.now.add(frame.index)
            weakref.finalize(frame.image, self.now.discard, frame.index)
            yield frame

    def watch(self, _: FrameReading) -> None:
        self.most = max(self.most, len(self.now))


def test_memory_does_not_grow_with_the_length_of_the_video() -> None:
    """No more frames are alive at any time than the channels and one batch hold."""
    alive = Alive()
    frames = FakeSource([index / 30 for index in range(2000)], size=(8, 8))
    write_frames(alive.counted(frames), analyser(batch=8), [Collecting()], alive.watch)
    assert alive.most < 40


def looking_back() -> Analyser:
    """An analyser whose frames wait for two seconds of later ones."""
    engine = FakeEngine()
    smoother = Bayes(engine.manifest.classes, 0.3)
    return Analyser(EveryFrame(FakeDetector()), MotionTracker(), engine, smoother, hindsight=True)


def test_frames_wait_with_their_pixels_only_where_a_writer_shows_them(tmp_path: Path) -> None:
    frames = FakeSource([index / 30 for index in range(300)], size=(8, 8))
    pictured, written = Alive(), Alive()
    write_frames(pictured.counted(frames), looking_back(), [Collecting()], pictured.watch)
    classes = FakeEngine().manifest.classes
    with CsvWriter(Atomic(tmp_path / "out.csv"), Context(classes)) as writer:
        write_frames(written.counted(frames), looking_back(), [writer], written.watch)
    assert pictured.most > 60
    assert written.most < 30
    assert (tmp_path / "out.csv").read_bytes().count(b"\n") == 301


def test_a_frame_without_pixels_keeps_its_size_and_says_why_it_shows_nothing() -> None:
    for frame, _ in analyse_frames(FakeSource(TIMES[:9]), looking_back(), keep_pixels=False):
        assert (frame.width, frame.height) == (64, 48)
        with pytest.raises(ValueError, match="not kept"):
            _ = frame.image
