"""Recordings in place: usable at every moment, with real times."""

from __future__ import annotations

import csv
import itertools
import subprocess
import sys
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
from fervid.formats.base import Writer
from fervid.formats.context import Context
from fervid.formats.csv import CsvWriter
from fervid.formats.file_output import Atomic, InPlace
from fervid.formats.fragments import cut_torn_end

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


def test_a_timeline_without_a_frame_is_removed_with_its_sidecar(tmp_path: Path) -> None:
    context = Context(FERPLUS, provenance={"fervid": "1"})
    with formats.create(tmp_path / "a.csv", context, "timeline", output=InPlace) as writer:
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.json"]
        assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("frame,time_s,")
    assert list(tmp_path.iterdir()) == []
    with formats.create(tmp_path / "a.csv", context, "timeline", output=InPlace) as writer:
        writer.write(picture(0, 0.0), reading(0, 0.0, "happy"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.json"]


def test_what_is_written_plays_at_every_moment_up_to_the_last_second(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with recording(path) as writer:
        for index in range(60):
            writer.write(picture(index, index / 15), reading(index, index / 15, "happy"))
            if index in (20, 40, 59):
                assert times(path)[-1] > index / 15 - 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
@pytest.mark.parametrize("limit", [90_000, 150_000, 200_001])
def test_a_recording_ends_with_a_whole_fragment_where_the_disk_became_full(limit: int, tmp_path: Path) -> None:
    target = tmp_path / "a.mp4"
    paths = [str(parent) for parent in Path(__file__).parents[:2]]
    command = [sys.executable, "-c", FULL_DISK, str(target), str(limit), *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == f"'{target}' cannot be written: file too large\n"
    assert times(target)
    assert target.stat().st_size < limit


FULL_DISK = """
import sys
from fractions import Fraction
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from support.full_disk import largest_file
from writer_inputs import FERPLUS, noisy_frames, reading
from fervid import formats
from fervid.errors import OutputError
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
target = Path(sys.argv[1])
formats.by_suffix(target).module
try:
    with largest_file(int(sys.argv[2])), formats.create(target, Context(FERPLUS), "video", output=InPlace) as writer:
        for frame in noisy_frames(120):
            writer.write(frame, reading(frame.index, frame.time, "happy"))
        writer.finish()
except OutputError as error:
    print(error.problem)
"""


def test_a_recording_without_a_whole_fragment_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with recording(path) as writer:
        record(writer, [index / 15 for index in range(20)])
        writer.finish()
    content = path.read_bytes()
    first = content.index(b"mdat") - 4
    for end, left in ((first + 10, 0), (first - 20, 0), (len(content) - 1, len(content) - 1)):
        path.write_bytes(content[:end])
        cut_torn_end(path)
        assert (path.stat().st_size > 0) == (left > 0)
    cut_torn_end(path)
    assert times(path)


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
