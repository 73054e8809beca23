"""The live pipeline: the newest frame wins, nobody slows it, its threads end and its files are whole."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import formats
from fervid.core.emotions import FER2013
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame, FrameReading
from fervid.detect.search import EveryFrame
from fervid.errors import OutputError, SourceError
from fervid.formats.base import Writer
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from fervid.formats.timeline import Timeline
from fervid.live.analysis import LiveAnalysis, Result
from fervid.live.meter import MeterReading
from fervid.live.view import play
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.sources.stream import Stream
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.tracker import MotionTracker
from fervid.video.clock import MICROSECOND
from samples.serve import MjpegServer, paced

pytestmark = pytest.mark.realtime

INDEX_SCALE = 4


def written(target: Path) -> Writer:
    """The writer of a file that survives a kill."""
    return formats.create(target, Context(FER2013), output=InPlace)


class Ticking:
    """A live source of a number of frames at real times. The brightness of a frame is its index."""

    name = "ticking"
    undecodable = 0

    def __init__(self, frames: int = 100_000, every: float = 0.005, fails: Exception | None = None) -> None:
        self._frames = frames
        self._every = every
        self._fails = fails
        self._stopped = threading.Event()
        self.closed = False
        self.arrived = 0.0
        self.newest = -1

    def __iter__(self) -> Iterator[Frame]:
        begin = time.monotonic()
        for index in range(self._frames):
            self._stopped.wait(max(0.0, begin + index * self._every - time.monotonic()))
            if self._stopped.is_set():
                return
            image = np.full((48, 64, 3), index % 60 * INDEX_SCALE, np.uint8)
            image[:, :32] //= 2
            self.arrived = time.monotonic()
            self.newest = index
            yield Frame(image, index, round(index * self._every / MICROSECOND), MICROSECOND)
        if self._fails is not None:
            raise self._fails

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Ticking:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Collecting:
    """A view that keeps the readings, and does something at one of them."""

    def __init__(self, at: int = -1, act: Callable[[], object] = lambda: None) -> None:
        self.readings: list[FrameReading] = []
        self.images: list[NDArray[np.uint8]] = []
        self.meter = MeterReading()
        self.idled = 0
        self._at = at
        self._act = act

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        self.readings.append(reading)
        self.images.append(image)
        self.meter = meter
        if len(self.readings) == self._at:
            self._act()

    def idle(self, meter: MeterReading) -> None:
        self.idled += 1


class Slow:
    """A slow writer, which raises the error that it is given."""

    def __init__(self, seconds: float = 0.0, fails: Exception | None = None) -> None:
        self.target = Path("slow.csv")
        self.readings: list[FrameReading] = []
        self.finished = False
        self._seconds = seconds
        self._fails = fails

    def write(self, frame: Frame, reading: FrameReading) -> None:
        time.sleep(self._seconds)
        if self._fails is not None:
            raise self._fails
        self.readings.append(reading)

    def finish(self, *, partial: bool = False) -> Path | None:
        self.finished = True
        return self.target

    def discard(self) -> None: ...

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *_: object) -> None: ...


def analyser(detector: FakeDetector | None = None, engine: FakeEngine | None = None, batch: int = 1) -> Analyser:
    return Analyser(
        EveryFrame(detector or FakeDetector()), MotionTracker(), engine or FakeEngine(), Exponential(0.3), batch=batch
    )


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


class SlowDetector(FakeDetector):
    """As `FakeDetector`, but takes its time, and notes the newest frame of `source` whenever it is done."""

    def __init__(self, source: Ticking) -> None:
        super().__init__()
        self.newest: list[int] = []
        self._source = source

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        time.sleep(0.05)
        self.newest.append(self._source.newest)
        return super().detect(image)


def watched(live: LiveAnalysis, view: Collecting) -> None:
    """All of it, from the start to the end."""
    with live:
        live.start()
        play([(live, view)])


class TestNewestFrame:
    def test_in_time_every_frame_is_shown_with_its_faces(self) -> None:
        view = Collecting()
        with LiveAnalysis(Ticking(40, 0.05), analyser()) as live:
            live.start()
            play([(live, view)])
            assert live.dropped == 0
        assert [reading.index for reading in view.readings] == list(range(40))
        assert all(face.emotion == "happy" for reading in view.readings for face in reading.faces)
        assert view.meter.rate > 0

    def test_a_slow_analysis_drops_frames_and_goes_on_with_the_newest(self) -> None:
        view, source = Collecting(), Ticking(200, 0.005)
        detector = SlowDetector(source)
        with LiveAnalysis(source, analyser(detector)) as live:
            live.start()
            for result in live.results.watch(1):
                if result is not None:
                    view.readings.append(result.reading)
            dropped = live.dropped
        indices = [reading.index for reading in view.readings]
        assert indices == sorted(indices)
        assert indices[-1] == 199
        assert len(indices) + dropped == 200
        assert dropped > 100
        # The frame that had come last when the one before was done, or a later one; that one may be on its way still.
        assert all(index >= newest - 1 for index, newest in zip(indices[1:], detector.newest, strict=False))

    def test_its_analyser_must_not_let_frames_wait(self) -> None:
        with pytest.raises(ValueError, match="batch of 1"):
            LiveAnalysis(Ticking(), analyser(batch=8))


class TestWatching:
    def test_ends_with_the_source(self) -> None:
        source = Ticking(5)
        watched(LiveAnalysis(source, analyser()), Collecting())
        assert source.closed

    def test_ends_when_asked_to(self) -> None:
        view = Collecting()
        with LiveAnalysis(Ticking(), analyser()) as live:
            live.start()
            play([(live, view)], until=lambda: len(view.readings) == 5)
        assert len(view.readings) == 5

    def test_a_view_may_stop_it(self) -> None:
        with LiveAnalysis(Ticking(), analyser()) as live:
            view = Collecting(5, live.stop)
            live.start()
            play([(live, view)])
        assert len(view.readings) < 10

    def test_a_view_that_is_slow_slows_no_other(self) -> None:
        with LiveAnalysis(Ticking(60, 0.01), analyser()) as live:
            live.start()
            slow = Collecting()
            slow.show = lambda *_: time.sleep(0.1)  # type: ignore[method-assign]
            thread = threading.Thread(target=play, args=([(live, slow)],))
            thread.start()
            fast = Collecting()
            play([(live, fast)])
            thread.join()
            assert live.dropped <= 12
        assert len(fast.readings) >= 40

    def test_idles_while_nothing_comes(self) -> None:
        view = Collecting()
        with LiveAnalysis(Ticking(2, 0.5), analyser()) as live:
            live.start()
            play([(live, view)])
        assert view.idled >= 3


class TestControls:
    def test_paused_frames_are_let_go_and_do_not_count_as_dropped(self) -> None:
        with LiveAnalysis(Ticking(80, 0.01), analyser()) as live:

            def pause() -> None:
                live.paused = True
                threading.Timer(0.3, setattr, (live, "paused", False)).start()

            view = Collecting(10, pause)
            live.start()
            play([(live, view)])
            assert live.dropped <= 12
        steps = [later.index - earlier.index for earlier, later in itertools.pairwise(view.readings)]
        assert 20 < max(steps) < 60
        assert view.readings[-1].index == 79

    def test_mirroring_holds_for_the_picture_and_what_is_found_in_it(self) -> None:
        seen: list[NDArray[np.uint8]] = []

        class Looking(FakeDetector):
            def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
                seen.append(Pixels.of(image).image)
                return super().detect(image)

        with LiveAnalysis(Ticking(30, 0.01), analyser(Looking()), mirror=True) as live:
            view = Collecting(10, lambda: setattr(live, "mirror", False))
            live.start()
            play([(live, view)])
        assert view.images[5][0, 0, 0] > view.images[5][0, 63, 0]
        assert view.images[-1][0, 0, 0] < view.images[-1][0, 63, 0]
        assert all(any(image is looked for looked in seen) for image in view.images)

    @pytest.mark.parametrize("blur", [False, True])
    def test_pictures_have_square_pixels_and_so_have_their_boxes(self, blur: bool) -> None:
        class Wide(Ticking):
            def __iter__(self) -> Iterator[Frame]:
                for frame in super().__iter__():
                    yield dataclasses.replace(frame, pixel_aspect=Fraction(2))

        box, kept, view = Box(48.0, 12.0, 24.0, 24.0), Keeping(), Collecting()
        detector = FakeDetector(lambda _: [Face(box, 0.9)])
        with LiveAnalysis(Wide(10, 0.01), analyser(detector), blur=blur) as live:
            live.record(kept)
            live.start()
            play([(live, view)])
        assert {image.shape for image in [*view.images, *kept.images]} == {(48, 128, 3)}
        assert {face.box for reading in view.readings for face in reading.faces} == {box}

    def test_smoothing_time_is_changed_within_its_bounds(self) -> None:
        with LiveAnalysis(Ticking(3), analyser()) as live:
            assert live.smoothing_time == 0.3
            live.smoothing_time = 0.8
            assert live.smoothing_time == 0.8
            live.smoothing_time = -1
            assert live.smoothing_time == 0.001

    def test_blurred_faces_are_seen_by_nobody(self) -> None:
        """Noise within the face's box: a blurred one is smooth, in the view and in the recording."""
        noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), np.uint8)

        class Noisy(Ticking):
            def __iter__(self) -> Iterator[Frame]:
                for frame in super().__iter__():
                    yield Frame(noise, frame.index, frame.pts, frame.time_base)

        box, kept = Box(48.0, 32.0, 32.0, 32.0), Keeping()
        detector = FakeDetector(lambda _: [Face(box, 0.9)])
        view = Collecting()
        with LiveAnalysis(Noisy(10, 0.01), analyser(detector), blur=True) as live:
            live.record(kept)
            live.start()
            play([(live, view)])
        for image in [*view.images, *kept.images]:
            face = image[32:64, 48:80].astype(np.float32)
            assert np.abs(np.diff(face, axis=1)).mean() < 10
            np.testing.assert_array_equal(image[:8], noise[:8])


