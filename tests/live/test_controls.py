"""The actions behind keys and buttons, without any window or page."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from support.full_disk import largest_file

from fervid import Timeline
from fervid.core.emotions import FER2013
from fervid.core.readings import Frame
from fervid.detect.search import EveryFrame
from fervid.errors import OutputError
from fervid.formats.video import VideoWriter
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls, SavedFile
from fervid.run.analyser import Analyser
from fervid.smooth.base import Smoother, Unsmoothed
from fervid.smooth.ema import Exponential
from fervid.sources.paced import Paced
from fervid.testing import FakeDetector, FakeEngine, FakeSource
from fervid.track.tracker import MotionTracker

pytestmark = pytest.mark.realtime

FRAMES = 60
NOW = datetime(2026, 11, 21, 19, 30, 5)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


class Noise(FakeSource):
    """Frames that no encoder makes small."""

    def __iter__(self) -> Iterator[Frame]:
        random = np.random.default_rng(0)
        for frame in super().__iter__():
            yield replace(frame, content=random.integers(0, 255, frame.image.shape, np.uint8))


class Told:
    """A live picture with its controls, which lasts two seconds unless a number of frames is given.

    Attributes:
        saved: The files that it reported.
    """

    def __init__(
        self,
        folder: Path,
        smoother: Smoother | None = None,
        source: Callable[..., FakeSource] = FakeSource,
        frames: int = FRAMES,
    ) -> None:
        analyser = Analyser(
            EveryFrame(FakeDetector()), MotionTracker(), FakeEngine(), smoother or Exponential(0.3), batch=1
        )
        self.live = LiveAnalysis(Paced(source([at / 30 for at in range(frames)])), analyser)
        self.saved: list[SavedFile] = []
        self.controls = Controls(
            self.live,
            FER2013,
            folder=folder,
            on_saved=self.saved.append,
            now=lambda: datetime(2026, 11, 21, 19, 30, 5),
        )

    def frames(self) -> Iterator[int]:
        """The number of each frame that is seen."""
        with self.live:
            self.live.start()
            for result in self.live.results.watch(1):
                if result is not None:
                    yield result.frame.index
        self.controls.report()


def test_a_recording_is_a_video_and_its_timeline_from_key_to_key(tmp_path: Path) -> None:
    told = Told(tmp_path)
    begun: list[Path] = []
    for index in told.frames():
        if index >= 10 and not begun:
            begun = told.controls.toggle_recording()
            assert told.controls.recording
        elif index >= 40 and told.controls.recording:
            assert told.controls.toggle_recording() == begun
    video, timeline = begun
    assert [video.name, timeline.name] == ["live-20261121-193005.mp4", "live-20261121-193005.csv"]
    assert told.saved == [SavedFile(video), SavedFile(timeline)]
    frames = Timeline.load(timeline).frames
    assert 15 < len(frames) < 45
    with av.open(str(video)) as container:
        assert len(list(container.decode(video=0))) == len(frames)


def test_both_files_end_with_one_frame_however_long_it_takes_to_complete_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = VideoWriter.finish

    def slowly(writer: VideoWriter, *, partial: bool = False) -> Path | None:
        time.sleep(0.3)
        return finish(writer, partial=partial)

    monkeypatch.setattr(VideoWriter, "finish", slowly)
    told = Told(tmp_path)
    for _ in itertools.islice(told.frames(), 4, None, 8):
        told.controls.toggle_recording()
    videos = list(tmp_path.glob("*.mp4"))
    assert len(videos) > 1
    for video in videos:
        with av.open(str(video)) as container:
            count = len(list(container.decode(video=0)))
        assert count == len(Timeline.load(video.with_suffix(".csv")).frames)


def test_a_second_recording_in_the_same_second_gets_a_number(tmp_path: Path) -> None:
    told = Told(tmp_path, frames=100_000)  # they last until they are closed
    frames = told.frames()
    next(frames)
    for _ in range(3):
        told.controls.toggle_recording()
        # The first one may have come before the recording. When the third is shown, the second is in it for certain.
        for _ in range(3):
            next(frames)
        told.controls.toggle_recording()
    frames.close()
    assert {path.name for path in tmp_path.iterdir()} == {
        f"live-20261121-193005{number}{suffix}" for number in ("", "-2", "-3") for suffix in (".mp4", ".csv")
    }


def test_what_is_recorded_from_the_beginning_can_be_ended_and_the_timeline_goes_on(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.controls.record(tmp_path / "a.mp4")
    told.controls.write_timeline(tmp_path / "a.csv")
    assert told.controls.recording
    assert 0 < told.controls.recorded_seconds < 10
    for index in told.frames():
        if index >= 20 and told.controls.recording:
            assert told.controls.toggle_recording() == [tmp_path / "a.mp4"]
    assert told.controls.recorded_seconds == 0
    with av.open(str(tmp_path / "a.mp4")) as container:
        recorded = len(list(container.decode(video=0)))
    assert recorded < 40
    assert Timeline.load(tmp_path / "a.csv").frames[-1].index == FRAMES - 1
    assert told.saved == [SavedFile(tmp_path / "a.mp4"), SavedFile(tmp_path / "a.csv")]


def test_a_folder_that_refuses_is_an_error_of_the_recording_alone(tmp_path: Path) -> None:
    told = Told(tmp_path / "missing")
    frames = told.frames()
    next(frames)
    with pytest.raises(OutputError, match="missing"):
        told.controls.toggle_recording()
    assert not told.controls.recording
    assert list(frames)[-1] == FRAMES - 1


def test_where_one_file_of_a_recording_fails_the_other_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(tmp_path)
    monkeypatch.setattr(VideoWriter, "finish", lambda _: failing())
    for frame in told.frames():
        if frame == 5:
            told.controls.toggle_recording()
        if frame == 20:
            with pytest.raises(OutputError, match="the disk is full"):
                told.controls.toggle_recording()
            assert not told.controls.recording
            written = len(Timeline.load(tmp_path / "live-20261121-193005.csv").frames)
    assert written == len(Timeline.load(tmp_path / "live-20261121-193005.csv").frames)
    assert told.saved == [SavedFile(tmp_path / "live-20261121-193005.csv")]


def failing() -> None:
    raise OutputError("the disk is full", "free some space")


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files, as Unix can")
def test_a_full_disk_ends_the_recording_that_a_key_started_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No file may grow beyond 20 kB: the video reaches that, its timeline and the owner's do not."""
    told, begun = Told(tmp_path, source=Noise), []
    told.controls.write_timeline(tmp_path / "mine.csv")
    with largest_file(20_000):
        for _ in told.frames():
            if not begun:
                begun = told.controls.toggle_recording()
    video, timeline = begun
    failure = told.controls.recording_failure
    assert failure is not None
    assert failure.problem.startswith(f"'{video}' cannot be written")
    assert caplog.messages == [f"the recording has ended: {failure}"]
    assert not told.controls.recording
    assert Timeline.load(tmp_path / "mine.csv").frames[-1].index == FRAMES - 1
    rows = Timeline.load(timeline).frames
    assert rows[-1].index < FRAMES - 1
    assert not video.exists(), "it held no whole second that could be played"
    assert told.saved == [SavedFile(timeline), SavedFile(tmp_path / "mine.csv")]


