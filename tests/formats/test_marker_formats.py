"""Markers in every format: beside a timeline, within its segments, and read by other people's readers."""

from __future__ import annotations

import csv
from datetime import datetime, timezone
from pathlib import Path

import av
import pytest
from praatio import textgrid
from pympi import Eaf
from support.drawn_timelines import CLASSES, frames
from test_segment_formats import boris_rows
from writer_inputs import clip, info
from writer_inputs import frames as frames_of_video

import fervid
from fervid import FrameReading, Timeline, formats
from fervid.core.emotions import FERPLUS
from fervid.core.markers import Marker, markers_path
from fervid.core.readings import Frame
from fervid.errors import OutputError
from fervid.formats.context import Context
from fervid.formats.marker_files import read_markers

ODD = 'a "b" & <c>, or; d'

MARKERS = (
    Marker(1, -0.5, "too early"),
    Marker(2, 0.0, "begin", datetime(2026, 11, 26, 19, 30, 5, 250_000, timezone.utc), "window", 0),
    Marker(3, 1.25, ODD),
    Marker(4, 1.25, "=1"),
    Marker(5, 1.275, "soon after"),
    Marker(6, 4.5, "after the end"),
)

SHOWN = ((0.0, "begin"), (1.25, f"{ODD}; =1"), (1.275, "soon after"), (4.5, "after the end"))
"""The markers in formats in which no two have the same time."""


@pytest.fixture
def talk() -> Timeline:
    return Timeline(CLASSES, frames(4), markers=MARKERS)


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_they_lie_beside_a_timeline_and_come_back_with_it(suffix: str, talk: Timeline, tmp_path: Path) -> None:
    path = tmp_path / f"talk{suffix}"
    talk.save(path)
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f"{path.name}.markers.csv"}
    assert Timeline.load(path).markers == MARKERS


def test_they_do_not_change_a_timeline(talk: Timeline, tmp_path: Path) -> None:
    talk.save(tmp_path / "with.csv")
    Timeline(CLASSES, talk.frames).save(tmp_path / "without.csv")
    assert (tmp_path / "with.csv").read_bytes() == (tmp_path / "without.csv").read_bytes()
    assert not markers_path(tmp_path / "without.csv").exists()


def test_convert_takes_them_along_in_the_dialect_of_the_timeline(talk: Timeline, tmp_path: Path) -> None:
    talk.save(tmp_path / "talk.csv")
    fervid.convert(tmp_path / "talk.csv", tmp_path / "new.csv", csv_dialect="excel")
    assert markers_path(tmp_path / "new.csv").read_bytes().startswith(b"\xef\xbb\xbfnumber;time_s;name;")
    assert read_markers(tmp_path / "new.csv") == MARKERS


