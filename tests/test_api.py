"""fervid from Python: readings in a loop, whole timelines, annotated videos, photos, many inputs, live sources."""

from __future__ import annotations

import csv
import inspect
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import Any, get_args, get_type_hints

import av
import cv2
import numpy as np
import pytest
from support.drawn_timelines import frames, save

import fervid
from fervid.api.keywords import RegionTexts
from fervid.core.timecodes import Timecode
from fervid.draw import blur
from fervid.settings import OPTIONS, Group

FAST: dict[str, Any] = {"detector": "haar", "backend": "pytorch"}
EVERYTHING = set(Group)
GROUPS = {
    fervid.read: EVERYTHING,
    fervid.timeline: EVERYTHING - {Group.OUTPUT},
    fervid.annotate: EVERYTHING,
    fervid.analyse_many: EVERYTHING,
    fervid.photo: EVERYTHING - {Group.VIDEO, Group.SEQUENCE, Group.TIME, Group.BATCH},
    fervid.live: EVERYTHING - {Group.BATCH, Group.SEQUENCE},
}
KINDS: dict[str, set[object]] = {
    "detector_model": {str, PathLike[str]},
    "engine": {str, PathLike[str]},
    "regions": set(get_args(RegionTexts)),
    "rotate": {int},
    "start": {Timecode, str, float},
    "end": {Timecode, str, float},
}
"""The types of options that `Settings` converts to one."""

FUNCTIONS = sorted(GROUPS, key=lambda function: function.__name__)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


@pytest.fixture
def clip(drawn_clip: Path, desk: Path) -> Path:
    """A second of three drawn faces."""
    return drawn_clip


@pytest.fixture
def picture(clip: Path, desk: Path) -> Path:
    """Its first frame."""
    with av.open(str(clip)) as container:
        next(container.decode(video=0)).to_image().save(desk / "family.png")
    return desk / "family.png"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_option_is_spelled_out_with_its_type_and_default(function: Callable[..., object]) -> None:
    parameters = inspect.signature(function).parameters
    named = {name for name, option in OPTIONS.items() if option.group in GROUPS[function]}
    assert {name for name in parameters if name in OPTIONS} == named
    assert not [each for each in parameters.values() if each.kind is inspect.Parameter.VAR_KEYWORD]
    for name in named:
        option, parameter = OPTIONS[name], parameters[name]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default == option.default
        kinds = set(get_args(parameter.annotation)) or {parameter.annotation}
        expected = KINDS.get(name, {option.kind})
        assert kinds == expected | ({type(None)} if option.default is None else set())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_help_tells_what_every_option_means(function: Callable[..., object]) -> None:
    text = " ".join((function.__doc__ or "").split())
    for name, option in OPTIONS.items():
        if option.group in GROUPS[function]:
            assert f"{name}: {option.help}." in text
    assert "**options" not in text


def test_readings_come_in_order_and_tell_all_they_know(clip: Path) -> None:
    readings = list(fervid.read(clip, end="10f", **FAST))
    assert [reading.frame for reading in readings] == sorted(reading.frame for reading in readings)
    first = readings[0]
    assert (first.frame, first.time, first.face_id) == (0, 0.0, 1)
    assert first.emotion == max(first.strengths, key=first.strengths.__getitem__)
    assert first.confidence == pytest.approx(first.strengths[first.emotion])
    assert sum(first.strengths.values()) == pytest.approx(1, abs=1e-5)
    assert first.raw.sum() == pytest.approx(1, abs=1e-5)
    assert 0 < first.box.x < 320


def test_options_are_those_of_the_command_line(clip: Path) -> None:
    readings = list(fervid.read(str(clip), start=0.5, end="00:00:01", every=5, smoothing="none", **FAST))
    assert sorted({reading.frame for reading in readings}) == [15, 20, 25]
    assert all((reading.probabilities == reading.raw).all() for reading in readings)


def test_a_time_that_is_tiny_is_a_time(clip: Path) -> None:
    assert next(fervid.read(clip, start=1e-5, **FAST)).frame == 0


