"""Markers of a live session: their times, their files and their listeners."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from queue import Queue

import numpy as np
import pytest

from fervid import Timeline
from fervid.core.closing import Closing
from fervid.core.emotions import FER2013
from fervid.core.markers import Marker, markers_path
from fervid.core.readings import Frame
from fervid.detect.search import EveryFrame
from fervid.errors import OutputError, SourceError, UsageError
from fervid.formats.marker_files import read_markers
from fervid.live.analysis import LiveAnalysis, Result
from fervid.live.controls import Controls, SavedFile
from fervid.live.session_markers import check_time
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.sources.base import LiveSource
from fervid.sources.paced import Paced
from fervid.testing import FakeDetector, FakeEngine, FakeSource
from fervid.track.tracker import MotionTracker

pytestmark = pytest.mark.realtime

BEGIN = 40.0
"""The time of the first frame, as in a part of a longer recording."""

FRAMES = 24
RATE = 30


class Stepped(Closing):
    """A live source that shows a frame when it is told to."""

    name = "stepped"
    undecodable = 0

    def __init__(self) -> None:
        self.arrived = 0.0
        self._steps: Queue[bool] = Queue()

    def show(self) -> None:
        """Show the next frame."""
        self._steps.put(True)

    def end(self) -> None:
        """Show no further frame."""
        self._steps.put(False)

    def __iter__(self) -> Iterator[Frame]:
        for index in itertools.count():
            if not self._steps.get():
                return
            self.arrived = time.monotonic()
            yield Frame(np.zeros((48, 64, 3), np.uint8), index, round(self.arrived * 1000), Fraction(1, 1000))

    def stop(self) -> None:
        self.end()

    def close(self) -> None:
        self.end()


class Session:
    """A live picture with its controls, which lasts most of a second unless it has another source."""

    def __init__(self, folder: Path, source: LiveSource | None = None) -> None:
        analyser = Analyser(EveryFrame(FakeDetector()), MotionTracker(), FakeEngine(), Exponential(0.3), batch=1)
        seconds = Paced(FakeSource([BEGIN + at / RATE for at in range(FRAMES)]))
        self.live = LiveAnalysis(source or seconds, analyser)
        self.saved: list[Path] = []
        self.controls = Controls(self.live, FER2013, folder=folder, on_saved=self.keep)

    def keep(self, saved: SavedFile) -> None:
        self.saved.append(saved.path)

    def results(self) -> Iterator[Result]:
        with self.live:
            self.live.start()
            for result in self.live.results.watch(1):
                if result is not None:
                    yield result
        self.controls.report()


def test_the_time_of_a_marker_is_the_moment_on_the_clock_of_the_source(tmp_path: Path) -> None:
    session = Session(tmp_path)
    for result in session.results():
        if result.frame.index >= 5 and session.controls.markers.count == 0:
            arrived = result.arrived
            before = time.monotonic()
            marker = session.controls.mark("go")
            after = time.monotonic()
            sooner = session.controls.markers.place(moment=before - 0.1)
            later = session.controls.markers.place(moment=before)
            earlier = session.controls.mark("before", time=BEGIN + 0.01)
            frame = result.frame
    # Not before the frame would tell, which may have come late itself, and not much later.
    assert frame.time + before - arrived - 0.001 <= marker.time <= frame.time + after - arrived + 0.25
    assert marker.time == pytest.approx(later.time, abs=after - before + 0.001)
    assert marker.frame >= frame.index
    assert later.time - sooner.time == pytest.approx(0.1, abs=0.0011), "to the millisecond"
    assert (earlier.name, earlier.time) == ("before", 40.01)
    assert marker.placed.tzinfo is not None
    assert abs((datetime.now().astimezone() - marker.placed).total_seconds()) < 30
    assert [marker.number, sooner.name, earlier.number] == [1, "marker 2", 4]
    assert marker.source == "python"


def test_every_recording_that_runs_has_the_marker_on_its_own_clock(tmp_path: Path) -> None:
    session, controls = Session(tmp_path), None
    session.controls.write_timeline(tmp_path / "all.csv")
    for result in session.results():
        controls = session.controls
        if result.frame.index >= 4 and controls.markers.count == 0:
            controls.mark("first")
            video, table = controls.toggle_recording()
        elif result.frame.index >= 12 and controls.markers.count == 1:
            second = controls.mark("second")
            assert read_markers(table) == (second,), "on the disk at once"
        elif result.frame.index >= 16 and controls.recording:
            assert controls.toggle_recording() == [video, table, markers_path(video), markers_path(table)]
        elif result.frame.index >= 20 and controls.markers.count == 2:
            assert controls.mark("third").files == (markers_path(tmp_path / "all.csv"),)
    assert [marker.name for marker in read_markers(tmp_path / "all.csv")] == ["first", "second", "third"]
    assert read_markers(table)[0].time == pytest.approx(second.time, abs=1e-3)
    begin = Timeline.load(table).frames[0].time
    assert read_markers(video)[0].time == pytest.approx(second.time - begin, abs=2e-3)
    assert session.saved[-1] == markers_path(tmp_path / "all.csv")
    assert controls.markers.unsaved == 0


def test_what_is_placed_while_nothing_is_recorded_is_kept_and_counted(tmp_path: Path) -> None:
    session = Session(tmp_path)
    heard: list[Marker] = []
    session.controls.markers.listen(heard.append)
    session.controls.markers.listen(fail)
    with pytest.raises(SourceError, match="no picture has arrived yet"):
        session.controls.mark("too early")
    for result in session.results():
        if result.frame.index >= 3 and not heard:
            assert session.controls.mark("a\nb" * 100).files == ()
            for wrong in (-1.0, 99.0, float("nan"), float("inf")):
                with pytest.raises(UsageError, match="a marker cannot be placed at"):
                    session.controls.mark(time=wrong)
    assert tuple(heard) == session.controls.markers.placed
    assert len(heard[0].name) == 200
    assert session.controls.markers.unsaved == 1
    assert list(tmp_path.iterdir()) == []


def test_another_marker_can_be_placed_at_the_time_of_one_at_once() -> None:
    """That time is rounded to a millisecond, so it may lie a little ahead."""
    now = 0.0107
    check_time(round(now, 3), now)
    with pytest.raises(UsageError, match="give a time from 0 to"):
        check_time(round(now, 3) + 0.001, now)


def test_a_recording_without_a_frame_leaves_no_file_and_its_markers_are_counted(tmp_path: Path) -> None:
    """It begins and ends in a pause, while a timeline that has frames goes on."""
    source = Stepped()
    session = Session(tmp_path, source)
    controls = session.controls
    controls.write_timeline(tmp_path / "all.csv")
    results = session.results()
    source.show()
    next(results)
    controls.toggle_pause()
    controls.toggle_recording()
    source.show()
    assert len(controls.mark("in the pause").files) == 3
    assert controls.markers.unsaved == 0
    assert controls.toggle_recording() == [], "nothing was recorded"
    assert controls.markers.placed[0].files == (markers_path(tmp_path / "all.csv"),)
    assert {path.name for path in tmp_path.iterdir()} == {"all.csv", "all.csv.markers.csv"}
    controls.toggle_recording()
    assert controls.mark("in the pause too").files[:1] == controls.markers.placed[0].files
    source.end()
    assert list(results) == []
    assert {path.name for path in tmp_path.iterdir()} == {"all.csv", "all.csv.markers.csv"}
    assert session.saved == [tmp_path / "all.csv", markers_path(tmp_path / "all.csv")]


def test_markers_of_a_recording_without_a_frame_are_in_no_file(tmp_path: Path) -> None:
    source = Stepped()
    session = Session(tmp_path, source)
    results = session.results()
    source.show()
    next(results)
    session.controls.toggle_pause()
    session.controls.toggle_recording()
    session.controls.mark()
    source.end()
    assert list(results) == []
    assert list(tmp_path.iterdir()) == []
    assert session.controls.markers.unsaved == 1
    assert session.saved == []


def fail(_: Marker) -> None:
    raise ValueError("nobody is there")


def test_a_recording_begins_only_where_no_other_markers_lie(tmp_path: Path) -> None:
    session = Session(tmp_path)
    markers_path(tmp_path / "talk.csv").write_text("time_s,name\n1,old\n")
    with pytest.raises(OutputError, match=r"talk\.csv\.markers\.csv' exists already"):
        session.controls.write_timeline(tmp_path / "talk.csv")
    assert not (tmp_path / "talk.csv").exists()
    session.controls.write_timeline(tmp_path / "talk.csv", overwrite=True)
    assert not markers_path(tmp_path / "talk.csv").exists()
    session.live.close()