def test_a_folder_of_timelines_holds_none_that_is_made_of_markers(talk: Timeline, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    talk.save(tmp_path / "in" / "talk.csv")
    written = fervid.convert(tmp_path / "in", f"{tmp_path}/out/", formats="jsonl")
    assert [path.name for path in written] == ["talk.jsonl"]
    assert read_markers(written[0]) == MARKERS


def test_markers_that_lie_there_are_replaced_only_where_that_is_wanted(talk: Timeline, tmp_path: Path) -> None:
    own = markers_path(tmp_path / "talk.csv")
    own.write_text("time_s,name\n1,mine\n")
    with pytest.raises(
        OutputError, match=r"talk\.csv\.markers\.csv' exists already; replace it with overwrite=True, or"
    ):
        talk.save(tmp_path / "talk.csv")
    assert list(tmp_path.iterdir()) == [own]
    Timeline(CLASSES, talk.frames).save(tmp_path / "talk.csv")
    assert [marker.name for marker in Timeline.load(tmp_path / "talk.csv").markers] == ["mine"]
    talk.save(tmp_path / "talk.csv", overwrite=True)
    assert Timeline.load(tmp_path / "talk.csv").markers == MARKERS


def test_segments_have_a_row_for_each_and_a_column_for_their_names(talk: Timeline, tmp_path: Path) -> None:
    talk.save(tmp_path / "talk.segments.csv")
    with (tmp_path / "talk.segments.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    segments, markers = [row for row in rows if row["face_id"]], [row for row in rows if not row["face_id"]]
    assert [row["emotion"] for row in segments] == ["happy", "sad"]
    assert {row["marker"] for row in segments} == {""}
    assert [(float(row["start_s"]), float(row["end_s"]), row["marker"]) for row in markers] == [
        (marker.time, marker.time, "'=1" if marker.name == "=1" else marker.name) for marker in MARKERS
    ]
    assert {row[name] for row in markers for name in ("emotion", "mean_probability", "frames")} == {""}
    assert "marker" not in Timeline(CLASSES, talk.frames).encode("segments").decode()


def test_pympi_reads_a_tier_of_them_that_elan_can_show(talk: Timeline, tmp_path: Path) -> None:
    talk.save(tmp_path / "talk.eaf")
    file = Eaf(str(tmp_path / "talk.eaf"))
    assert set(file.get_tier_names()) == {"face 1", "markers"}
    assert sorted(file.get_annotation_data_for_tier("markers")) == [
        (0, 100, "begin"),
        (1250, 1275, f"{ODD}; =1"),
        (1275, 1375, "soon after"),
        (4500, 4600, "after the end"),
    ]


def test_praatio_reads_a_point_tier_of_them(talk: Timeline, tmp_path: Path) -> None:
    talk.save(tmp_path / "talk.textgrid")
    grid = textgrid.openTextgrid(str(tmp_path / "talk.textgrid"), includeEmptyIntervals=True, reportingMode="error")
    assert grid.tierNames == ("face 1", "markers")
    points = grid.getTier("markers").entries
    assert (
        tuple((point.time, point.label.replace('""', '"')) for point in points) == SHOWN
    )  # praatio leaves quotes double
    assert grid.maxTimestamp == 4.5


def test_boris_gets_each_as_a_point_event(talk: Timeline) -> None:
    _, *events = boris_rows(talk.encode("boris"))
    assert [float(event[0]) for event in events] == sorted(float(event[0]) for event in events)
    found = [(float(time), comment) for time, subject, code, _, comment in events if (subject, code) == ("", "marker")]
    assert sorted(found) == sorted((marker.time, marker.name) for marker in MARKERS[1:])


@pytest.mark.parametrize("name", formats.names("segments"))
def test_a_recording_without_markers_has_no_trace_of_them(name: str, talk: Timeline) -> None:
    assert b"marker" not in Timeline(CLASSES, talk.frames).encode(name)


def test_captions_have_none(talk: Timeline) -> None:
    for name in ("webvtt", "srt"):
        assert talk.encode(name) == Timeline(CLASSES, talk.frames).encode(name)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_they_are_chapters_of_an_annotated_video(suffix: str, tmp_path: Path) -> None:
    markers = (Marker(1, 0.75, "early"), Marker(2, 1.2, ODD), Marker(3, 1.2, "too"), Marker(4, 1.6, "stop"))
    later = [Frame(each.content, each.index, each.pts + 1000, each.time_base) for each in frames_of_video(25)]
    for name, own in (("with", markers), ("without", ())):
        known = info(start=1.0, starts_late=True)
        context = Context(FERPLUS, source=known, markers=(*own, Marker(5, 9.0, "after the end"))[: 5 * len(own)])
        with formats.create(tmp_path / f"{name}{suffix}", context, "video") as writer:
            for frame in later:
                writer.write(frame, FrameReading(frame.index, frame.time, ()))
            writer.finish()
    with av.open(str(tmp_path / f"with{suffix}")) as video:
        assert [
            (
                float(each["start"] * each["time_base"]),
                float(each["end"] * each["time_base"]),
                each["metadata"]["title"],
            )
            for each in video.chapters()
        ] == [(0.0, 0.2, "beginning"), (0.2, 0.6, f"{ODD}; too"), (0.6, 1.0, "stop")]
        assert len(list(video.decode(video=0))) == 25
    with av.open(str(tmp_path / f"without{suffix}")) as video:
        assert video.chapters() == []
        assert [stream.type for stream in video.streams] == ["video"]


def test_those_of_a_video_go_into_all_that_is_made_of_it(tmp_path: Path) -> None:
    video = clip(tmp_path / "talk.mp4", range(0, 400, 40))
    markers_path(video).write_text("time_s,name\n0.2,go\n")
    fervid.timeline(video, tmp_path / "talk.csv", formats=["csv", "praat"], detector="haar")
    assert Timeline.load(tmp_path / "talk.csv").markers == (Marker(1, 0.2, "go"),)
    assert 'mark = "go"' in (tmp_path / "talk.textgrid").read_text()