def test_settings_may_come_as_one_object_and_keywords_win(clip: Path) -> None:
    settings = fervid.Settings(every=10, end=0.5, **FAST)
    timeline = fervid.timeline(clip, settings=settings)
    assert [frame.index for frame in timeline.frames] == [0, 10]
    timeline = fervid.timeline(clip, settings=settings, every=5)
    assert [frame.index for frame in timeline.frames] == [0, 5, 10]


def test_frames_come_with_their_readings(clip: Path) -> None:
    pairs = list(fervid.read(clip, frames=True, every=3, end="7f", **FAST))
    assert [(frame.index, reading.index) for frame, reading in pairs] == [(0, 0), (3, 3), (6, 6)]
    with av.open(str(clip)) as container:
        first = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert np.abs(pairs[0][0].image.astype(int) - first).max() < 8


def test_blur_hides_the_faces_in_frames(clip: Path) -> None:
    (shown, reading), *_ = fervid.read(clip, frames=True, end="1f", **FAST)
    (hidden, _), *_ = fervid.read(clip, frames=True, end="1f", blur=True, **FAST)
    expected = shown.image.copy()
    for face in reading.faces:
        blur.hide(expected, face.box)
    x, y = map(round, reading.faces[0].box.centre)
    assert not np.array_equal(hidden.image[y - 8 : y + 8, x - 8 : x + 8], shown.image[y - 8 : y + 8, x - 8 : x + 8])
    assert hidden.image[y - 8 : y + 8, x - 8 : x + 8].std() < shown.image[y - 8 : y + 8, x - 8 : x + 8].std()


def test_a_reader_knows_its_source_and_is_a_context_manager(clip: Path) -> None:
    with fervid.read(clip, **FAST) as reader:
        assert (reader.info.width, reader.info.height, reader.info.frames) == (320, 180, 30)
        assert "happy" in reader.classes
        next(reader)
        assert reader.damage is None
        assert reader.undecodable == 0
    assert list(reader) == []


@pytest.mark.parametrize("frames", [False, True])
def test_leaving_the_loop_early_ends_every_thread(clip: Path, frames: bool) -> None:
    for _ in fervid.read(clip, frames=frames, **FAST):
        break
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fervid")]


def test_two_loops_at_once_leave_opencv_as_it_was(clip: Path) -> None:
    before = cv2.getNumThreads()
    first, second = fervid.read(clip, **FAST), fervid.read(clip, **FAST)
    next(first)
    next(second)
    first.close()
    assert cv2.getNumThreads() == 1
    second.close()
    assert cv2.getNumThreads() == before


def test_a_timeline_is_written_while_it_is_read(clip: Path) -> None:
    timeline = fervid.timeline(clip, "t.csv", every=3, end="8f", **FAST)
    assert [frame.index for frame in timeline.frames] == [0, 3, 6]
    assert [frame.index for frame in fervid.Timeline.load("t.csv").frames] == [0, 3, 6]
    with pytest.raises(fervid.OutputError, match=r"'t\.csv' exists"):
        fervid.timeline(clip, "t.csv", **FAST)
    assert len(fervid.timeline(clip, "t.csv", end="2f", overwrite=True, **FAST).frames) == 2


def test_a_timeline_keeps_frames_without_a_face_and_its_file_only_if_wanted(desk: Path) -> None:
    (desk / "walls").mkdir()
    for name in ("1.png", "2.png"):
        cv2.imwrite(f"walls/{name}", np.full((60, 80, 3), 128, np.uint8))
    timeline = fervid.timeline("walls", "t.csv", empty=False, **FAST)
    assert [frame.index for frame in timeline.frames] == [0, 1]
    assert timeline.to_pandas()["emotion"].isna().all()
    assert fervid.Timeline.load("t.csv").frames == ()


