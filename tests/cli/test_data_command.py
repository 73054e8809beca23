"""``fervid data``: what the commands write, say and refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid import data
from fervid.cli import run


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_convert_there_and_back(archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "convert", str(archives), "fer2013.csv"]) == 0
    assert run(["data", "convert", "fer2013.csv", "folders"]) == 0
    assert run(["data", "convert", "folders", "again", "--to", "csv", "-q"]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "wrote 128 faces to fer2013.csv and fer2013new.csv",
        "wrote 128 faces to folders",
    ]
    for name in ("fer2013.csv", "fer2013new.csv"):
        assert Path(name).read_bytes() == Path("again", name).read_bytes()


@pytest.mark.parametrize("target", ["fer2013.csv", "folders"])
def test_convert_replaces_nothing(
    archives: Path, tmp_path: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["data", "convert", str(archives), target, "-q"]) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert run(["data", "convert", str(archives), target]) == 1
    assert f"'{target}' exists already" in capsys.readouterr().err
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}


def test_convert_what_a_table_cannot_hold(ck48: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "convert", str(ck48), "ck.csv"]) == 1
    assert "Kaggle's table has no number for the class 'contempt'; convert with --to folders" in capsys.readouterr().err


def test_inspect(archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "inspect", str(archives), "-o", "about"]) == 0
    assert "training: 64 faces" in capsys.readouterr().err
    assert sorted(path.name for path in Path("about").iterdir()) == ["inspection.html", "inspection.json"]
    assert run(["data", "inspect", str(archives), "-o", "about"]) == 1
    assert "about' already contains an inspection" in capsys.readouterr().err
    assert run(["data", "inspect", str(archives), "-o", "about", "--overwrite", "-q"]) == 0


def test_clean_writes_a_list_and_touches_nothing_else(
    archives: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in archives.iterdir()}
    assert run(["data", "clean", str(archives), "-o", "drop.csv"]) == 0
    assert "to drop of 128" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in archives.iterdir()}
    rows = len(Path("drop.csv").read_text().splitlines()) - 1
    assert len(data.read_faces(archives, drop=Path("drop.csv"))) == 128 - rows
    assert run(["data", "clean", str(archives), "-o", "drop.csv"]) == 1
    assert "drop.csv' exists already" in capsys.readouterr().err


def test_clean_with_a_detector(
    archives: Path, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faces = data.read_faces(archives)
    from fervid.data.convert import to_folders

    to_folders(faces.take((faces.usages == "public_test").nonzero()[0][:6]), tmp_path / "folders")
    (picture, *_) = sorted((tmp_path / "folders").rglob("*.png"))
    import cv2
    import numpy as np

    cv2.imwrite(str(picture), np.full((48, 48), 128, np.uint8))
    assert run(["data", "clean", "folders", "-o", "drop.csv", "--detect"]) == 0
    said = Path("drop.csv").read_text()
    assert f"{picture.relative_to(tmp_path / 'folders').as_posix()},,not-a-face,no face was found in it" in said


def test_nothing_is_written_to_what_is_read(archives: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "convert", str(archives), "tables/fer2013.csv", "-q"]) == 0
    before = {path: path.read_bytes() for path in Path("tables").iterdir()}
    for arguments in (
        ["clean", "tables/fer2013.csv", "-o", "tables/fer2013.csv", "--overwrite"],
        ["clean", "tables/fer2013.csv", "-o", "tables/fer2013new.csv", "--overwrite"],
        ["clean", "tables", "-o", "tables/drop.csv"],
        ["convert", "tables", "tables/../tables/folders"],
        ["inspect", "."],
        ["convert", "sequences", "tables/folders", "--label-tree", "tables"],
    ):
        assert run(["data", *arguments]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "choose an output outside the source" in line
    assert before == {path: path.read_bytes() for path in Path("tables").iterdir()}


@pytest.mark.parametrize("target", [".", "here"])
def test_convert_into_a_folder_that_is_there(archives: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("here").mkdir()
    assert run(["data", "convert", str(archives), target]) == 1
    assert f"'{target}' exists already; choose another name" in capsys.readouterr().err


def test_clean_makes_the_folder_of_its_list(archives: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["data", "clean", str(archives), "-o", "lists/today/drop.csv"]) == 0
    assert run(["data", "clean", str(archives), "-o", "lists", "--overwrite"]) == 1
    assert "'lists' is a folder; name a file with -o" in capsys.readouterr().err


def test_bad_data_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fer2013.csv").write_text("emotion,pixels,Usage\n3,1 2 x,Training\n")
    assert run(["data", "inspect", "fer2013.csv"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fervid: 'fer2013.csv', line 2 has pixels that are not numbers; correct or remove the line")
