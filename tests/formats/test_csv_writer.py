"""The CSV: every column, every frame, to the letter."""

from __future__ import annotations

import csv
import importlib.util
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from writer_inputs import face, reading

from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.core.readings import FaceReading, FrameReading
from fervid.formats.columns import header
from fervid.formats.context import Context
from fervid.formats.csv import CsvWriter
from fervid.formats.file_output import Atomic
from fervid.formats.output import StandardOutput
from fervid.formats.rows import fixed_point
from fervid.sources.base import SourceInfo

GOLDEN = Path(__file__).parent / "golden"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def write(path: Path, *readings: FrameReading, **options: bool) -> list[dict[str, str]]:
    with CsvWriter(Atomic(path), Context(FERPLUS, **options)) as writer:
        for one in readings:
            writer.append(one)
        writer.finish()
    return rows(path)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.12345, 4, "0.1235"),
        (0.00005, 4, "0.0001"),
        (2.675, 2, "2.67"),
        (-0.04, 1, "0.0"),
        (-0.0, 4, "0.0000"),
        (-0.06, 1, "-0.1"),
        (1e16, 1, "10000000000000000.0"),
    ],
)
def test_numbers_are_rounded_to_the_nearest_and_none_is_minus_zero(value: float, digits: int, text: str) -> None:
    assert fixed_point(value, digits) == text


