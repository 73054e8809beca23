"""The command ``fervid report``: its messages and its exit codes."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.drawn_timelines import frames, save
from support.footage import Footage

from fervid.cli import run


@pytest.fixture(autouse=True)
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("P01/webcam.csv", "P02/webcam.csv"):
        save(tmp_path / "results" / name, frames(1, 5))
    return tmp_path / "results"


def test_it_writes_the_page_and_says_whose_video_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "results"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "fervid: the videos of 2 of 2 recordings were not found (P01/webcam, P02/webcam); name their folder with "
        "--videos",
        "wrote report.html",
    ]
    assert Path("report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_an_existing_page_is_replaced_only_with_overwrite(capsys: pytest.CaptureFixture[str]) -> None:
    Path("study.html").write_text("mine")
    assert run(["report", "results", "-o", "study.html"]) == 1
    assert capsys.readouterr().err.startswith("fervid: 'study.html' exists already; ")
    assert Path("study.html").read_text() == "mine"
    assert run(["report", "results", "-o", "study.html", "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_single_timelines_and_several_folders_make_one_page() -> None:
    assert run(["report", "results/P01", "results/P02/webcam.csv", "-q"]) == 0
    text = Path("report.html").read_text(encoding="utf-8")
    assert all(f'"name":"{name}"' in text for name in ("P01/webcam", "P02/webcam"))


def test_a_folder_without_timelines_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert run(["report", "empty"]) == 1
    assert capsys.readouterr().err == "fervid: there is no timeline in 'empty'; make one with fervid timeline\n"
    assert not Path("report.html").exists()


@pytest.fixture
def study(footage: Footage, assets: Path, tmp_path: Path) -> Path:
    for name in ("P01", "P02"):
        (tmp_path / "study" / name).mkdir(parents=True)
        shutil.copy(footage["smile.mp4"], tmp_path / "study" / name / "smile.mp4")
    return tmp_path / "study"


def recordings(page: str) -> list[dict[str, Any]]:
    """The recordings in a report."""
    (text,) = re.findall(r'id="study">(.*?)</script>', Path(page).read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = json.loads(text)["recordings"]
    return found


def test_a_run_writes_its_report_along_and_again_when_it_is_resumed(study: Path) -> None:
    command = ["timeline", "study/", "--recursive", "-o", "out/", "--end", "10f", "--report", "study.html", "-q"]
    assert run(command) == 0
    assert [shown["name"] for shown in recordings("study.html")] == ["P01/smile", "P02/smile"]
    assert recordings("study.html")[0]["videos"] == [{"src": "study/P01/smile.mp4", "offset": 0}]
    assert recordings("study.html")[0]["faces"][0]["portrait"].startswith("data:image/jpeg")
    written = Path("study.html").read_bytes()
    assert run([*command, "--resume"]) == 0  # all is done, and shown again
    assert Path("study.html").read_bytes() == written
    Path("study.html").write_text("mine")
    assert run([*command, "--resume"]) == 1
    assert Path("study.html").read_text() == "mine"


def test_an_annotated_video_gets_a_report_with_its_timeline(study: Path) -> None:
    command = ["annotate", "study/P01/smile.mp4", "-o", "out/", "--end", "10f", "--report", "report.html", "-q"]
    assert run(command) == 0
    (shown,) = recordings("report.html")
    assert [video["src"] for video in shown["videos"]] == ["study/P01/smile.mp4", "out/smile.annotated.mp4"]
    assert Path("out/smile.csv").exists()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["-o", "-"], "fervid: --report needs timelines in files; give -o a file or a folder"),
        (["--format", "webvtt"], "fervid: --report needs timelines that fervid can read again; add --format csv"),
        (["-o", "a.csv"], "fervid: 'there.html' exists already; replace it with --overwrite, or choose another name"),
    ],
)
def test_a_report_that_cannot_be_written_stops_the_run_before_it_begins(
    options: list[str], line: str, study: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("there.html").touch()
    assert run(["timeline", "study/P01/smile.mp4", "--report", "there.html", *options]) in {1, 2}
    assert capsys.readouterr().err.splitlines()[-1] == line
    assert not Path("a.csv").exists()
