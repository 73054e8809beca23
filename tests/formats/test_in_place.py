"""Recordings in place: usable at every moment, with real times."""

from __future__ import annotations

import csv
import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from writer_inputs import flat, frames, reading

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.core.readings import Frame
from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.formats.base import Context, Writer
from fervid.formats.csv import CsvWriter
from fervid.formats.file_output import Atomic, InPlace

MICROSECOND = Fraction(1, 1_000_000)


def picture(index: int, time: float, size: tuple[int, int] = (96, 64)) -> Frame:
    return Frame(flat((40 + index, 60, 80), size), index, round(time / MICROSECOND), MICROSECOND)


def times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def recording(target: Path, painter: Painter | None = None) -> Writer:
    """The writer of a recorded video."""
    return formats.create(target, Context(FERPLUS, painter=painter), "video", output=InPlace)


def record(writer: Writer, at: list[float]) -> None:
    for index, time in enumerate(at):
        writer.write(picture(index, time), reading(index, time, "happy"))


def test_every_frame_keeps_its_time_from_the_first_one_recorded_and_gaps_stay_gaps(tmp_path: Path) -> None:
    at = [5.0, 5.017, 5.05, 5.083, 9.5, 9.533]
    with recording(tmp_path / "a.mp4") as writer:
        record(writer, at)
        assert writer.finish() == tmp_path / "a.mp4"
    assert times(tmp_path / "a.mp4") == pytest.approx([time - 5.0 for time in at])


def test_what_is_written_plays_at_every_moment_up_to_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with recording(path) as writer:
        for index in range(60):
            writer.write(picture(index, index / 15), reading(index, index / 15, "happy"))
            if index in (20, 40, 59):
                assert times(path)[-1] > index / 15 - 1


def test_a_key_picture_comes_every_two_seconds_whatever_the_rate(tmp_path: Path) -> None:
    with recording(tmp_path / "a.mp4") as writer:
        record(writer, [index / 5 for index in range(40)])
        writer.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        keys = [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.is_keyframe]
    assert keys == [0, 2, 4, 6]


@pytest.mark.parametrize("annotated", [True, False])
def test_it_is_annotated_or_clean_and_leaves_the_frame_alone(tmp_path: Path, annotated: bool) -> None:
    grey = np.full((240, 320, 3), 128, np.uint8)
    frame, before = Frame(grey, 0, 0, MICROSECOND), grey.copy()
    with recording(tmp_path / "a.mp4", painter=Painter() if annotated else None) as writer:
        writer.write(frame, reading(0, 0.0, "happy"))
        writer.finish()
    np.testing.assert_array_equal(grey, before)
    with av.open(str(tmp_path / "a.mp4")) as container:
        image = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert (image.std() > 5) == annotated


def test_frames_of_another_size_are_fitted_into_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with recording(tmp_path / "a.mp4") as writer:
        for index, size in enumerate([(96, 64), (128, 128), (33, 21)]):
            writer.write(picture(index, index / 30, size), reading(index, index / 30, "happy"))
        writer.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert [(frame.width, frame.height) for frame in container.decode(video=0)] == [(96, 64)] * 3
    assert len(caplog.records) == 1


def test_odd_sizes_are_kept(tmp_path: Path) -> None:
    with recording(tmp_path / "a.mp4") as writer:
        writer.write(picture(0, 0.0, (97, 65)), reading(0, 0.0, "happy"))
        writer.finish()
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (97, 65)


def test_the_timeline_is_the_same_as_that_of_a_file(tmp_path: Path) -> None:
    for output in (InPlace, Atomic):
        with formats.create(tmp_path / f"{output.__name__}.csv", Context(FERPLUS), output=output) as writer:
            for frame in frames(5):
                writer.write(frame, reading(frame.index, frame.time, "happy"))
            writer.finish()
    assert (tmp_path / "InPlace.csv").read_bytes() == (tmp_path / "Atomic.csv").read_bytes()


def test_rows_are_on_the_disk_a_second_later(tmp_path: Path) -> None:
    path, seconds = tmp_path / "a.csv", itertools.count(0.0, 0.125)
    with CsvWriter(InPlace(path, now=lambda: next(seconds)), Context(FERPLUS)) as writer:
        for index in range(40):
            writer.write(picture(index, index / 8), reading(index, index / 8, "happy"))
            with path.open(newline="") as stream:
                assert len(list(csv.reader(stream))) > index - 9


def test_a_timeline_has_its_header_from_the_beginning(tmp_path: Path) -> None:
    with formats.create(tmp_path / "a.csv", Context(FERPLUS), output=InPlace):
        assert (tmp_path / "a.csv").read_text().startswith("frame,time_s,")


def test_a_video_without_a_frame_leaves_none(tmp_path: Path) -> None:
    with recording(tmp_path / "a.mp4") as writer:
        assert writer.finish() is None
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_mp4(tmp_path: Path) -> None:
    with pytest.raises(
        OutputError, match=r"'.*a\.mkv' does not have the suffix of a video that can be recorded live; use \.mp4$"
    ):
        recording(tmp_path / "a.mkv")
