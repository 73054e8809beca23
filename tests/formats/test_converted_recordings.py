"""A live timeline that is converted fits the video that was recorded with it, and links it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import webvtt
from pympi import Eaf
from support.drawn_timelines import CLASSES, face, frames
from support.live_recordings import record_live
from test_segment_formats import boris_rows

import fervid
from fervid import FaceReading, Marker, Timeline
from fervid.core.markers import markers_path
from fervid.formats.live_video import parse_begin
from fervid.formats.marker_files import markers_table

BEGIN = 76.0
SEVERAL = {"input": "camera 0", "started": "2026-11-26T18:30:05.250Z", "fervid": "0.2.0"}


@pytest.fixture(params=[{}, SEVERAL], ids=["one source", "several sources"])
def talk(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A timeline that was recorded live with its video, with a marker before it and one after half a second."""
    record_live(tmp_path / "talk.mp4", BEGIN, **request.param)
    markers = (Marker(1, BEGIN - 1, "too early"), Marker(2, BEGIN + 0.5, "go"))
    markers_path(tmp_path / "talk.csv").write_bytes(markers_table(markers))
    return tmp_path / "talk.csv"


def test_files_for_players_count_from_the_beginning_of_the_video(talk: Path) -> None:
    made = fervid.convert(talk, f"{talk.parent}/made/", formats=["webvtt", "elan", "praat", "boris"])
    captions, tiers, grid, events = made
    (only,) = webvtt.read(str(captions))
    assert (only.start_in_seconds, only.end_in_seconds) == (0, 2)
    eaf = Eaf(str(tiers))
    assert eaf.get_annotation_data_for_tier("face 1") == [(0, 2000, "happy")]
    assert [begin for begin, _, _ in eaf.get_annotation_data_for_tier("markers")] == [500]
    (media,) = eaf.get_linked_files()
    assert (media["MEDIA_URL"], media["RELATIVE_MEDIA_URL"]) == (talk.with_suffix(".mp4").as_uri(), "../talk.mp4")
    assert "xmax = 2" in grid.read_text()
    header, *rows = boris_rows(events.read_bytes())
    assert [float(row[header.index("time")]) for row in rows] == [0, 0.5, 2]


def test_timelines_keep_the_clock_of_the_source_and_say_where_it_began(talk: Path) -> None:
    again, lines, stretches = fervid.convert(talk, f"{talk.parent}/made/", formats=["csv", "jsonl", "segments"])
    assert again.read_bytes() == talk.read_bytes()
    for file in (again, lines):
        assert [frame.time for frame in Timeline.load(file).frames] == [BEGIN + at / 25 for at in range(50)]
    assert [marker.time for marker in Timeline.load(again).markers] == [BEGIN - 1, BEGIN + 0.5]
    assert stretches.read_text().splitlines()[1].split(",")[2:4] == ["76.000", "78.000"]
    if (facts := Timeline.load(talk).provenance) is not None:
        assert json.loads(Path(f"{again}.json").read_text())["started"] == facts["started"]


def happy(frame: int, time: float) -> tuple[FaceReading, ...]:
    return (face(frame, time),)


def test_segments_before_the_video_are_left_out_and_one_that_lasts_into_it_is_cut(tmp_path: Path) -> None:
    """As where a program records a timeline, and later a video of the same name."""
    record_live(tmp_path / "talk.mp4", BEGIN)
    for begin, expected in ((BEGIN - 10, []), (BEGIN - 1, [(0, 1000, "happy")])):
        Timeline(CLASSES, frames(2, 25, happy, begin=begin), SEVERAL).save(tmp_path / "talk.csv", overwrite=True)
        (made,) = fervid.convert(tmp_path / "talk.csv", tmp_path / "talk.eaf", overwrite=True)
        eaf = Eaf(str(made))
        assert [each for tier in eaf.get_tier_names() for each in eaf.get_annotation_data_for_tier(tier)] == expected


@pytest.mark.parametrize("facts", [None, {"input": "talk.mp4", "fervid": "0.2.0"}], ids=["no sidecar", "sidecar"])
def test_a_timeline_that_was_read_from_the_recorded_video_keeps_its_times(
    facts: dict[str, str] | None, tmp_path: Path
) -> None:
    record_live(tmp_path / "talk.mp4", BEGIN)
    Timeline(CLASSES, frames(2, 25), facts).save(tmp_path / "talk.csv", overwrite=True)
    (made,) = fervid.convert(tmp_path / "talk.csv", tmp_path / "talk.eaf")
    assert Eaf(str(made)).get_annotation_data_for_tier("face 1") == [(0, 2000, "happy")]


@pytest.mark.parametrize("content", [b"", b"no video"])
def test_a_file_that_is_no_recording_changes_no_time(content: bytes, talk: Path) -> None:
    talk.with_suffix(".mp4").write_bytes(content)
    (made,) = fervid.convert(talk, talk.with_suffix(".eaf"))
    eaf = Eaf(str(made))
    assert eaf.get_annotation_data_for_tier("face 1") == [(76_000, 78_000, "happy")]
    assert eaf.get_linked_files() == []


@pytest.mark.parametrize(
    ("tag", "begin"), [(None, None), ("soon", None), ("-1.0", None), ("0.000000", 0.0), ("0.040000", 0.04)]
)
def test_a_recording_begins_where_its_tag_says(tag: str | None, begin: float | None) -> None:
    """Other videos have no tag, or one that another program wrote."""
    assert parse_begin(tag) == begin
