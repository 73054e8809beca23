"""``fervid photo`` as a user calls it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from support.astronaut import smile
from support.footage import Footage
from support.still_faces import still_faces

from fervid.cli import run
from fervid.detect.detector_pair import DetectorPair
from fervid.settings import Settings
from samples.drawing import draw_face


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures: a drawn face, a real one, both, and a wall."""
    folder = tmp_path_factory.mktemp("party")
    drawn = np.full((360, 640, 3), (150, 170, 160), np.uint8)
    draw_face(drawn, (300, 170), 160)
    faces = [drawn, smile()]
    cv2.imwrite(str(folder / "img1.jpg"), faces[0])
    cv2.imwrite(str(folder / "img2.png"), faces[1])
    cv2.imwrite(str(folder / "img10.png"), np.hstack(faces))
    cv2.imwrite(str(folder / "wall.webp"), np.full((180, 320, 3), 128, np.uint8))
    return folder


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assets: Path) -> Path:
    """The current folder, empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_gives_annotated_pictures_and_a_list(
    pictures: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["photo", str(pictures), "--quiet"]) == 0
    assert names(desk) == [
        "fervid-run.jsonl",
        "img1.annotated.jpg",
        "img10.annotated.png",
        "img2.annotated.png",
        "wall.annotated.webp",
    ]
    listed = capsys.readouterr()
    assert listed.err == ""
    heads = [line.removeprefix(str(pictures))[1:] for line in listed.out.splitlines() if not line.startswith(" ")]
    assert heads == ["img1.jpg: 1 face", "img2.png: 1 face", "img10.png: 2 faces", "wall.webp: no face"]
    painted, plain = (cv2.imread(str(path)) for path in (desk / "img2.annotated.png", pictures / "img2.png"))
    assert painted.shape == plain.shape
    assert (painted != plain).any()


def test_both_tables_in_one_run(pictures: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["photo", str(pictures), "--no-picture", "--csv", "t.csv", "--json", "t.json"]) == 0
    assert names(desk) == ["t.csv", "t.json"]
    with (desk / "t.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["file"]).name for row in rows] == ["img1.jpg", "img2.png", "img10.png", "img10.png", "wall.webp"]
    assert [row["face"] for row in rows] == ["1", "1", "1", "2", ""]
    assert rows[1]["emotion"] == "happy"
    found = json.loads((desk / "t.json").read_text(encoding="utf-8"))
    assert [len(picture["faces"]) for picture in found["pictures"]] == [1, 1, 2, 0]
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        f"fervid: no face was found in '{pictures / 'wall.webp'}': mediapipe looked for faces of at least 25 pixels"
        in said.err
    )


def test_a_table_on_standard_output_comes_alone(pictures: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["photo", str(pictures / "img2.png"), "--no-picture", "--json", "-", "-q"]) == 0
    assert json.loads(capfdbinary.readouterr().out)["pictures"][0]["faces"][0]["emotion"] == "happy"


def test_a_bad_picture_is_one_line_and_the_others_go_on(
    pictures: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "bad.jpg").write_text("no picture")
    shutil.copy(pictures / "img2.png", desk)
    arguments = ["missing.png", "bad.jpg", "img2.png", "--csv", "t.csv"]
    assert run(["photo", *arguments, "-o", "out/", "-q"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "'missing.png' does not exist" in lines[0]
    assert "'bad.jpg' is not a picture, or is damaged" in lines[1]
    assert names(desk / "out") == ["fervid-run.jsonl", "img2.annotated.png"]
    assert (desk / "t.csv").read_text(encoding="utf-8").count("\n") == 2


def test_pictures_of_one_name_in_several_folders_keep_them(pictures: Path, desk: Path) -> None:
    for name in ("P01", "P02"):
        (desk / "party" / name).mkdir(parents=True)
        shutil.copy(pictures / "img2.png", desk / "party" / name)
    assert run(["photo", "party", "--recursive", "-o", "out/", "-q"]) == 0
    found = [path.relative_to(desk).as_posix() for path in sorted((desk / "out").rglob("*.png"))]
    assert found == ["out/P01/img2.annotated.png", "out/P02/img2.annotated.png"]


def test_nothing_is_overwritten_unless_asked(pictures: Path, desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture, there = str(pictures / "img2.png"), desk / "img2.annotated.png"
    there.write_text("mine")
    (desk / "t.csv").write_text("mine")
    assert run(["photo", picture, "-q"]) == 1
    assert run(["photo", picture, "--no-picture", "--csv", "t.csv", "-q"]) == 1
    assert capsys.readouterr().err.count("exists already; replace it with --overwrite") == 2
    assert (there.read_text(), (desk / "t.csv").read_text()) == ("mine", "mine")
    assert names(desk) == ["img2.annotated.png", "t.csv"]
    assert run(["photo", picture, "--csv", "t.csv", "-q", "--overwrite"]) == 0
    assert there.read_bytes().startswith(b"\x89PNG")
    assert (desk / "t.csv").read_text().startswith("file,face,")


def test_patterns_and_files_are_taken_and_none_twice(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["photo", str(pictures / "*.png"), str(pictures / "img2.png"), "--no-picture", "-q"]) == 0
    assert capsys.readouterr().out.count("img") == 2


def test_haar_with_its_eye_check_finds_the_face(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(pictures / "img2.png"), "--no-picture", "-q"]
    assert run(["photo", *arguments, "--detector", "haar", "--eyes"]) == 0
    assert "img2.png: 1 face" in capsys.readouterr().out


def test_blur_hides_every_face_and_changes_no_strength(
    pictures: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = str(pictures / "img10.png")
    assert run(["photo", picture, "-o", "shown.png", "-q"]) == 0
    shown = capsys.readouterr().out
    assert run(["photo", picture, "-o", "hidden.png", "-q", "--blur"]) == 0
    assert capsys.readouterr().out == shown
    assert found(desk / "shown.png") == 2
    assert found(desk / "hidden.png") == 0


def test_annotate_blurs_videos_and_the_frames_in_between(footage: Footage, desk: Path) -> None:
    clip = footage["smile.mp4"]
    assert run(["annotate", str(clip), "-o", "hidden.mp4", "--blur", "--every", "5", "--end", "21f", "-q"]) == 0
    with av.open(str(desk / "hidden.mp4")) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in (0, 4, 12, 20):
                cv2.imwrite(str(desk / f"{index}.png"), frame.to_ndarray(format="bgr24"))
    assert [found(desk / f"{index}.png") for index in (0, 4, 12, 20)] == [0, 0, 0, 0]


def found(path: Path) -> int:
    """Return the number of faces that a detector finds in a picture, small ones included."""
    with DetectorPair(Settings(detector="mediapipe")) as pair:
        return len(still_faces(pair, cv2.imread(str(path)).astype(np.uint8)))


@pytest.mark.parametrize(
    "arguments",
    [["-o", "-"], ["-o", "out/", "--no-picture"], ["--csv", "-", "--json", "-"], ["--every", "2"]],
)
def test_wrong_usage_ends_with_2(arguments: list[str], pictures: Path, desk: Path) -> None:
    assert run(["photo", str(pictures / "img2.png"), *arguments]) == 2
    assert names(desk) == []