def test_a_timeline_is_written_in_every_format_that_is_named(clip: Path, desk: Path) -> None:
    timeline = fervid.timeline(
        clip,
        "results/",
        formats=["csv", "webvtt"],
        valence=True,
        csv_dialect="excel",
        shortest=0.0,
        sidecar=False,
        summary="results/totals.csv",
        end="8f",
        **FAST,
    )
    assert sorted(path.name for path in (desk / "results").iterdir()) == ["faces.csv", "faces.vtt", "totals.csv"]
    header = Path("results/faces.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert header.startswith("frame;time_s;")
    assert header.endswith(";valence")
    assert Path("results/faces.vtt").read_text().startswith("WEBVTT")
    with Path("results/totals.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    totals = fervid.summary(timeline, shortest=0.0)
    assert [(row["file"], int(row["face_id"])) for row in rows] == [(str(clip), face.face_id) for face in totals]
    with pytest.raises(fervid.OutputError, match=r"'results/totals\.csv' exists already"):
        fervid.timeline(clip, summary="results/totals.csv", **FAST)


def test_a_format_without_a_target_is_named_after_the_source(clip: Path, desk: Path) -> None:
    fervid.timeline(clip, formats="srt", end="2f", **FAST)
    assert [path.name for path in desk.iterdir()] == ["faces.srt"]


def test_a_summary_can_be_the_only_file(clip: Path, desk: Path) -> None:
    fervid.timeline(clip, summary="totals.csv", end="2f", **FAST)
    assert [path.name for path in desk.iterdir()] == ["totals.csv"]


def test_an_annotated_video_has_outlines_and_a_summary(clip: Path) -> None:
    corner = {"regions": "0,0,50%,100%", "end": "1f"}
    fervid.annotate(clip, "plain.mp4", **corner, **FAST)
    fervid.annotate(clip, "outlined.mp4", outline=True, summary="totals.csv", **corner, **FAST)
    assert not np.array_equal(
        *(next(fervid.read(f"{name}.mp4", frames=True))[0].image for name in ("plain", "outlined"))
    )
    assert Path("totals.csv").read_text().count("\n") >= 2


def test_annotate_writes_the_video_beside_its_timeline(clip: Path) -> None:
    outcome = fervid.annotate(clip, csv=True, end="6f", crf=30, **FAST)
    assert outcome.written == (Path("faces.annotated.mp4"), Path("faces.csv"))
    assert (outcome.tally.frames, outcome.complete, outcome.error) == (6, True, None)
    with av.open("faces.annotated.mp4") as video:
        assert len(list(video.decode(video=0))) == 6
    with pytest.raises(fervid.OutputError, match="exists"):
        fervid.annotate(clip, **FAST)


def test_annotate_writes_a_picture_of_a_picture_into_a_folder(picture: Path, desk: Path) -> None:
    (desk / "out").mkdir()
    assert fervid.annotate(picture, "out", **FAST).written == (Path("out/family.annotated.png"),)


def test_a_photo_gives_its_faces_from_left_to_right(picture: Path) -> None:
    reading = fervid.photo(picture, "annotated.png", **FAST)
    assert (reading.path, reading.width, reading.height) == (picture, 320, 180)
    assert [face.face_id for face in reading.faces] == [1, 2, 3]
    assert [face.box.x for face in reading.faces] == sorted(face.box.x for face in reading.faces)
    assert not np.array_equal(cv2.imread("annotated.png"), cv2.imread(str(picture)))


def test_each_of_many_inputs_has_its_outcome(clip: Path, picture: Path, desk: Path) -> None:
    (desk / "bad.mp4").write_text("no video")
    copy = shutil.copy(clip, desk / "clip.mp4")
    outcomes = list(fervid.analyse_many([copy, "bad.mp4", picture], desk / "out", annotate=True, end="3f", **FAST))
    assert [outcome.source for outcome in outcomes] == [copy, Path("bad.mp4"), picture]
    assert [type(outcome.error) for outcome in outcomes] == [type(None), fervid.SourceError, type(None)]
    assert outcomes[2].written == (desk / "out" / "family.annotated.png", desk / "out" / "family.csv")


def test_subfolders_are_read_and_results_repeat_them(clip: Path, desk: Path) -> None:
    (desk / "study" / "P01").mkdir(parents=True)
    shutil.copy(clip, desk / "study" / "P01" / "webcam.mp4")
    assert [outcome.error is None for outcome in fervid.analyse_many("study", "out", end="3f", **FAST)] == [False]
    (outcome,) = fervid.analyse_many("study", "out", recursive=True, end="3f", **FAST)
    assert outcome.written == (Path("out/P01/webcam.csv"),)


def test_many_inputs_have_their_formats_and_one_summary(clip: Path, desk: Path) -> None:
    sources = [shutil.copy(clip, desk / name) for name in ("a.mp4", "b.mp4")]
    batch = fervid.analyse_many(sources, "out", formats=["jsonl", "srt"], summary="totals.csv", end="2f", **FAST)
    assert not Path("totals.csv").exists()
    assert [outcome.error for outcome in batch] == [None, None]
    names = {path.name for path in Path("out").iterdir()}
    assert {"a.jsonl", "a.jsonl.json", "a.srt", "b.jsonl", "b.jsonl.json", "b.srt"} <= names
    with Path("totals.csv").open(newline="") as file:
        assert {row["file"] for row in csv.DictReader(file)} == {str(source) for source in sources}


def test_a_loop_over_many_inputs_that_is_left_writes_no_summary(clip: Path, desk: Path) -> None:
    sources = [shutil.copy(clip, desk / name) for name in ("a.mp4", "b.mp4")]
    for _ in fervid.analyse_many(sources, "out", summary="totals.csv", end="2f", **FAST):
        break
    assert not [path for path in desk.iterdir() if "totals" in path.name]


@pytest.mark.realtime
def test_a_live_loop_sees_frames_and_records_them(clip: Path) -> None:
    seen = []
    with fervid.live(clip, record="live.mp4", csv="live.csv", **FAST) as session:
        for frame, reading in session:
            assert frame.index == reading.index
            seen.append(frame.index)
    assert seen == sorted(set(seen))
    with Path("live.csv").open(newline="") as file:
        rows = {int(row["frame"]) for row in csv.DictReader(file)}
    assert len(rows) + session.dropped == 30
    with av.open("live.mp4") as video:
        assert len(list(video.decode(video=0))) == len(rows)


@pytest.mark.realtime
def test_sessions_on_one_clock_count_from_its_zero_and_say_so_beside_their_timelines(clip: Path) -> None:
    clock = fervid.CommonClock()
    shift = time.monotonic() - clock.zero
    first = fervid.live(clip, csv="first.csv", clock=clock, **FAST)
    begin = time.monotonic() - clock.zero
    second = fervid.live(clip, csv="second.csv", clock=clock, **FAST)
    with first, second:
        for _, reading in second:
            assert reading.time > begin > shift
    facts = [json.loads(Path(f"{name}.csv.json").read_text()) for name in ("first", "second")]
    assert facts[0]["started"] == facts[1]["started"]
    began = datetime.fromisoformat(facts[0]["started"].replace("Z", "+00:00"))
    assert began.timestamp() == pytest.approx(clock.started, abs=1e-5)
    assert fervid.Timeline.load("first.csv").frames[0].time < fervid.Timeline.load("second.csv").frames[0].time


@pytest.mark.realtime
def test_a_live_session_that_nobody_refers_to_ends(clip: Path) -> None:
    fervid.live(clip, csv="live.csv", **FAST)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fervid")]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"every": 2.5}, "every takes a whole number from 1 to 100000, not 2.5"),
        ({"every": "2"}, "every takes a whole number from 1 to 100000, not '2'"),
        ({"every": 0}, "every takes a whole number from 1 to 100000, not 0"),
        ({"eyes": "no"}, "eyes takes True or False, not 'no'"),
        ({"detector": "har"}, "not 'har'; did you mean haar?"),
        ({"evry": 2}, "there is no option evry; did you mean every?"),
        ({"start": "soon"}, "start takes seconds, hh:mm:ss.sss, or a frame as 120f, not 'soon'"),
        ({"start": 2, "end": 1}, "end must come after start"),
        ({"settings": {"every": 2}}, r"settings takes fervid\.Settings, not \{'every': 2\}"),
    ],
)
@pytest.mark.parametrize("function", [fervid.read, fervid.timeline, fervid.annotate, fervid.analyse_many, fervid.live])
def test_a_wrong_option_is_refused_at_the_call(
    function: Callable[..., object], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(fervid.UsageError, match=message):
        function("nothing.mp4", **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fervid.read(5), "source takes a path, not 5"),
        (lambda: fervid.read("a.mp4", frames="yes"), "frames takes True or False, not 'yes'"),
        (lambda: fervid.timeline("a.mp4", 5), "target takes a path, not 5"),
        (lambda: fervid.timeline("a.mp4", overwrite=1), "overwrite takes True or False, not 1"),
        (lambda: fervid.timeline("a.mp4", blur=True), "timeline does not take the option blur"),
        (lambda: fervid.timeline("a.mp4", formats="theora"), "there is no timeline format 'theora'; choose one of csv"),
        (lambda: fervid.timeline("a.mp4", format="srt"), "there is no option format; did you mean formats?"),
        (lambda: fervid.timeline("a.mp4", dialect="excel"), "there is no option dialect; did you mean csv_dialect?"),
        (
            lambda: fervid.photo("a.jpg", xyz=1),
            "there is no option xyz; the options are outline, overwrite, settings, detector,",
        ),
        (lambda: fervid.timeline("a.mp4", formats=5), "formats takes the name of a format, or several, not 5"),
        (lambda: fervid.timeline("a.mp4", csv_dialect="exel"), "not 'exel'; did you mean excel?"),
        (lambda: fervid.timeline("a.mp4", shortest=-1), "shortest takes a number from 0 to 3600, not -1"),
        (lambda: fervid.timeline("a.mp4", valence="yes"), "valence takes True or False, not 'yes'"),
        (lambda: fervid.timeline("a.mp4", sidecar=0), "sidecar takes True or False, not 0"),
        (lambda: fervid.timeline("a.mp4", summary=5), "summary takes a path, not 5"),
        (lambda: fervid.timeline("a.mp4", summary="./a.mp4"), "'a.mp4' is an input of this run"),
        (lambda: fervid.annotate("a.mp4", outline="yes"), "outline takes True or False, not 'yes'"),
        (lambda: fervid.analyse_many("a.mp4", formats=["csv", "x"]), "there is no timeline format 'x'"),
        (lambda: fervid.analyse_many("a.mp4", csv_dialect="x"), "csv_dialect takes one of standard, excel, not 'x'"),
        (lambda: fervid.annotate("a.mp4", codec="theora"), "theora"),
        (lambda: fervid.annotate("a.mp4", "-"), "standard output"),
        (lambda: fervid.annotate("a.mp4", crf="good"), "crf takes a whole number from 0 to 63, not 'good'"),
        (lambda: fervid.annotate("a.mp4", crf=64), "crf takes a whole number from 0 to 63, not 64"),
        (lambda: fervid.photo("a.jpg", every=2), "photo does not take the option every"),
        (lambda: fervid.analyse_many(5), "inputs takes a path, or several, not 5"),
        (lambda: fervid.analyse_many(["a.mp4", 5]), r"inputs takes a path, or several, not \['a.mp4', 5\]"),
        (lambda: fervid.live(0, batch=4), "live does not take the option batch"),
        (lambda: fervid.live(0, record="a.mp4", csv="./a.mp4"), "record and csv both name 'a.mp4'"),
        (lambda: fervid.live("a.mp4", record="./a.mp4"), "source and record both name 'a.mp4'"),
        (lambda: fervid.live("a.mp4", fps=25), "'a.mp4' is not a camera"),
        (lambda: fervid.live(0, fps=5000), "fps takes a number from 1 to 1000, not 5000"),
        (lambda: fervid.live(0, format="jpeg"), "format takes one of auto, mjpg, yuyv, not 'jpeg'"),
        (lambda: fervid.live(0, clock=time.time()), r"clock takes a fervid\.CommonClock, not \d"),
        (lambda: fervid.live(0, size="big"), r"size takes a width and a height, such as \(1280, 720\), not 'big'"),
    ],
)
def test_a_wrong_argument_is_refused_at_the_call(call: Callable[[], object], message: str) -> None:
    with pytest.raises(fervid.UsageError, match=message):
        call()


