"""Timelines are converted frame by frame, however long they are."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from support.drawn_timelines import face, save

from fervid import FrameReading, Timeline, formats
from fervid.formats import parquet
from fervid.run.timeline_batch import TimelineBatch

SHORT, LONG = 100, 700


def calm_timeline(path: Path, length: int) -> Path:
    """Write a timeline of one face that shows the same all the time, so that it has one segment."""
    return save(path, tuple(FrameReading(n, n / 25, (face(n, n / 25),)) for n in range(length)))


def convert(source: Path, folder: Path, forms: Sequence[str]) -> None:
    """Convert a timeline to several formats at once."""
    for outcome in TimelineBatch([str(source)], forms, output=f"{folder}/"):
        assert (outcome.error, len(outcome.written)) == (None, len(forms))


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_memory_does_not_grow_with_the_length_of_a_timeline(
    suffix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", SHORT)  # so many rows wait to be written together
    monkeypatch.setattr(parquet, "_BATCH_ROWS", SHORT)
    peaks = {}
    for length in (SHORT, SHORT, LONG):  # the first one loads what is needed by all
        source = calm_timeline(tmp_path / f"in{len(peaks)}{suffix}", length)
        tracemalloc.start()
        convert(source, tmp_path / f"{len(peaks)}", ("csv", "jsonl", "parquet", "elan"))
        peaks[len(peaks)] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[2] < peaks[1] + 200_000, "readings of 0.8 kB each are kept"


def test_all_formats_are_those_that_a_timeline_in_memory_saves(tmp_path: Path) -> None:
    source = calm_timeline(tmp_path / "talk.csv", SHORT)
    convert(source, tmp_path / "made", formats.names(*formats.OF_READINGS))
    for form in formats.of_kind(*formats.OF_READINGS):
        Timeline.load(source).save(tmp_path / f"saved{form.suffix}")
        assert (tmp_path / f"made/talk{form.suffix}").read_bytes() == (tmp_path / f"saved{form.suffix}").read_bytes()


def test_a_line_that_is_damaged_leaves_no_result(tmp_path: Path) -> None:
    source = calm_timeline(tmp_path / "talk.csv", SHORT)
    source.write_text(source.read_text().replace("3.960", "late"))
    (outcome,) = TimelineBatch([str(source)], ("csv", "elan"), output=f"{tmp_path}/made/")
    assert "line 101: time_s must be a number, not 'late'" in str(outcome.error)
    assert list((tmp_path / "made").iterdir()) == []


def test_a_target_that_exists_stops_all_formats_of_its_timeline(tmp_path: Path) -> None:
    source = calm_timeline(tmp_path / "talk.csv", SHORT)
    (tmp_path / "made").mkdir()
    (tmp_path / "made/talk.eaf").write_text("mine")
    (outcome,) = TimelineBatch([str(source)], ("jsonl", "elan"), output=f"{tmp_path}/made/")
    assert "exists already" in str(outcome.error)
    assert [path.name for path in (tmp_path / "made").iterdir()] == ["talk.eaf"]


def test_the_largest_numbers_that_are_read_fit_into_every_format(tmp_path: Path) -> None:
    last, late = 2**53, 1e10
    source = save(tmp_path / "talk.csv", (FrameReading(last, late, (replace(face(last, late), face_id=2**31 - 1),)),))
    convert(source, tmp_path / "made", formats.names(*formats.OF_READINGS))
    (reading,) = Timeline.load(tmp_path / "made/talk.parquet").readings
    assert (reading.frame, reading.time, reading.face_id) == (last, late, 2**31 - 1)
