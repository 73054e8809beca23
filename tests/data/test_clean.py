"""What is dropped and why, and that training leaves it out."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path

import numpy as np
import pytest
from labelled_faces import labelled, pictures

from fervid import data
from fervid.data import drops
from fervid.data.clean import clean
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING
from fervid.data.drops import Drop
from fervid.errors import DataError


def test_dark_and_bright() -> None:
    images = pictures(4)
    images[1] //= 10
    images[3] = 255 - images[3] // 20
    found = clean(labelled(images, [0, 1, 2, 3], usages=[TRAINING] * 4))
    assert [(drop.face, drop.label, drop.reason) for drop in found] == [
        ("face-1", "disgust", "dark"),
        ("face-3", "happy", "bright"),
    ]
    assert found[0].detail.startswith("mean 0.0")


def test_the_copy_in_the_test_set_stays() -> None:
    images = pictures(2).repeat(3, axis=0)
    usages = [TRAINING, PUBLIC_TEST, PRIVATE_TEST, TRAINING, TRAINING, PUBLIC_TEST]
    found = clean(labelled(images, [0, 0, 0, 1, 4, 1], usages=usages))
    assert [(drop.face, drop.detail) for drop in found] == [
        ("face-0", "of face-2 in private_test"),
        ("face-1", "of face-2 in private_test"),
        ("face-3", "of face-5 in public_test"),
        ("face-4", "of face-5 in public_test, which is labelled disgust"),
    ]
    assert {drop.reason for drop in found} == {"duplicate"}


def test_near_duplicates_are_dropped_but_not_the_frames_of_a_sequence() -> None:
    one = pictures(1)
    images = np.concatenate([one, (one * 0.9).astype(np.uint8)])
    assert [drop.reason for drop in clean(labelled(images, [0, 0]))] == ["near-duplicate"]
    assert clean(labelled(images, [0, 0], subjects=["S1", "S1"])) == []


def test_what_most_taggers_take_for_no_face() -> None:
    votes = np.zeros((3, 10), np.uint8)
    votes[:, 0] = (10, 4, 5)
    votes[:, 9] = (0, 6, 5)
    found = clean(labelled(pictures(3), [0, 0, 0], votes=votes))
    assert [(drop.face, drop.reason, drop.detail) for drop in found] == [("face-1", "not-a-face", "6 of 10 votes")]


def test_a_list_is_left_out_when_reading(archives: Path, tmp_path: Path) -> None:
    faces = data.read_faces(archives)
    row = Drop("training", str(faces.names[5]), "sad", "dark", "mean 0.05, by hand")
    drops.write(tmp_path / "drop.csv", [row])
    with (tmp_path / "drop.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["split", "face", "label", "reason", "detail"],
            ["training", "training-0.npz:5", "sad", "dark", "mean 0.05, by hand"],
        ]
    for labels in ("class", "majority"):
        whole, rest = data.read(archives, labels=labels), data.read(archives, labels=labels, drop=tmp_path / "drop.csv")
        gone = {image.tobytes() for image in whole.training.images} - {
            image.tobytes() for image in rest.training.images
        }
        assert gone == {faces.images[5].tobytes()}


def test_a_list_of_other_data(archives: Path, tmp_path: Path) -> None:
    drops.write(tmp_path / "drop.csv", [Drop("training", "fer2013.csv:17", "sad", "dark", "")])
    with pytest.raises(
        DataError, match=r"drop\.csv', line 2 names the face 'fer2013\.csv:17', which is not in FER2013"
    ):
        data.read(archives, drop=tmp_path / "drop.csv")
    (tmp_path / "drop.csv").write_text("face\nx\n")
    with pytest.raises(DataError, match="does not begin with the header split,face,label,reason,detail"):
        data.read(archives, drop=tmp_path / "drop.csv")


def test_what_could_not_be_read_is_in_the_list_too(archives: Path, tmp_path: Path) -> None:
    for file in archives.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "training-9.npz").write_bytes(b"nothing")
    found = clean(data.read_faces(tmp_path, skip_bad=True))
    assert (found[0].face, found[0].reason) == ("training-9.npz", "unreadable")
    drops.write(tmp_path / "drop.csv", found)
    assert len(data.read(tmp_path, drop=tmp_path / "drop.csv", skip_bad=True).training) <= 64


def test_a_face_named_like_a_formula_is_text_in_the_list_and_left_out(tmp_path: Path) -> None:
    faces = labelled(pictures(2), [0, 1])
    faces = dataclasses.replace(faces, names=np.array(["=1+1.png", "'=1.png"]))
    path = tmp_path / "drop.csv"
    drops.write(path, [Drop("training", "=1+1.png", "angry", "dark", "-0.1")])
    assert path.read_text().splitlines()[1] == "training,'=1+1.png,angry,dark,'-0.1"
    assert list(drops.without(faces, path).names) == ["'=1.png"]
