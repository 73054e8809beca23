"""The command ``fervid convert``: timelines in other formats, without the videos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fervid import Timeline, formats
from fervid.cli import run
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading

CLASSES = ("happy", "sad")


def face(index: int, number: int, happy: float) -> FaceReading:
    shares = np.array([happy, 1 - happy], np.float32)
    return FaceReading(index, index / 25, number, Box(1, 2, 30, 40), 0.9, CLASSES, shares, shares)


TIMELINE = Timeline(
    CLASSES,
    (
        FrameReading(0, 0.0, (face(0, 1, 0.75), face(0, 2, 0.25))),
        FrameReading(1, 0.04, ()),
        FrameReading(2, 0.08, (face(2, 1, 0.75),)),
    ),
)


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with the timelines of two participants."""
    monkeypatch.chdir(tmp_path)
    for name in ("P01", "P02"):
        (tmp_path / "study" / name).mkdir(parents=True)
        TIMELINE.save(tmp_path / "study" / name / "talk.csv")
    return tmp_path


def rows(path: str) -> int:
    return len(Path(path).read_text().splitlines()) - 1


@pytest.mark.parametrize("form", formats.of_kind(*formats.OF_READINGS), ids=lambda form: form.name)
def test_the_suffix_of_the_output_decides_the_format(form: formats.Format) -> None:
    name = f"new{form.suffix}"
    assert run(["convert", "study/P01/talk.csv", "-o", name]) == 0
    TIMELINE.save(f"saved{form.suffix}")
    assert Path(name).read_bytes() == Path(f"saved{form.suffix}").read_bytes()


@pytest.mark.parametrize("form", formats.of_kind(*formats.OF_READINGS), ids=lambda form: form.name)
def test_a_folder_of_results_keeps_its_folders(form: formats.Format) -> None:
    command = ["convert", "study/", "--recursive", "--format", form.name, "-o", "made/"]
    assert run(command) == 0
    made = sorted(path.relative_to("made").as_posix() for path in Path("made").rglob("*.*"))
    assert made == [f"P01/talk{form.suffix}", f"P02/talk{form.suffix}"]


def test_frames_without_a_face_may_be_left_out() -> None:
    assert run(["convert", "study/P01/talk.csv", "-o", "all.csv"]) == 0
    assert run(["convert", "study/P01/talk.csv", "-o", "faces.csv", "--no-empty"]) == 0
    assert (rows("all.csv"), rows("faces.csv")) == (4, 3)


def test_standard_output_gets_the_format_that_is_named(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["convert", "study/P01/talk.csv", "-o", "-", "--format", "csv"]) == 0
    assert capsysbinary.readouterr().out == Path("study/P01/talk.csv").read_bytes()


def test_files_that_hold_no_timeline_are_passed_over_in_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    Path("study/P01/scores.csv").write_text("participant,score\n1,2\n")
    Path("study/P01/notes.txt").write_text("mine")
    assert run(["convert", "study/P01", "--format", "csv", "-o", "made/"]) == 0
    assert [path.name for path in Path("made").iterdir()] == ["talk.csv"]
    assert "2 files that are no timelines are passed over: notes.txt, scores.csv" in capsys.readouterr().err


def test_a_timeline_that_is_damaged_stops_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    damaged = Path("study/P01/talk.csv")
    damaged.write_text(damaged.read_text().replace("0.9000", "often", 1))
    assert run(["convert", "study/", "--recursive", "--format", "csv", "-o", "made/"]) == 1
    assert [path.as_posix() for path in Path("made").rglob("*.*")] == ["made/P02/talk.csv"]
    assert "'study/P01/talk.csv', line 2: score must be a number, not 'often'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["study/P01/talk.csv"], "no format is named; name a file with -o, or one of these with --format: csv"),
        (["study/P01/talk.csv", "-o", "-"], "no format is named"),
        (["study/P01/talk.csv", "-o", "talk.pdf"], "'talk.pdf' does not have the suffix of a"),
        (["study/P01/talk.csv", "-o", "talk.csv", "--format", "tsv"], "'tsv' is not"),
        (["study/P01/none.csv", "-o", "talk.csv"], "'study/P01/none.csv' does not exist"),
        (["study/", "--recursive", "-o", "talk.csv"], "-o 'talk.csv' names one file for 2 inputs"),
        (["study/P01/talk.csv", "-o", "study/P01/talk.csv", "--overwrite"], "is an input of this run"),
        (["study/P01/talk.csv", "-o", "study/P02/talk.csv"], "'study/P02/talk.csv' exists already"),
    ],
)
def test_a_mistake_is_one_clear_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("study/P01/talk.csv").read_bytes()
    assert run(["convert", *arguments]) in (1, 2)
    assert said in capsys.readouterr().err
    assert Path("study/P01/talk.csv").read_bytes() == before == Path("study/P02/talk.csv").read_bytes()


def test_dialect_and_valence_are_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "study/P01/talk.csv", "-o", "excel.csv", "--csv-dialect", "excel", "--valence"]) == 0
    header, first, *_ = Path("excel.csv").read_text("utf-8-sig").splitlines()
    assert header.endswith(";raw_happy;raw_sad;valence")
    assert first.endswith(";0,7500;0,2500;0,5000")
    assert run(["convert", "excel.csv", "-o", "back.csv"]) == 0
    assert Path("back.csv").read_bytes() == Path("study/P01/talk.csv").read_bytes()


@pytest.mark.parametrize("command", [["convert", "--format", "srt"], ["plot"], ["report"]], ids=lambda words: words[0])
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("clip.mp4", b"\0\0\0\x20ftypisom\xff\xfe"),
        ("clip.csv", b"\0\0\0\x20ftypisom\xff\xfe"),
        ("clip.jsonl", b"\xff\xfe{}"),
        ("clip.parquet", b"no Parquet"),
        ("scores.csv", b"name,score\n"),
    ],
)
def test_every_command_says_in_the_same_words_that_a_file_is_no_timeline(
    command: list[str], name: str, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(name).write_bytes(content)
    assert run([*command, name]) != 0
    expected = f"fervid: '{name}' is no timeline that fervid can read; give one that fervid wrote\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("command", [["timeline"], ["annotate", "--csv"]], ids=lambda words: words[0])
def test_a_timeline_in_place_of_a_video_is_named_as_one(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before = Path("study/P01/talk.csv").read_bytes()
    assert run([*command, "study/P01/talk.csv", "-o", "study/P01/"]) == 1
    assert capsys.readouterr().err == (
        "fervid: 'study/P01/talk.csv' has the suffix of a timeline, not of a video; "
        "give a video, or read the timeline with fervid convert, plot or report\n"
    )
    assert run([*command, "study/P01/talk.csv", "-o", "study/P01/talk.csv"]) != 0
    assert "has the suffix of a timeline" not in capsys.readouterr().err, "the user chose this name"
    assert Path("study/P01/talk.csv").read_bytes() == before


@pytest.mark.parametrize("command", [["convert", "--format", "srt"], ["plot"], ["report"]], ids=lambda words: words[0])
def test_every_command_reads_a_timeline_with_another_suffix_as_csv(command: list[str]) -> None:
    Path("study/P01/talk.csv").rename("talk.txt")
    assert run([*command, "talk.txt"]) == 0
