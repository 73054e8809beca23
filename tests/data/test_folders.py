"""Picture folders: with and without splits, of any size and colour, well and badly named."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from labelled_faces import pictures, write_picture
from numpy.typing import NDArray

from fervid import data
from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.data import votes
from fervid.data.class_names import ordered
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING
from fervid.data.splits import complete
from fervid.errors import DataError


def tree(folder: Path, splits: dict[str, dict[str, int]]) -> Path:
    """Folders with so many pictures of each class."""
    seed = 0
    for split, classes in splits.items():
        for name, count in classes.items():
            (folder / split / name).mkdir(parents=True)
            for place, image in enumerate(pictures(count, seed)):
                write_picture(folder / split / name / f"face{place}.png", image)
            seed += 1
    return folder


def test_splits_and_other_names_of_emotions(tmp_path: Path) -> None:
    tree(
        tmp_path,
        {
            "Train": {"Happiness": 3, "sadness": 2},
            "val": {"happy": 1, "sad": 1},
            "test": {"happy": 2, "sad": 1},
            ".cache": {"x": 1},
        },
    )
    (tmp_path / "Train" / "sadness" / "Thumbs.db").write_bytes(b"not a picture")
    found = data.read(tmp_path)
    assert found.classes == ("happy", "sad")
    assert found.name == tmp_path.name
    assert found.training.labels.tolist() == [0, 0, 0, 1, 1]
    assert (len(found.public_test), len(found.private_test), found.private_rows) == (2, 3, 3)


def test_pixels_are_as_in_the_files(tmp_path: Path) -> None:
    images = pictures(5)
    for place, image in enumerate(images):
        write_picture(tmp_path / "happy" / f"{place}.png", image)
    write_picture(tmp_path / "sad" / "9.png", pictures(1, 1)[0])
    np.testing.assert_array_equal(data.read_faces(tmp_path).images[:5], images)


def test_fer2013_with_both_its_tests_in_one_folder(tmp_path: Path) -> None:
    for place, name in enumerate(["train/sad/Training_0", "test/sad/PrivateTest_9", "test/sad/PublicTest_7"]):
        write_picture(tmp_path / f"{name}.jpg", pictures(1, place)[0])
    faces = data.read_faces(tmp_path)
    assert faces.usages.tolist() == [TRAINING, PUBLIC_TEST, PRIVATE_TEST]
    assert faces.rows is not None
    assert faces.rows.tolist() == [0, 7, 9]


def test_any_size_and_colour(tmp_path: Path) -> None:
    wide = np.zeros((3, 60, 100), np.uint8)
    wide[0, :, 20:80] = 200  # a red square in the middle of black
    write_picture(tmp_path / "happy" / "wide.png", wide)
    write_picture(tmp_path / "happy" / "small.png", pictures(1, size=20)[0])
    colour = data.read_faces(tmp_path, size=32, colour="rgb")
    assert colour.images.shape == (2, 3, 32, 32)
    red = colour.images[colour.names.tolist().index("happy/wide.png")]
    assert (red[0] == 200).all()
    assert not red[1:].any()
    grey = data.read_faces(tmp_path)
    assert grey.images.shape == (2, 1, 48, 48)


@pytest.mark.parametrize(
    ("found", "order"),
    [
        (reversed(FER2013), FER2013),
        (sorted(FERPLUS), FERPLUS),
        (reversed(CK_PLUS), CK_PLUS),
        (("sad", "bored", "angry"), ("angry", "sad", "bored")),
    ],
)
def test_the_order_of_classes(found: tuple[str, ...], order: tuple[str, ...]) -> None:
    assert ordered(found) == order


@pytest.mark.parametrize(
    ("splits", "match"),
    [
        ({"train": {"hapy": 1}}, "hapy' is not named after a class; did you mean happy"),
        (
            {"train": {"happy": 1}, "tset": {"happy": 1}},
            "tset' lies beside the split train, but is not a split; did you mean test",
        ),
        ({"train": {"bored": 1}, "test": {"borred": 1}}, "did you mean bored"),
        (
            {"train": {"bored": 1}, "test": {"asleep": 1}},
            "asleep' is a class that the training split does not have; use bored",
        ),
        ({"train": {"happy": 1, "sad": 0}}, "sad' has no pictures; add images to it, or"),
    ],
)
def test_folders_that_are_not_right(tmp_path: Path, splits: dict[str, dict[str, int]], match: str) -> None:
    with pytest.raises(DataError, match=match):
        data.read(tree(tmp_path, splits))


def test_an_empty_folder_is_left_out_where_that_is_allowed(tmp_path: Path) -> None:
    faces = data.read_faces(tree(tmp_path, {"": {"happy": 1, "sad": 0}}), skip_bad=True)
    assert faces.classes == ("happy",)
    assert [item.name for item in faces.skipped] == ["sad"]


def test_a_split_without_a_class_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    data.read_faces(tree(tmp_path, {"train": {"happy": 1, "sad": 1}, "test": {"happy": 1}}))
    assert f"'{tmp_path / 'test'}' has no images of sad" in caplog.text


def test_what_lies_among_the_pictures_unread_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tree(tmp_path, {"": {"happy": 1, "happy/session2": 3, "sad": 1}})
    (tmp_path / "sad" / "Thumbs.db").write_bytes(b"litter")
    assert data.read_faces(tmp_path).names.tolist() == ["happy/face0.png", "sad/face0.png"]
    assert [record.getMessage() for record in caplog.records] == [
        f"'{tmp_path / 'happy'}' contains files that are not images, such as session2 (1 in all); they are ignored"
    ]


def test_votes_on_pictures_that_are_not_there_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    tree(tmp_path, {"": {"happy": 2}})
    rows = ["happy/face0.png,0,8,0,0,0,0,0,0,0,0", "happy/gone.png,9,0,0,0,0,0,0,0,0,0"]
    (tmp_path / "votes.csv").write_text("\n".join([",".join(votes.LIST_HEADER), *rows]) + "\n")
    faces = data.read_faces(tmp_path)
    assert faces.votes is not None
    assert faces.votes[:, 1].tolist() == [8, 0]
    assert "votes.csv' names images that do not exist, such as happy/gone.png (1 in all)" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n and then nothing"])
def test_a_picture_that_does_not_decode(tmp_path: Path, content: bytes) -> None:
    tree(tmp_path, {"": {"happy": 2, "sad": 1}})
    (tmp_path / "happy" / "bad.png").write_bytes(content)
    with pytest.raises(DataError, match=r"happy/bad\.png' .*--skip-bad"):
        data.read(tmp_path)
    faces = data.read_faces(tmp_path, skip_bad=True)
    assert len(faces) == 3
    assert [item.name for item in faces.skipped] == ["happy/bad.png"]


def likeness(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def test_faces_are_found_and_cut_out(assets: Path, archives: Path, tmp_path: Path) -> None:
    from fervid import detect
    from fervid.settings import Settings

    with np.load(archives / "training-0.npz") as arrays:
        face = arrays["images"][1]
    scene = np.full((3, 480, 640), 128, np.uint8)
    scene[:, 100:292, 60:252] = cv2.resize(face, (192, 192), interpolation=cv2.INTER_CUBIC)
    write_picture(tmp_path / "happy" / "scene.png", scene)
    write_picture(tmp_path / "happy" / "wall.png", np.full((3, 480, 640), 128, np.uint8))
    with detect.create(Settings(detector="mediapipe")) as detector:
        faces = data.read_faces(tmp_path, detector=detector)
    assert faces.names.tolist() == ["happy/scene.png"]
    assert [(item.name, item.reason) for item in faces.skipped] == [("happy/wall.png", "no face was found in it")]
    uncut = data.read_faces(tmp_path).images[0, 0]
    assert likeness(faces.images[0, 0], face) > 0.35 > likeness(uncut, face)


SUBJECTS = "picture,subject\nhappy/face0.png,anna\nhappy/face1.png,{}\n"


def test_a_list_of_subjects_keeps_each_person_in_one_split(tmp_path: Path) -> None:
    tree(tmp_path, {"": {"happy": 9, "sad": 9}})
    rows = [f"{name}/face{place}.png,person {place % 3}" for name in ("happy", "sad") for place in range(9)]
    (tmp_path / "subjects.csv").write_text("\n".join(["picture,subject", *rows]) + "\n")
    faces = complete(data.read_faces(tmp_path))
    assert faces.subjects is not None
    assert len(set(zip(faces.subjects, faces.usages, strict=True))) == 3
    assert set(faces.usages) == set(SPLITS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,who\n", "does not begin with the header picture,subject"),
        (SUBJECTS.format(""), "line 3 has no subject"),
        (SUBJECTS.format("ben,x"), "line 3 has 3 fields instead of 2"),
        (SUBJECTS.replace("face1", "face7").format("ben"), "has no subject for happy/face1.png"),
    ],
)
def test_a_list_of_subjects_must_be_whole(tmp_path: Path, text: str, words: str) -> None:
    tree(tmp_path, {"": {"happy": 2}})
    (tmp_path / "subjects.csv").write_text(text)
    with pytest.raises(DataError, match=words):
        data.read_faces(tmp_path)


def test_a_picture_of_nobody_known_can_be_skipped(tmp_path: Path) -> None:
    tree(tmp_path, {"": {"happy": 2}})
    (tmp_path / "subjects.csv").write_text(SUBJECTS.format(""))
    faces = data.read_faces(tmp_path, skip_bad=True)
    assert faces.names.tolist() == ["happy/face0.png"]
    assert [skipped.name for skipped in faces.skipped] == ["subjects.csv:3", "happy/face1.png"]


def test_a_folder_whose_name_would_harm_a_terminal(tmp_path: Path) -> None:
    tree(tmp_path, {"train": {"happy": 1, "[bold]": 1}})
    with pytest.raises(DataError, match=r"cannot name a class; rename the folder"):
        data.read(tmp_path)
