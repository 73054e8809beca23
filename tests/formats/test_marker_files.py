"""The file of the markers beside a recording, which other programs may write too."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from support.full_disk import largest_file

from fervid.core.markers import LONGEST_SOURCE, Marker, markers_path
from fervid.errors import OutputError, SourceError
from fervid.formats.context import DIALECTS
from fervid.formats.marker_files import MarkerFile, markers_table, read_markers

PLACED = datetime(2026, 11, 26, 19, 30, 5, 250_000, timezone(timedelta(hours=1)))

MARKERS = (
    Marker(1, 0.25, "begin", PLACED, "window", 7),
    Marker(2, 3.0, 'a "name", with; everything', None, "=http", None),
    Marker(4, 4.125, "=1+1", PLACED, "python", 120),
)


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    return tmp_path / "talk.csv"


def test_a_marker_is_in_the_file_as_soon_as_it_is_written(talk: Path) -> None:
    file = MarkerFile(talk)
    assert not markers_path(talk).exists(), "no marker, no file"
    for number, marker in enumerate(MARKERS, start=1):
        file.write(marker)
        assert read_markers(talk) == MARKERS[:number]
    assert file.close() == talk.with_name("talk.csv.markers.csv")
    assert markers_path(talk).read_bytes() == (
        b"number,time_s,name,placed,source,frame\r\n"
        b"1,0.250,begin,2026-11-26T19:30:05.250+01:00,window,7\r\n"
        b'2,3.000,"a ""name"", with; everything",,\'=http,\r\n'
        b"4,4.125,'=1+1,2026-11-26T19:30:05.250+01:00,python,120\r\n"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_markers_come_back_from_every_dialect(dialect: str, talk: Path) -> None:
    markers_path(talk).write_bytes(markers_table(MARKERS, dialect))
    assert read_markers(talk) == MARKERS


def test_excel_opens_them_by_a_double_click() -> None:
    mark, header, first = "\ufeff", "number;time_s;name;placed;source;frame", "1;0,250;begin;"
    assert markers_table(MARKERS, "excel").startswith(f"{mark}{header}\r\n{first}".encode())


def test_a_table_of_another_program_needs_times_and_names_alone(talk: Path) -> None:
    markers_path(talk).write_text("trial,name,time_s\n3,stop,7.5\n2,,2\n1,go,0.5\n")
    assert read_markers(talk) == (Marker(3, 0.5, "go"), Marker(2, 2.0, "marker 2"), Marker(1, 7.5, "stop"))
    markers_path(talk).write_text("time_s,name,source\n2\n3,go," + "x" * 999)
    assert read_markers(talk) == (
        Marker(1, 2.0, "marker 1"),
        Marker(2, 3.0, "go", source="x" * (LONGEST_SOURCE - 1) + "…"),
    )


def test_a_time_of_day_may_end_in_z(talk: Path) -> None:
    markers_path(talk).write_text("time_s,name,placed\n1,go,2026-11-26T18:30:05.250Z\n")
    assert read_markers(talk)[0].placed == PLACED


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("time,name\n1,go\n", r"line 1: the file does not begin with a header that names time_s and name"),
        ("time_s,name\n1,go\nsoon,stop\n", r"line 3: time_s must be a number, not 'soon'"),
        ("time_s,name\nnan,go\n", r"line 2: time_s must be a number"),
        ("name,time_s\ngo\n", r"line 2: time_s must be a number, not ''"),
        ("time_s\n1\n", r"line 1: the file does not begin with a header that names time_s and name"),
        ("time_s,name,number\n1,go,first\n", r"line 2: number must be a whole number from 1, not 'first'"),
        ("time_s,name,frame\n1,go,-1\n", r"line 2: frame must be a whole number from 0"),
        ("time_s,name,placed\n1,go,today\n", r"line 2: placed must be a time of day"),
        ('time_s,name\n1,"go\n', r"line 2: "),
        ("time_s,name\n" + "1,go\n" * 10_001, r"there are more than 10000 markers"),
    ],
)
def test_a_malformed_table_names_its_line(content: str, problem: str, talk: Path) -> None:
    markers_path(talk).write_text(content)
    with pytest.raises(SourceError, match=problem) as raised:
        read_markers(talk)
    assert "talk.csv.markers.csv" in raised.value.problem
    assert raised.value.remedy == "correct the file, or rename it to leave its markers out"


def test_a_table_that_is_no_text_is_named(talk: Path) -> None:
    markers_path(talk).write_bytes(b"\xff\xfe")
    with pytest.raises(SourceError, match=r"talk\.csv\.markers\.csv' is not UTF-8 text; correct the file"):
        read_markers(talk)


def test_markers_of_an_earlier_recording_are_never_taken_for_those_of_a_new_one(talk: Path) -> None:
    markers_path(talk).write_bytes(markers_table(MARKERS))
    with pytest.raises(OutputError, match=r"talk\.csv\.markers\.csv' exists already") as raised:
        MarkerFile.check(talk, overwrite=False)
    assert raised.value.remedy == "replace it with overwrite=True, or choose another name for the recording"
    MarkerFile.check(talk, overwrite=True)
    assert read_markers(talk) == ()
    MarkerFile.check(talk, overwrite=False)


def test_where_the_recording_is_replaced_its_markers_are_removed(talk: Path) -> None:
    talk.touch()
    markers_path(talk).write_bytes(markers_table(MARKERS))
    MarkerFile.check(talk, overwrite=False)  # that the recording exists is reported elsewhere
    assert read_markers(talk) == MARKERS
    MarkerFile.check(talk, overwrite=True)
    assert read_markers(talk) == ()


def test_a_file_without_a_recording_is_removed(talk: Path) -> None:
    file = MarkerFile(talk)
    assert file.close() is None
    file.discard()
    file.write(MARKERS[0])
    file.discard()
    assert not markers_path(talk).exists()


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files, as Unix can")
def test_a_marker_that_does_not_fit_on_the_disk_is_an_error_and_written_when_there_is_room(talk: Path) -> None:
    file = MarkerFile(talk)
    file.write(MARKERS[0])
    with largest_file(120), pytest.raises(OutputError, match="cannot be written"):
        file.write(MARKERS[1])
    assert read_markers(talk) == MARKERS[:1], "whole rows alone"
    file.write(MARKERS[2])
    file.close()
    assert read_markers(talk) == MARKERS
