"""The table of a run: a row for each input and face, whole or absent, and the same after a stop."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest
from support.footage import Footage

import fervid
from fervid import Timeline
from fervid.cli import run
from fervid.core.emotions import FER2013, UNCERTAIN
from fervid.errors import OutputError
from fervid.run.summary_table import FIXED_COLUMNS, SummaryTable
from fervid.smooth.face_summary import FaceSummary

FAST = ["--detector", "haar", "--backend", "pytorch", "--rate", "5", "-q"]


@pytest.fixture
def study(footage: Footage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a face in one recording and none in another."""
    monkeypatch.chdir(tmp_path)
    for name, clip in (("P01", "smile.mp4"), ("P02", "things.mp4")):
        (tmp_path / "study" / name).mkdir(parents=True)
        shutil.copy(footage[clip], tmp_path / "study" / name / "webcam.mp4")
    return tmp_path


def table(path: str = "summary.csv") -> list[dict[str, str]]:
    with Path(path).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream, strict=True))


def analyse(*options: str) -> int:
    return run(["timeline", "study", "--recursive", "-o", "results/", "--summary", "summary.csv", *FAST, *options])


def test_each_input_and_face_has_a_row(study: Path) -> None:
    assert analyse() == 0
    rows = table()
    emotions = [*FER2013, UNCERTAIN]
    assert list(rows[0]) == [
        *FIXED_COLUMNS,
        *(f"{name}_s" for name in emotions),
        *(f"{name}_share" for name in emotions),
    ]
    (first, *_), (last,) = rows, [row for row in rows if "P02" in row["file"]]
    expected = fervid.summary(Timeline.load("results/P01/webcam.csv"))
    assert [row["file"] for row in rows] == ["study/P01/webcam.mp4"] * len(expected) + ["study/P02/webcam.mp4"]
    assert first["face_id"] == "1"
    assert float(first["seconds"]) == pytest.approx(expected[0].total, abs=0.001)
    assert sum(float(first[f"{name}_s"]) for name in emotions) == pytest.approx(float(first["seconds"]), abs=0.01)
    assert sum(float(first[f"{name}_share"]) for name in emotions) == pytest.approx(1, abs=0.001)
    assert (int(first["transitions"]), first["longest_emotion"]) == (
        expected[0].transitions,
        expected[0].longest_emotion,
    )
    assert float(first["mean_quality"]) == pytest.approx(expected[0].mean_quality, abs=0.001)
    assert (last["face_id"], last["seconds"], last["mean_quality"], last["happy_share"]) == ("", "0.000", "", "")
    assert float(last["no_face_s"]) > 0


def test_a_resumed_run_gives_the_table_of_all_inputs(study: Path) -> None:
    assert analyse() == 0
    whole = Path("summary.csv").read_bytes()
    assert analyse("--resume") == 0  # nothing is left to do; the table of the first run is replaced
    assert Path("summary.csv").read_bytes() == whole
    Path("summary.csv").unlink()
    Path("results/P02/webcam.csv").unlink()
    assert analyse("--resume") == 0
    assert Path("summary.csv").read_bytes() == whole


def test_an_input_whose_summary_was_not_recorded_is_read_again(study: Path) -> None:
    assert analyse() == 0
    whole, manifest = Path("summary.csv").read_bytes(), Path("results/fervid-run.jsonl")
    lines = [json.loads(line) for line in manifest.read_text().splitlines()]
    manifest.write_text("".join(json.dumps(line | {"summary": [{"face_id": 1}]}) + "\n" for line in lines))
    assert analyse("--resume") == 0
    assert Path("summary.csv").read_bytes() == whole
    assert manifest.read_text().count('"begun"') == 4


def test_it_exists_whole_or_not_at_all(study: Path) -> None:
    Path("summary.csv").write_text("mine")
    assert analyse() != 0
    assert analyse("--resume") != 0
    assert Path("summary.csv").read_text() == "mine"
    assert not list(Path("results").rglob("*.csv"))
    assert analyse("--overwrite") == 0
    assert len(table()) >= 2


def test_it_may_lie_in_the_folder_of_the_results_that_the_run_creates(study: Path) -> None:
    assert run(["timeline", "study", "--recursive", "-o", "new/", "--summary", "new/s.csv", "--end", "2f", *FAST]) == 0
    assert {row["file"] for row in table("new/s.csv")} == {"study/P01/webcam.mp4", "study/P02/webcam.mp4"}


def test_it_replaces_no_input(study: Path) -> None:
    clip = "study/P01/webcam.mp4"
    content = Path(clip).read_bytes()
    assert run(["timeline", clip, "-o", "a.csv", "--summary", clip, "--overwrite", *FAST]) != 0
    assert Path(clip).read_bytes() == content


def test_an_annotated_video_has_it_too(study: Path) -> None:
    assert run(["annotate", "study/P01/webcam.mp4", "-o", "a.mp4", "--summary", "s.csv", "--end", "3f", *FAST]) == 0
    assert next(row["file"] for row in table("s.csv")) == "study/P01/webcam.mp4"


def test_names_from_anybody_are_no_formulas_and_excel_gets_its_comma(tmp_path: Path) -> None:
    happy = FaceSummary(1, {"happy": 1.5, UNCERTAIN: 0.5}, transitions=2, mean_quality=0.25)
    with SummaryTable(tmp_path / "s.csv", dialect="excel") as summary:
        summary.add(Path("=1+1.mp4"), [happy])
        assert summary.finish() == tmp_path / "s.csv"
    header, row = (tmp_path / "s.csv").read_bytes().decode("utf-8").splitlines()
    assert header.startswith("\ufefffile;face_id;seconds;")
    assert row == "'=1+1.mp4;1;2,000;0,000;0,000;2;;;0,2500;1,500;0,500;0,7500;0,2500"
    with pytest.raises(OutputError, match="exists already"):
        SummaryTable(tmp_path / "s.csv")
    with SummaryTable(tmp_path / "s.csv", resume=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["s.csv"]
