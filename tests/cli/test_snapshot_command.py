"""``fervid snapshot`` as a user without a display calls it; the window has its test beside that of ``fervid live``."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.footage import Footage

from fervid.cli import run
from fervid.run.photo import open_photo

pytestmark = pytest.mark.realtime


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assets: Path) -> Iterator[None]:
    """Without a display, in a folder of its own."""
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


def test_it_counts_down_and_writes_the_photo_and_its_strengths(
    footage: Footage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["snapshot", str(footage["lean.mp4"]), "--countdown", "1.2", "--json", "-"]) == 0
    said = capsys.readouterr()
    (picture,) = tmp_path.iterdir()
    lines = said.err.splitlines()
    assert lines[-3:] == ["2", "1", f"wrote {picture.name}"]
    (photo,) = json.loads(said.out)["pictures"]
    assert photo["file"] == picture.name
    assert [face["emotion"] for face in photo["faces"]] == ["happy"]
    written = open_photo(picture).image
    assert written.shape == (360, 640, 3)


def test_without_a_table_the_strengths_are_listed(footage: Footage, capsys: pytest.CaptureFixture[str]) -> None:
    clip = str(footage["smile.mp4"])
    assert run(["snapshot", clip, "--countdown", "0", "-o", "me.png", "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "me.png: 1 face"


def test_mirrored_and_hidden(footage: Footage, tmp_path: Path) -> None:
    clip = str(footage["smile.mp4"])
    for name, options in (("plain.png", []), ("mirrored.png", ["--mirror"]), ("hidden.png", ["--blur"])):
        assert run(["snapshot", clip, "--countdown", "0", "-o", name, "-q", "--csv", f"{name}.csv", *options]) == 0
    plain, mirrored, hidden = (cv2.imread(str(tmp_path / name)) for name in ("plain.png", "mirrored.png", "hidden.png"))
    corner = np.s_[:40, :40]
    np.testing.assert_array_equal(plain[corner], mirrored[:, ::-1][corner])
    face = np.s_[150:180, 280:360]
    assert edges(hidden[face]) < edges(plain[face]) / 4


def edges(image: np.ndarray) -> float:
    return float(cv2.Laplacian(image, cv2.CV_64F).std())


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ([], 1, "there is no camera 0"),
        (["--countdown", "61"], 2, "61"),
        (["--countdown", "nan"], 2, "'nan' is not a number"),
        (["--csv", "a", "--json", "a"], 2, "both name 'a'"),
        (["-o", "a.png", "--csv", "./a.png"], 2, "-o and --csv both name './a.png'"),
        (["a.png", "-o", "./a.png"], 2, "SOURCE and -o both name './a.png'"),
        (["-o", "."], 2, "'.' is a folder"),
        (["-o", "a.gif"], 1, "'a.gif' does not have the suffix of a picture"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["snapshot", *arguments, "-q"]) == code
    said = capsys.readouterr().err
    assert message in said
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_ends_too_early_leaves_nothing(
    footage: Footage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["snapshot", str(footage["smile.mp4"]), "--countdown", "10", "-q", "--csv", "a.csv"]) == 1
    assert "ended before the photo was taken" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_is_there_stays(footage: Footage, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "me.jpg").write_bytes(b"mine")
    assert run(["snapshot", str(footage["smile.mp4"]), "-o", "me.jpg", "-q"]) == 1
    assert "me.jpg" in capsys.readouterr().err
    assert (tmp_path / "me.jpg").read_bytes() == b"mine"


def test_asked_to_end_it_leaves_nothing(footage: Footage, assets: Path, tmp_path: Path) -> None:
    clip = str(footage["lean.mp4"])
    command = [sys.executable, "-m", "fervid", "snapshot", "--no-window", "--countdown", "50", clip]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while process.stderr.readline() != "50\n":
            assert process.poll() is None
        process.terminate()
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said.splitlines()[-1]) == (143, "fervid: terminated")
    assert list(tmp_path.iterdir()) == []
