"""The command ``fervid report``: its messages and its exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.drawn_timelines import frames, save

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
