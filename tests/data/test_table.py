"""Kaggle's table, FER+'s beside it, and each way in which they can be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fervid import data
from fervid.data import votes
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING
from fervid.errors import DataError
from samples.data_formats import write_table
from samples.labelled_faces import LabelledFaces

FACE = " ".join(map(str, np.arange(48 * 48) % 256))
WHOLE = [f"3,{FACE},Training", f"0,{FACE},PublicTest", f"6,{FACE},PrivateTest"]
VOTES = [
    "Training,fer0000000.png,0,8,2,0,0,0,0,0,0,0",
    "PublicTest,,9,0,0,0,0,0,0,0,1,0",
    "PrivateTest,,5,0,0,0,0,0,0,0,0,5",
]


def table(folder: Path, rows: list[str], header: str = "emotion,pixels,Usage") -> Path:
    path = folder / "fer2013.csv"
    path.write_text("\n".join([header, *rows]) + "\n", errors="surrogateescape")
    return path


def ballots(folder: Path, rows: list[str]) -> Path:
    path = folder / "fer2013new.csv"
    path.write_text("\n".join([",".join(votes.TABLE_HEADER), *rows]) + "\n")
    return path


def test_the_table_holds_the_same_faces_as_the_archives(
    drawn_faces: LabelledFaces, archives: Path, tmp_path: Path
) -> None:
    write_table(drawn_faces, tmp_path / "fer2013")
    for labels in ("class", "distribution"):
        from_table = data.read(tmp_path / "fer2013", labels=labels)
        from_archives = data.read(archives, labels=labels)
        for name in SPLITS:
            ours, theirs = getattr(from_table, name), getattr(from_archives, name)
            assert ours.usage == name
            np.testing.assert_array_equal(ours.images, theirs.images)
            np.testing.assert_array_equal(ours.labels, theirs.labels)
            if ours.targets is not None:
                np.testing.assert_array_equal(ours.targets, theirs.targets)
        assert from_table.private_rows == 3589


@pytest.mark.parametrize("given", ["", "fer2013.csv"])
def test_a_folder_or_the_table_in_it(tmp_path: Path, given: str) -> None:
    table(tmp_path, WHOLE)
    faces = data.read_faces(tmp_path / given)
    np.testing.assert_array_equal(faces.images[0, 0], (np.arange(48 * 48) % 256).reshape(48, 48))
    assert faces.labels.tolist() == [3, 0, 6]
    assert faces.names.tolist() == ["fer2013.csv:2", "fer2013.csv:3", "fer2013.csv:4"]
    assert faces.usages.tolist() == [TRAINING, PUBLIC_TEST, PRIVATE_TEST]


def test_kaggles_other_table_with_its_own_order_of_columns(tmp_path: Path) -> None:
    rows = [f"3,Training,{FACE}", f"0,PublicTest,{FACE}", "", f"6,PrivateTest,{FACE}"]
    path = table(tmp_path, rows, "emotion, Usage, pixels").rename(tmp_path / "icml_face_data.csv")
    assert len(data.read(tmp_path).private_test) == len(data.read(path).private_test) == 1


BAD_ROWS = [
    (f"3,{FACE}", "line 3 has 2 fields instead of 3"),
    (f"7,{FACE},Training", "line 3 has the unknown emotion '7'"),
    (f"-1,{FACE},Training", "line 3 has the unknown emotion '-1'"),
    (f"happy,{FACE},Training", "line 3 has the unknown emotion 'happy'"),
    (f"3,{FACE} 0,Training", "line 3 has 2305 pixels instead of 2304"),
    (f"3,{FACE[:-4]},Training", "line 3 has 2303 pixels instead of 2304"),
    ("3,,Training", "line 3 has 0 pixels instead of 2304"),
    (f"3,{FACE[:-3]}25x,Training", "line 3 has pixels that are not numbers"),
    (f"3,{FACE[:-3]}2.5,Training", "line 3 has pixels that are not numbers"),
    (f"3,{FACE[:-3]}256,Training", "line 3 has pixels that are not numbers from 0 to 255"),
    (f"3,{FACE[:-3]}-25,Training", "line 3 has pixels that are not numbers from 0 to 255"),
    (f"3,{FACE[:-3]}99999999999999999999,Training", "line 3 has pixels that are not numbers from 0 to 255"),
    (f"3,{FACE},Test", "line 3 has the unknown usage 'Test'"),
    (f"3,{FACE},Training\udce9", "line 3 is not UTF-8"),  # a byte of Latin-1
]


@pytest.mark.parametrize(("row", "match"), BAD_ROWS)
def test_a_wrong_row_is_named_by_its_line(tmp_path: Path, row: str, match: str) -> None:
    path = table(tmp_path, [WHOLE[0], row, *WHOLE[1:]])
    with pytest.raises(DataError, match=match) as caught:
        data.read(path)
    assert str(path) in caught.value.problem


@pytest.mark.parametrize(("row", "match"), BAD_ROWS)
def test_a_wrong_row_is_skipped_and_listed_where_that_is_allowed(tmp_path: Path, row: str, match: str) -> None:
    ballots(tmp_path, [VOTES[0], "Training,,9,9,9,9,9,9,9,9,9,9", *VOTES[1:]])
    faces = data.read_faces(table(tmp_path, [WHOLE[0], row, *WHOLE[1:]]), skip_bad=True)
    assert faces.names.tolist() == ["fer2013.csv:2", "fer2013.csv:4", "fer2013.csv:5"]
    assert [item.name for item in faces.skipped] == ["fer2013.csv:3"]
    assert match in faces.skipped[0].reason
    assert faces.votes is not None
    assert faces.votes[:, 1].tolist() == [8, 0, 0]  # the votes still belong to their faces


def test_what_was_skipped_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    table(tmp_path, [*WHOLE, *["nothing"] * 25])
    with caplog.at_level("INFO", "fervid.data"):
        assert len(data.read(tmp_path, skip_bad=True).skipped) == 25
    assert "skipped 25 items" in caplog.text
    assert "skipped fer2013.csv:5: " in caplog.text
    assert "and 5 more" in caplog.text


def test_votes_beside_it(tmp_path: Path) -> None:
    table(tmp_path, WHOLE)
    ballots(tmp_path, VOTES)
    found = data.read(tmp_path, labels="majority")
    assert [found.classes[label] for label in (found.training.labels[0], found.private_test.labels[0])] == [
        "happy",
        "neutral",
    ]


def test_a_wrong_row_of_votes(tmp_path: Path) -> None:
    table(tmp_path, WHOLE)
    path = ballots(tmp_path, [VOTES[0], VOTES[1].replace("9", "many"), VOTES[2]])
    with pytest.raises(DataError, match=r"fer2013new\.csv', line 3 has votes that are not numbers"):
        data.read(tmp_path)
    faces = data.read_faces(tmp_path, skip_bad=True)
    assert len(faces) == 3
    assert faces.votes is not None
    assert not faces.votes[1].any()
    path.write_text(path.read_text() + VOTES[0])
    with pytest.raises(DataError, match="has 4 rows, but the table beside it has 3"):
        data.read(tmp_path)


def test_a_table_without_its_header(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not begin with the header emotion,pixels,Usage"):
        data.read(table(tmp_path, WHOLE, header=WHOLE[0]))


def test_a_table_with_a_column_twice(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has the column emotion twice"):
        data.read(table(tmp_path, [f"{row},5" for row in WHOLE], header="emotion,pixels,Usage,emotion"))


def test_a_quote_that_is_never_closed_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is not valid CSV after line 2 "):
        data.read(table(tmp_path, [WHOLE[0], f'3,"{FACE},Training', *WHOLE * 10]))


def test_a_table_without_one_face_to_learn_from(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="has no face in the split training"):
        data.read(table(tmp_path, WHOLE[1:]))
    with pytest.raises(DataError, match="contains no face"):
        data.read(table(tmp_path, []))


def test_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"contains no labelled faces; give Kaggle's fer2013\.csv"):
        data.read(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        data.read(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"cannot be read \(File name too long\)"):
        data.read(tmp_path / ("a" * 300))
    (tmp_path / "video.mp4").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="does not begin with the header"):
        data.read(tmp_path / "video.mp4")


def test_another_size_and_colour(tmp_path: Path) -> None:
    table(tmp_path, WHOLE)
    images = data.read(tmp_path, size=96, colour="rgb").training.images
    assert images.shape == (1, 3, 96, 96)
    np.testing.assert_array_equal(images[:, 0], images[:, 2])


def named_table(folder: Path, name: str, rows: int = 3) -> Path:
    """Write a table of any name, with one training face; the others are test faces."""
    folder.mkdir(exist_ok=True)
    return table(folder, [WHOLE[0], *[WHOLE[2]] * (rows - 1)]).rename(folder / name)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("own/mine.csv", "mine"),
        ("own/fer2013.csv", "FER2013"),
        ("own/FER-2013 cleaned.csv", "FER2013"),
        ("own/icml_face_data.csv", "FER2013"),
    ],
)
def test_a_table_is_named_after_its_file(tmp_path: Path, given: str, name: str) -> None:
    named_table(tmp_path / "own", Path(given).name)
    faces = data.read_faces(tmp_path / given)
    assert (faces.source, faces.published) == (name, 3589 if name == "FER2013" else None)


@pytest.mark.parametrize(("folder", "name"), [("own", "own"), ("fer2013", "FER2013")])
def test_a_table_in_a_folder_is_named_after_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, name: str
) -> None:
    named_table(tmp_path / folder, "fer2013.csv")
    monkeypatch.chdir(tmp_path / folder)
    for given in (tmp_path / folder, Path()):
        assert data.read_faces(given).source == name


def test_kaggles_whole_table_is_fer2013_under_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fervid.data.fer2013.ROWS", 4)
    faces = data.read_faces(named_table(tmp_path, "mine.csv", rows=4))
    assert (faces.source, faces.published) == ("FER2013", 3589)


@pytest.mark.parametrize(("folder", "name"), [("own", "own"), ("fer2013", "FER+")])
def test_only_fer2013_with_votes_is_called_ferplus(tmp_path: Path, folder: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    table(tmp_path / folder, WHOLE)
    ballots(tmp_path / folder, VOTES)
    assert data.read(tmp_path / folder, labels="majority").name == name