@pytest.mark.parametrize(
    ("function", "name"),
    [(fervid.timeline, "source.csv"), (fervid.annotate, "source.mp4"), (fervid.photo, "source.png")],
)
def test_no_function_replaces_its_source(function: Callable[..., object], name: str, tmp_path: Path) -> None:
    source, link = tmp_path / name, tmp_path / "link.csv"
    source.write_text("mine")
    os.link(source, link)
    for target in (source, link):
        with pytest.raises(fervid.OutputError, match="is an input of this run and cannot be replaced"):
            function(source, target, overwrite=True)
    assert source.read_text() == "mine"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_source_that_is_not_there_is_an_error_at_the_call(function: Callable[..., Any]) -> None:
    if function is fervid.analyse_many:
        (outcome,) = function("nothing.mp4")
        assert isinstance(outcome.error, fervid.SourceError)
    else:
        with pytest.raises(fervid.SourceError, match=r"nothing\.png"):
            function("nothing.png", **FAST)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_engine_that_is_not_there_is_an_error_at_the_call(
    function: Callable[..., object], clip: Path, picture: Path
) -> None:
    with pytest.raises(fervid.EngineError, match="nowhere"):
        function(picture if function is fervid.photo else clip, engine="nowhere")


def test_functions_stay_functions_whatever_is_imported() -> None:
    import fervid.live.session
    import fervid.report.report_file

    for name in ("live", "report"):
        assert getattr(fervid, name) is getattr(fervid.api, name)
        assert inspect.isfunction(getattr(fervid, name))
    assert "api" not in get_type_hints(fervid.live)


