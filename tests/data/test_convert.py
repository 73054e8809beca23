"""There and back again: tables and folders that hold the same."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled_faces import labelled, pictures
from numpy.typing import NDArray

from fervid import data
from fervid.core.emotions import CK_PLUS, FER2013
from fervid.core.locks import exclusive
from fervid.data.convert import to_folders, to_table
from fervid.data.dataset import SPLITS
from fervid.data.splits import complete
from fervid.errors import DataError, OutputError, UsageError
from samples.data_formats import write_table
from samples.labelled_faces import LabelledFaces

TABLES = ("fer2013.csv", "fer2013new.csv")


def test_tables_survive_as_folders_byte_for_byte(drawn_faces: LabelledFaces, tmp_path: Path) -> None:
    write_table(drawn_faces, tmp_path / "tables")
    to_folders(data.read_faces(tmp_path / "tables"), tmp_path / "folders")
    written = to_table(data.read_faces(tmp_path / "folders"), tmp_path / "again" / "fer2013.csv")
    assert written == [tmp_path / "again" / name for name in TABLES]
    for name in TABLES:
        assert (tmp_path / "tables" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def test_what_the_folders_look_like(archives: Path, tmp_path: Path) -> None:
    faces = data.read_faces(archives)
    to_folders(faces, tmp_path / "folders")
    assert sorted(path.name for path in (tmp_path / "folders").iterdir()) == ["test", "train", "val", "votes.csv"]
    assert faces.rows is not None
    row, emotion = faces.rows[0], faces.classes[faces.labels[0]]
    assert (tmp_path / "folders" / "train" / emotion / f"{row:08d}.png").is_file()
    again = data.read(tmp_path / "folders", labels="distribution")
    before = data.read(archives, labels="distribution")
    np.testing.assert_array_equal(again.training.targets, before.training.targets)
    assert not list(tmp_path.glob("*.partial"))


@settings(max_examples=15)
@given(
    st.lists(st.tuples(st.integers(0, 6), st.sampled_from(SPLITS)), min_size=1, max_size=9),
    st.integers(0, 2**32 - 1),
)
def test_any_faces_survive_both_ways(rows: list[tuple[int, str]], seed: int) -> None:
    chance = np.random.default_rng(seed)
    labels, usages = [label for label, _ in rows], [usage for _, usage in rows]
    images = chance.integers(0, 256, (len(rows), 1, 48, 48), np.uint8)
    votes = chance.integers(0, 11, (len(rows), 10), np.uint8)
    faces = labelled(images, labels, usages=usages, votes=votes)
    with tempfile.TemporaryDirectory() as name:
        to_folders(faces, Path(name, "folders"))
        from_folders = data.read_faces(Path(name, "folders"))
        to_table(from_folders, Path(name, "fer2013.csv"))
        from_table = data.read_faces(Path(name, "fer2013.csv"))
    for read in (from_folders, from_table):
        for ours, theirs in ((images, read.images), (faces.usages, read.usages), (votes, read.votes)):
            np.testing.assert_array_equal(ours, theirs)
        assert [FER2013[label] for label in labels] == [read.classes[label] for label in read.labels]


def test_subjects_survive_as_folders(tmp_path: Path) -> None:
    people = ["anna", "=1+1", "anna", "caro, dr."]
    to_folders(labelled(pictures(4), [0, 1, 1, 3], subjects=people), tmp_path / "folders")
    assert ",'=1+1" in (tmp_path / "folders" / "subjects.csv").read_text()  # a spreadsheet takes it for text
    read = data.read_faces(tmp_path / "folders")
    assert read.subjects is not None
    assert read.subjects.tolist() == people


def test_colour_survives_as_folders(tmp_path: Path) -> None:
    images = pictures(4, size=64, channels=3)
    to_folders(labelled(images, [0, 1, 1, 3]), tmp_path / "folders")
    read = data.read_faces(tmp_path / "folders", size=64, colour="rgb")
    np.testing.assert_array_equal(read.images, images)
    assert read.names.tolist()[0] == "angry/00000000.png"


def test_pictures_without_splits_or_votes_become_a_table_divided_as_for_training(tmp_path: Path) -> None:
    to_folders(labelled(pictures(40), [3] * 20 + [4] * 20), tmp_path / "folders")
    read = data.read_faces(tmp_path / "folders")
    assert to_table(read, tmp_path / "fer2013.csv") == [tmp_path / "fer2013.csv"], "there are no votes to write"
    from_table = data.read_faces(tmp_path / "fer2013.csv")
    np.testing.assert_array_equal(from_table.images, read.images)
    np.testing.assert_array_equal(from_table.usages, complete(read).usages)
    assert set(from_table.usages) == set(SPLITS)


@pytest.mark.parametrize(
    ("images", "classes", "match"),
    [
        (pictures(1), CK_PLUS, "no number for the class 'contempt'"),
        (pictures(1, size=64), FER2013, "can only hold grey faces of 48x48 pixels"),
        (pictures(1, channels=3), FER2013, "can only hold grey faces of 48x48 pixels"),
    ],
)
def test_what_a_table_cannot_hold(
    tmp_path: Path, images: NDArray[np.uint8], classes: tuple[str, ...], match: str
) -> None:
    with pytest.raises(DataError, match=match):
        to_table(labelled(images, [0], classes=classes), tmp_path / "fer2013.csv")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_folders_that_cannot_be_finished(tmp_path: Path) -> None:
    faces = labelled(pictures(2), [0, 1], classes=("happy", "a" * 300))  # longer than any disk takes
    with pytest.raises(OutputError, match=r"folders' cannot be written \(File name too long\)"):
        to_folders(faces, tmp_path / "folders")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_table_whose_votes_cannot_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(_row: int) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("fervid.data.votes.image_name", full_disk)
    faces = labelled(pictures(1), [0], usages=SPLITS[:1], votes=np.ones((1, 10), np.uint8))
    with pytest.raises(OutputError, match=r"fer2013new\.csv' cannot be written \(No space left on device\)"):
        to_table(faces, tmp_path / "fer2013.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "folders").mkdir()
    (tmp_path / "folders" / "mine.txt").write_text("precious")
    with pytest.raises(OutputError, match="folders' exists already"):
        to_folders(labelled(pictures(1), [0]), tmp_path / "folders")
    assert [path.name for path in tmp_path.rglob("*")] == ["folders", "mine.txt"]


def test_what_a_killed_conversion_left_is_removed_and_files_of_others_stay(tmp_path: Path) -> None:
    for name in ("folders.01234567.partial", "folders.partial", "more.01234567.partial"):
        (tmp_path / name).mkdir()
    to_folders(labelled(pictures(1), [0]), tmp_path / "folders")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["folders", "folders.partial", "more.01234567.partial"]


def test_two_conversions_into_one_folder_do_not_mix(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path / "folders.lock", lambda _: None),
        pytest.raises(OutputError, match=r"is writing '.*folders'"),
    ):
        to_folders(labelled(pictures(1), [0]), tmp_path / "folders")
    assert list(tmp_path.iterdir()) == []


def test_a_table_never_gets_the_votes_of_another(tmp_path: Path) -> None:
    (tmp_path / "fer2013new.csv").write_text("of another table")
    with pytest.raises(OutputError, match=r"fer2013new\.csv' exists already"):
        to_table(labelled(pictures(1), [0], usages=SPLITS[:1]), tmp_path / "mine.csv")
    with pytest.raises(UsageError, match="is the name of FER\\+'s table of votes"):
        to_table(labelled(pictures(1), [0], usages=SPLITS[:1]), tmp_path / "new" / "fer2013new.csv")