@pytest.mark.parametrize("mine", [True, False], ids=["begun with the session", "begun by a key"])
def test_a_recording_that_fails_at_the_very_end_fails_the_session_only_if_it_began_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mine: bool
) -> None:
    told = Told(tmp_path)
    monkeypatch.setattr(VideoWriter, "finish", lambda _: failing())
    begin = told.controls.toggle_recording if not mine else lambda: told.controls.record(tmp_path / "a.mp4")
    begin()
    told.controls.write_timeline(tmp_path / "mine.csv")
    with pytest.raises(OutputError, match="the disk is full") if mine else nullcontext():
        for _ in told.frames():
            pass
    told.controls.report()
    assert Timeline.load(tmp_path / "mine.csv").frames[-1].index == FRAMES - 1
    assert (told.controls.recording_failure is None) == mine


def test_after_the_end_nothing_can_be_recorded(tmp_path: Path) -> None:
    told = Told(tmp_path)
    for _ in told.frames():
        pass
    with pytest.raises(OutputError, match="the analysis has ended"):
        told.controls.toggle_recording()
    assert not told.controls.recording


@pytest.mark.parametrize(("switch", "toggle"), [("paused", "toggle_pause"), ("mirror", "toggle_mirror")])
def test_many_threads_may_press_at_once_and_no_press_is_lost(
    switch: str, toggle: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press reads a switch and writes it. Here other threads run in between, which otherwise they rarely do."""

    def look(live: LiveAnalysis) -> bool:
        value = bool(vars(live)[switch])
        time.sleep(0.001)
        return value

    def change(live: LiveAnalysis, value: bool) -> None:
        vars(live)[switch] = value

    monkeypatch.setattr(LiveAnalysis, switch, property(look, change), raising=False)
    told = Told(tmp_path)
    press = getattr(told.controls, toggle)
    threads = [threading.Thread(target=lambda: [press() for _ in range(15)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not getattr(told.live, switch)  # an even number of presses
    told.live.close()


def test_many_threads_may_record_at_once(tmp_path: Path) -> None:
    told = Told(tmp_path)
    with ThreadPoolExecutor(6) as pool:
        pressing = []
        for index in told.frames():
            if index < FRAMES - 10:
                pressing += [pool.submit(told.controls.toggle_recording) for _ in range(3)]
    assert {type(press.exception()) for press in pressing} <= {type(None), OutputError}  # some come after the end
    for video in tmp_path.glob("*.mp4"):
        with av.open(str(video)) as container:
            assert len(list(container.decode(video=0))) == len(Timeline.load(video.with_suffix(".csv")).frames)


def test_the_newest_picture_is_saved_with_what_was_read(tmp_path: Path) -> None:
    told = Told(tmp_path)
    assert told.controls.save_picture() is None
    for index in told.frames():
        if index == FRAMES - 1:
            path = told.controls.save_picture()
            assert path == tmp_path / "live-20261121-193005.jpg"
    assert cv2.imread(str(path)).shape == (48, 64, 3)
    assert told.saved == [SavedFile(path)]


def test_pause_and_mirror_are_switches(tmp_path: Path) -> None:
    told = Told(tmp_path)
    for on in (True, False):
        told.controls.toggle_pause()
        told.controls.toggle_mirror()
        assert (told.live.paused, told.live.mirror) == (on, on)
    told.live.close()


def test_the_smoothing_time_goes_up_and_down_its_steps(tmp_path: Path) -> None:
    told = Told(tmp_path)
    up = []
    for _ in range(9):
        told.controls.lengthen_smoothing()
        up.append(told.live.smoothing_time)
    assert up == [0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 5.0, 5.0]
    for _ in range(12):
        told.controls.shorten_smoothing()
    assert told.live.smoothing_time == 0.05
    told.live.close()


def test_without_smoothing_there_is_nothing_to_change(tmp_path: Path) -> None:
    told = Told(tmp_path, Unsmoothed())
    told.controls.lengthen_smoothing()
    told.controls.shorten_smoothing()
    assert told.live.smoothing_time is None
    told.live.close()