def test_timelines_are_converted_plotted_and_shown_on_a_page(desk: Path) -> None:
    for name in ("a", "b"):
        save(desk / "study" / name / "talk.csv", frames(2))
    assert fervid.convert("study/a/talk.csv", "talk.jsonl") == (Path("talk.jsonl"),)
    assert fervid.convert("study", "out/", formats=["webvtt", "srt"], recursive=True) == tuple(
        Path("out", name, f"talk{suffix}") for name in ("a", "b") for suffix in (".vtt", ".srt")
    )
    assert fervid.plot("study/a/talk.csv") == Path("talk.png")
    assert fervid.plot(fervid.Timeline.load("talk.jsonl"), "talk.svg", lines=True, width=3) == Path("talk.svg")
    assert fervid.report("study", portraits=False) == Path("report.html")
    assert {path.stat().st_size > 1000 for path in (Path("talk.png"), Path("talk.svg"), Path("report.html"))} == {True}


def test_a_timeline_that_cannot_be_converted_stops_no_other(desk: Path) -> None:
    save(desk / "b.csv", frames(1))
    (desk / "a.csv").write_text("no timeline")
    with pytest.raises(fervid.SourceError, match=r"'a\.csv'"):
        fervid.convert(["a.csv", "b.csv"], formats="jsonl")
    assert Path("b.jsonl").exists()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fervid.convert(3), "timelines takes a path, or several, not 3"),
        (lambda: fervid.convert("a.csv", formats=3), "formats takes the name of a format, or several, not 3"),
        (lambda: fervid.plot("a.csv", width=1), "width takes a number from 2 to 40, not 1"),
        (lambda: fervid.plot(fervid.Timeline((), ())), "plot needs a target for a timeline that is no file"),
        (lambda: fervid.report("a", portraits="no"), "portraits takes True or False, not 'no'"),
        (lambda: fervid.report(None), "results takes a path, or several, not None"),
    ],
)
def test_the_arguments_of_functions_for_timelines_are_checked(call: Callable[[], object], message: str) -> None:
    with pytest.raises(fervid.UsageError, match=re.escape(message)):
        call()
