"""Many inputs: each has an outcome, and one that fails stops no other."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image
from support.clips import Sound, grey, piped, write_clip

import fervid
from fervid import Timeline
from fervid.core.readings import FrameReading
from fervid.core.timecodes import Timecode
from fervid.engines import DEFAULT_ENGINE
from fervid.errors import EngineError, UsageError
from fervid.formats.csv import CsvWriter
from fervid.run.batch import Batch
from fervid.run.outcome import Outcome, Watch
from fervid.run.results import Results
from fervid.settings import Settings
from fervid.sources.base import SourceInfo

SETTINGS = Settings(detector="haar", backend="pytorch", end=Timecode(frame=6))


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


def test_each_input_has_an_outcome_and_one_that_fails_stops_none(drawn_clip: Path, desk: Path) -> None:
    for name in ("a.mp4", "c.mp4"):
        shutil.copy(drawn_clip, desk / name)
    (desk / "b.mp4").write_text("no video")
    outcomes = list(Batch(["*.mp4", "missing.mov"], SETTINGS, Results(), output="out/"))
    assert [outcome.source.name for outcome in outcomes] == ["missing.mov", "a.mp4", "b.mp4", "c.mp4"]
    assert [outcome.error is None for outcome in outcomes] == [False, True, False, True]
    assert "b.mp4" in str(outcomes[2].error)
    assert outcomes[1].written == (Path("out/a.csv"),)
    assert outcomes[1].tally.frames == 6
    assert outcomes[1].tally.faces == len({face.face_id for face in Timeline.load("out/a.csv").readings}) > 0
    assert outcomes[1].seconds > 0
    assert outcomes[1].complete


def test_a_timeline_says_how_it_was_made(drawn_clip: Path, desk: Path) -> None:
    shutil.copy(drawn_clip, desk / "a.mp4")
    list(Batch(["a.mp4"], SETTINGS, Results()))
    first = Path("a.csv.json").read_bytes()
    list(Batch(["a.mp4"], SETTINGS, Results(overwrite=True)))
    assert Path("a.csv.json").read_bytes() == first
    facts = Timeline.load("a.csv").provenance
    assert facts is not None
    assert (facts["input"], facts["size"], facts["result"]) == ("a.mp4", drawn_clip.stat().st_size, "a.csv")
    assert (facts["engine"], len(facts["engine_sha256"]), facts["detector"]) == (DEFAULT_ENGINE, 64, "haar")
    assert (facts["fervid"], facts["settings"]["end"]) == (fervid.__version__, "6f")
    assert facts["classes"] == list(Timeline.load("a.csv").classes)
    assert "torch" in facts["machine"]


def test_an_annotated_video_and_its_timeline_in_one_run(drawn_clip: Path, desk: Path) -> None:
    (outcome,) = Batch([str(drawn_clip)], SETTINGS, Results(annotate=True))
    assert outcome.written == (Path("faces.annotated.mp4"), Path("faces.csv"))
    with av.open("faces.annotated.mp4") as video:
        assert len(list(video.decode(video=0))) == 6


def test_results_that_would_replace_inputs_are_refused_and_all_others_written(drawn_clip: Path, desk: Path) -> None:
    """Overwriting included. A clip and a picture of one name keep their suffixes, so that their tables differ."""
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(drawn_clip, name)
    cv2.imwrite("a.png", np.full((60, 80, 3), 128, np.uint8))
    before = {path.name: path.read_bytes() for path in desk.iterdir()}
    os.link("c.mp4", "c.csv")
    results = Results(annotate=True, overwrite=True)
    a, picture, b, c = Batch(["a.mp4", "a.png", "b.mp4", "c.mp4"], SETTINGS, results)
    assert a.written == (Path("a.mp4.annotated.mp4"), Path("a.mp4.csv"))
    assert picture.written == (Path("a.png.annotated.png"), Path("a.png.csv"))
    assert b.written == (Path("b.annotated.mp4"), Path("b.csv"))
    assert "'c.csv' is an input of this run" in str(c.error)
    assert {name: (desk / name).read_bytes() for name in before} == before
    assert not (desk / "c.annotated.mp4").exists()


def test_recordings_of_one_name_keep_their_folders(drawn_clip: Path, desk: Path) -> None:
    for name in ("P01", "P02"):
        (desk / name).mkdir()
        shutil.copy(drawn_clip, desk / name / "webcam.mp4")
    expected = [(Path("out/P01/webcam.csv"),), (Path("out/P02/webcam.csv"),)]
    outcomes = Batch(["P01/webcam.mp4", "P02/webcam.mp4"], SETTINGS, Results(), output="out/")
    assert [outcome.written for outcome in outcomes] == expected
    again = Batch(["."], SETTINGS, Results(overwrite=True), output="out/", recursive=True)
    assert [outcome.written for outcome in again] == expected


def test_two_links_to_one_clip_give_two_results(drawn_clip: Path, desk: Path) -> None:
    for name in ("sub-01.mp4", "sub-02.mp4"):
        (desk / name).symlink_to(drawn_clip)
    outcomes = list(Batch(["sub-*.mp4"], SETTINGS, Results()))
    assert [outcome.written for outcome in outcomes] == [(Path("sub-01.csv"),), (Path("sub-02.csv"),)]


def test_an_unforeseen_error_stops_no_other_input(
    drawn_clip: Path, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(drawn_clip, name)

    class Broken(CsvWriter):
        def append(self, reading: FrameReading) -> None:
            if self.target == Path("a.csv") and reading.index == 3:
                raise KeyError("nose")
            super().append(reading)

    monkeypatch.setattr("fervid.formats.csv.open_writer", Broken)
    first, second = Batch(["a.mp4", "b.mp4"], SETTINGS, Results())
    line = "'a.mp4' could not be read: unexpected KeyError: 'nose'; set FERVID_DEBUG=1 for the traceback and report it"
    assert str(first.error) == line
    assert isinstance(first.error.__cause__ if first.error else None, KeyError)
    assert second.written == (Path("b.csv"),)
    assert sorted(path.name for path in desk.iterdir()) == [
        *("a.mp4", "b.csv", "b.csv.json", "b.mp4", "fervid-run.jsonl")
    ]


def test_a_single_picture_gives_an_annotated_picture(desk: Path) -> None:
    cv2.imwrite("wall.png", np.full((60, 80, 3), 128, np.uint8))
    (outcome,) = Batch(["wall.png"], SETTINGS, Results(annotate=True, timeline=False))
    assert outcome.written == (Path("wall.annotated.png"),)
    assert outcome.tally.with_face == 0


def test_a_line_says_where_a_clock_that_starts_late_starts(desk: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "fervid")
    for name, start in (("late.mkv", 72_000_000), ("usual.mkv", 0)):
        write_clip(desk / name, [grey(n) for n in range(9)], times=[start + 40 * n for n in range(9)])
    outcomes = list(Batch(["*.mkv"], SETTINGS, Results()))
    assert [outcome.tally.frames for outcome in outcomes] == [6, 6]
    (line,) = (record.getMessage() for record in caplog.records if "clock" in record.getMessage())
    assert line.startswith("'late.mkv' starts at 20:00:00.000 on its own clock, which the timeline keeps; start=N and")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.limit(30)
def test_the_sound_of_a_pipe_is_left_out_with_a_warning(desk: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = write_clip(desk / "clip.ts", [grey(n) for n in range(9)], sound=Sound("mp2", 0.4))
    with piped(path, desk / "pipe") as pipe:
        (outcome,) = Batch([str(pipe)], SETTINGS, Results(annotate=True), output="out.mp4")
    assert (outcome.error, outcome.tally.frames) == (None, 6)
    with av.open("out.mp4") as video:
        assert [stream.type for stream in video.streams] == ["video"]
    assert "pipe' is a pipe, which can be read only once; its sound is left out" in caplog.text


def test_an_animated_picture_gives_an_annotated_video(desk: Path) -> None:
    images = [Image.new("RGB", (80, 60), (n, n, n)) for n in (40, 80, 120)]
    images[0].save("wave.webp", save_all=True, append_images=images[1:], duration=100)
    (outcome,) = Batch(["wave.webp"], SETTINGS, Results(annotate=True, timeline=False))
    assert outcome.written == (Path("wave.annotated.mp4"),)
    assert outcome.tally.frames == 3


def test_progress_surrounds_each_source_and_sees_its_readings(drawn_clip: Path, desk: Path) -> None:
    told: list[object] = []

    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        told.append(info.path.name)
        yield lambda reading: told.append(reading.index)
        told.append("done")

    list(Batch([str(drawn_clip)], SETTINGS, Results(), progress=progress))
    assert told == ["faces.mp4", 0, 1, 2, 3, 4, 5, "done"]


def test_ctrl_c_gives_what_was_read_until_then_before_it_is_raised(drawn_clip: Path, desk: Path) -> None:
    @contextmanager
    def interrupt(info: SourceInfo) -> Iterator[Watch]:
        def watch(reading: FrameReading) -> None:
            if reading.index == 2:
                import _thread

                _thread.interrupt_main()
                time.sleep(0.3)  # until the main thread has taken it

        yield watch

    for name in ("faces.mp4", "next.mp4"):
        shutil.copy(drawn_clip, name)
    settings = SETTINGS.replace(end=None, batch=1, smoothing="ema")  # few frames are on the way when the signal comes
    outcomes: list[Outcome] = []
    with pytest.raises(KeyboardInterrupt):
        outcomes.extend(Batch(["faces.mp4", "next.mp4"], settings, Results(), progress=interrupt))
    assert [(outcome.complete, outcome.written) for outcome in outcomes] == [(False, (Path("faces.partial.csv"),))]
    assert len(Timeline.load("faces.partial.csv").frames) < 30


def test_where_no_input_is_usable_nothing_is_loaded() -> None:
    (outcome,) = Batch(["missing.mp4"], SETTINGS.replace(engine="nowhere"), Results())
    assert "missing.mp4" in str(outcome.error)


def test_what_concerns_all_inputs_is_an_error_at_once(drawn_clip: Path) -> None:
    clip = str(drawn_clip)
    with pytest.raises(EngineError, match="nowhere"):
        Batch([clip], SETTINGS.replace(engine="nowhere"), Results())
    with pytest.raises(UsageError, match="standard output"):
        Batch([clip], SETTINGS, Results(annotate=True), output="-")
    with pytest.raises(UsageError, match="codec"):
        Results(annotate=True, codec="theora")