def test_the_file_is_the_golden_one_to_the_byte(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_timeline", GOLDEN / "make_timeline.py")
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.write(tmp_path / "timeline.csv")
    assert (tmp_path / "timeline.csv").read_bytes() == (GOLDEN / "timeline.csv").read_bytes()


@pytest.mark.parametrize("classes", [FER2013, FERPLUS, CK_PLUS])
def test_the_columns_follow_the_classes(classes: tuple[str, ...]) -> None:
    box = ["x", "y", "width", "height"]
    fixed = ["frame", "time_s", "face_id", *box, "score", "yaw", "pitch", "roll", "quality", "emotion", "confidence"]
    assert header(classes) == [*fixed, *classes, *("raw_" + name for name in classes)]


@pytest.mark.parametrize(
    ("rate", "time_base", "shown"),
    [
        (Fraction(25), Fraction(1, 90_000), "0.123"),
        (Fraction(500), Fraction(1, 90_000), "0.123"),
        (Fraction(960), Fraction(1, 90_000), "0.1235"),
        (None, Fraction(1, 1000), "0.123"),
        (None, Fraction(1, 24_000), "0.12346"),
    ],
)
def test_times_have_the_decimals_that_they_need(
    tmp_path: Path, rate: Fraction | None, time_base: Fraction, shown: str
) -> None:
    info = SourceInfo(Path("clip.mp4"), 96, 64, time_base, rate)
    with CsvWriter(Atomic(tmp_path / "out.csv"), Context(FERPLUS, interval=info.interval)) as writer:
        writer.append(reading(0, 0.123456))
        writer.append(reading(1, 0.123456, "sad"))
        writer.finish()
    assert [row["time_s"] for row in rows(tmp_path / "out.csv")] == [shown, shown]


def test_a_row_says_what_was_read(tmp_path: Path) -> None:
    row = write(tmp_path / "out.csv", reading(7, 0.2802, "sad"))[0]
    assert row["frame"] == "7"
    assert row["time_s"] == "0.280"
    assert row["face_id"] == "1"
    assert [row[name] for name in ("x", "y", "width", "height")] == ["10.0", "12.0", "30.5", "31.2"]
    assert (row["score"], row["emotion"], row["confidence"]) == ("0.7500", "sad", "0.9000")
    assert (row["sad"], row["happy"], row["raw_sad"]) == ("0.9000", "0.0143", "0.1250")


def test_probabilities_still_sum_to_one_but_for_rounding(tmp_path: Path) -> None:
    row = write(tmp_path / "out.csv", reading(0, 0.0, "sad"))[0]
    for prefix in ("", "raw_"):
        assert abs(sum(float(row[prefix + name]) for name in FERPLUS) - 1) <= len(FERPLUS) * 0.00005


def test_a_frame_without_a_face_has_a_row_of_its_own(tmp_path: Path) -> None:
    first, second = write(tmp_path / "out.csv", reading(0, 0.0), reading(1, 0.04, "happy"))
    assert (first.pop("frame"), first.pop("time_s")) == ("0", "0.000")
    assert set(first.values()) == {""}
    assert second["emotion"] == "happy"


def test_it_can_be_left_out(tmp_path: Path) -> None:
    found = write(tmp_path / "out.csv", reading(0, 0.0), reading(1, 0.04, "happy"), empty=False)
    assert [row["frame"] for row in found] == ["1"]


def test_a_frame_that_was_not_analysed_has_none(tmp_path: Path) -> None:
    found = write(
        tmp_path / "out.csv", reading(0, 0.0, "sad"), reading(1, 0.04, "sad", analysed=False), reading(2, 0.08)
    )
    assert [row["frame"] for row in found] == ["0", "2"]


def test_a_video_without_a_frame_still_has_a_header(tmp_path: Path) -> None:
    assert write(tmp_path / "out.csv") == []
    assert (tmp_path / "out.csv").read_text().startswith("frame,time_s,")


def test_lines_end_and_text_is_encoded_as_the_standard_has_it(tmp_path: Path) -> None:
    classes = ("überrascht, sehr", 'a "quoted" one')
    shares = np.array([0.75, 0.25], np.float32)
    odd = FaceReading(0, 0.0, 1, face().box, 0.5, classes, shares, shares)
    with CsvWriter(Atomic(tmp_path / "out.csv"), Context(classes)) as writer:
        writer.append(FrameReading(0, 0.0, (odd,)))
        writer.finish()
    content = (tmp_path / "out.csv").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n") == 2
    assert not content.startswith(b"\xef\xbb\xbf")
    assert '"überrascht, sehr","a ""quoted"" one"'.encode() in content
    assert rows(tmp_path / "out.csv")[0]["emotion"] == "überrascht, sehr"


def test_nothing_is_held_back_in_memory(tmp_path: Path) -> None:
    with CsvWriter(Atomic(tmp_path / "out.csv"), Context(FERPLUS)) as writer:
        for index in range(1000):
            writer.append(reading(index, index * 0.04, "happy"))
        (part,) = tmp_path.iterdir()
        assert part.stat().st_size > 100_000


def test_a_full_disk_is_one_clear_line() -> None:
    script = STREAMING.format(count=2)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert (
        b"OutputError: standard output cannot be written: the disk is full; free some space, or write to another disk"
        in done.stderr
    )


STREAMING = """
from fervid.core.emotions import FERPLUS
from fervid.core.readings import FrameReading
from fervid.formats.context import Context
from fervid.formats.csv import CsvWriter
from fervid.formats.output import StandardOutput
from fervid.formats.rows import fixed_point
with CsvWriter(StandardOutput(), Context(FERPLUS)) as writer:
    for index in range({count}):
        writer.append(FrameReading(index, index / 25, ()))
    assert writer.finish() is None
print("and on", flush=True)
"""


def test_standard_output_takes_the_same_bytes_and_stays_open() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STREAMING.format(count=2)], capture_output=True, timeout=60, check=True
    )
    lines = done.stdout.split(b"\r\n")
    assert lines[0].startswith(b"frame,time_s,face_id")
    assert lines[1].startswith(b"0,0.000,,")
    assert lines[2].startswith(b"1,0.040,,")
    assert lines[3].strip() == b"and on"


def test_standard_output_is_silent_until_there_is_a_frame(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    with CsvWriter(StandardOutput(), Context(FERPLUS)) as writer:
        assert writer.target is None
    assert capsysbinary.readouterr().out == b""


def test_a_reader_who_leaves_raises_broken_pipe() -> None:
    script = STREAMING.format(count=100_000)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"frame,")
        process.stdout.close()
        assert b"BrokenPipeError" in process.stderr.read()


def test_ctrl_c_while_a_result_gets_its_name_waits_until_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "clip.csv", reading(0, 0.0, "happy"))
    assert [row["emotion"] for row in rows(tmp_path / "clip.csv")] == ["happy"]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.csv"]
