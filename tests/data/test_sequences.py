"""CK+'s two trees: sequences of pictures, and a label for some of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from labelled_faces import pictures, write_picture

from fervid import data
from fervid.core.emotions import CK_PLUS
from fervid.errors import DataError
from fervid.sources.inputs import pictures_in


def sequence(images: Path, labels: Path, name: str, length: int, label: str | None) -> None:
    subject, number = name.split("/")
    for frame, image in enumerate(pictures(length, seed=hash(name) % 1000), 1):
        write_picture(images / name / f"{subject}_{number}_{frame:08d}.png", image)
    (labels / name).mkdir(parents=True)
    if label is not None:
        (labels / name / f"{subject}_{number}_{length:08d}_emotion.txt").write_text(label)


@pytest.fixture
def trees(tmp_path: Path) -> tuple[Path, Path]:
    images, labels = tmp_path / "extended-cohn-kanade-images" / "cohn-kanade-images", tmp_path / "Emotion"
    sequence(images, labels, "S005/001", 11, "   3.0000000e+00\n")
    sequence(images, labels, "S005/002", 6, None)
    sequence(images, labels, "S010/004", 20, "   7.0000000e+00\n")
    sequence(images, labels, "S011/001", 1, "2")
    return images, labels


def test_the_last_part_of_each_labelled_sequence(trees: tuple[Path, Path], tmp_path: Path) -> None:
    faces = data.read_faces(tmp_path)
    assert faces.classes == CK_PLUS
    assert faces.names.tolist() == [
        *(f"S005/001/S005_001_{frame:08d}.png" for frame in (8, 9, 10, 11)),
        *(f"S010/004/S010_004_{frame:08d}.png" for frame in range(15, 21)),
        "S011/001/S011_001_00000001.png",
    ]
    assert [CK_PLUS[label] for label in faces.labels] == ["disgust"] * 4 + ["surprise"] * 6 + ["contempt"]
    assert faces.subjects is not None
    assert sorted(set(faces.subjects.tolist())) == ["S005", "S010", "S011"]


def test_trees_of_other_names(trees: tuple[Path, Path], tmp_path: Path) -> None:
    images, labels = trees[0].rename(tmp_path / "mine"), trees[1].rename(tmp_path / "truth")
    assert len(data.read_faces(images, label_tree=labels)) == 11
    found = data.read(images, label_tree=labels)
    assert len(found.training) + len(found.public_test) + len(found.private_test) == 11


@pytest.mark.parametrize("text", ["happy", "", "0", "8", "2.5"])
def test_a_label_that_is_none(trees: tuple[Path, Path], tmp_path: Path, text: str) -> None:
    (label,) = (trees[1] / "S005" / "001").iterdir()
    label.write_text(text)
    with pytest.raises(DataError, match=r"S005_001_00000011_emotion\.txt"):
        data.read_faces(tmp_path)
    faces = data.read_faces(tmp_path, skip_bad=True)
    assert len(faces) == 7
    assert [item.name for item in faces.skipped] == ["S005/001"]


def test_two_labels_for_a_sequence(trees: tuple[Path, Path], tmp_path: Path) -> None:
    (trees[1] / "S005" / "001" / "again.txt").write_text("4")
    with pytest.raises(DataError, match="001' has 2 labels; keep one of them"):
        data.read_faces(tmp_path)
    assert [item.name for item in data.read_faces(tmp_path, skip_bad=True).skipped] == ["S005/001"]


def test_a_text_about_the_labels_is_no_label(trees: tuple[Path, Path], tmp_path: Path) -> None:
    (trees[1] / "ReadMe.txt").write_text("Emotion labels of CK+")
    assert len(data.read_faces(tmp_path)) == 11


def test_a_label_without_its_sequence(trees: tuple[Path, Path], tmp_path: Path) -> None:
    for picture in pictures_in(trees[0] / "S010" / "004"):
        picture.unlink()
    with pytest.raises(DataError, match="has no pictures, but the sequence has a label"):
        data.read_faces(tmp_path)


def test_trees_that_do_not_belong_together(trees: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(DataError, match="has no label for any sequence in"):
        data.read_faces(trees[0], label_tree=tmp_path / "elsewhere")
    with pytest.raises(DataError, match="nowhere' is not a folder"):
        data.read_faces(trees[0], label_tree=tmp_path / "nowhere")


def test_sequences_without_the_tree_of_labels(trees: tuple[Path, Path], tmp_path: Path) -> None:
    trees[1].rename(tmp_path / "truth")
    with pytest.raises(DataError, match=r"has no labels for .*; put .* into it, or name it with --label-tree"):
        data.read_faces(tmp_path)