class Keeping(Slow):
    """A writer that keeps the pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.images: list[NDArray[np.uint8]] = []

    def write(self, frame: Frame, reading: FrameReading) -> None:
        self.images.append(frame.image)


class TestRecording:
    def test_starts_and_stops_at_any_time(self, tmp_path: Path) -> None:
        with LiveAnalysis(Ticking(60, 0.01), analyser()) as live:
            live.record(written(tmp_path / "all.csv"))
            part = []
            view = Collecting(20, lambda: part.append(live.record(written(tmp_path / "part.csv"))))
            live.start()
            for result in live.results.watch(1):
                if result is not None:
                    view.show(result.frame.image, result.reading, MeterReading())
                    if len(view.readings) == 40:
                        assert live.end_recording(part[0]) == tmp_path / "part.csv"
                        assert len(Timeline.load(tmp_path / "part.csv").frames) == pytest.approx(20, abs=5)
            paths = live.finish()
        assert paths == [tmp_path / "all.csv"]
        frames = Timeline.load(paths[0]).frames
        assert frames[0].index == 0
        assert len(frames) + live.dropped == 60

    def test_a_slow_disk_loses_frames_and_slows_nothing_else(self) -> None:
        writer = Slow(0.05)
        with LiveAnalysis(Ticking(60, 0.01), analyser()) as live:
            recorder = live.record(writer)
            live.start()
            play([(live, Collecting())])
            assert live.dropped < recorder.dropped
            assert live.finish() == [writer.target]
        assert recorder.dropped > 10
        assert len(writer.readings) + recorder.dropped + live.dropped == 60
        assert writer.readings[-1].index == 59

    def test_a_disk_that_is_full_ends_all_with_its_line(self) -> None:
        full, other = Slow(fails=OutputError("a.mp4 cannot be written: the disk is full", "free some space")), Slow()
        live = LiveAnalysis(Ticking(), analyser())
        live.record(full)
        live.record(other)
        with pytest.raises(OutputError, match="disk is full"):
            watched(live, Collecting())
        assert other.finished
        assert live.finish() == []


class TestFaults:
    @pytest.mark.parametrize(
        ("source", "engine", "message"),
        [
            (
                Ticking(20, fails=SourceError("camera 0 gives no more pictures", "look")),
                FakeEngine(),
                "no more pictures",
            ),
            (Ticking(), FakeEngine(fails_at=5), "engine was told to fail"),
        ],
        ids=["source", "engine"],
    )
    def test_the_first_error_ends_all_and_recordings_are_whole(
        self, source: Ticking, engine: FakeEngine, message: str, tmp_path: Path
    ) -> None:
        view = Collecting()
        live = LiveAnalysis(source, analyser(engine=engine))
        live.record(written(tmp_path / "a.csv"))
        with pytest.raises(Exception, match=message):
            watched(live, view)
        assert source.closed
        rows = [frame.index for frame in Timeline.load(tmp_path / "a.csv").frames]
        assert len(rows) >= 5
        assert rows[-1] == view.readings[-1].index

    def test_a_view_that_fails_ends_all(self) -> None:
        def fail() -> None:
            raise RuntimeError("no display")

        source = Ticking()
        with pytest.raises(RuntimeError, match="no display"):
            watched(LiveAnalysis(source, analyser()), Collecting(3, fail))
        assert source.closed

    def test_leaving_before_the_start_lets_go_of_all_and_leaves_no_file(self, tmp_path: Path) -> None:
        source = Ticking()
        with LiveAnalysis(source, analyser()) as live:
            live.record(written(tmp_path / "a.csv"))
        assert source.closed
        assert not (tmp_path / "a.csv").exists()

    def test_pictures_of_another_size_are_told_once(self, caplog: pytest.LogCaptureFixture) -> None:
        """From a real stream, read to its end."""
        pictures = [cv2.imencode(".jpg", np.zeros((h, w, 3), np.uint8))[1].tobytes() for w, h in [(64, 48), (96, 64)]]
        sent = [pictures[0]] * 5 + [pictures[1]] * 5
        with (
            MjpegServer(lambda: paced(sent, 50)) as server,
            LiveAnalysis(Stream(server.address), analyser()) as live,
        ):
            live.start()
            play([(live, Collecting())])
        assert caplog.messages == [f"{server.address} now sends 96x64 pictures"]


def test_memory_does_not_grow_with_time() -> None:
    """Results are let go: few pictures are alive at any time."""
    import weakref

    alive: set[int] = set()
    most = 0

    class Counting(Ticking):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                alive.add(frame.index)
                weakref.finalize(frame.image, alive.discard, frame.index)
                yield frame

    def watch(result: Result | None) -> None:
        nonlocal most
        most = max(most, len(alive))

    with LiveAnalysis(Counting(500, 0.001), analyser()) as live:
        live.record(Slow(0.01))
        live.start()
        for result in live.results.watch(1):
            watch(result)
    assert most < 30
