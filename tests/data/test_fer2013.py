"""FER2013 in the forms that people have it, and each way in which a table can be wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fervid.data import fer2013
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING, DataSet
from fervid.emotions import FER2013
from fervid.errors import DataError

FACE = " ".join(map(str, np.arange(48 * 48) % 256))
WHOLE = [f"3,{FACE},Training", f"0,{FACE},PublicTest", f"6,{FACE},PrivateTest"]


def table(folder: Path, rows: list[str], header: str = "emotion,pixels,Usage") -> Path:
    path = folder / "fer2013.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_archives(small: DataSet) -> None:
    assert small.classes == FER2013
    assert [len(split) for split in (small.training, small.public_test, small.private_test)] == [64, 32, 32]
    assert small.training.images.shape == (64, 1, 48, 48)
    assert small.training.images.dtype == np.uint8
    assert small.training.labels.dtype == np.int64


def test_the_table_holds_the_same_faces_as_the_archives(shared: Path, tmp_path: Path) -> None:
    script = shared / "data" / "export.py"
    subprocess.run([sys.executable, script, tmp_path, "--limit", "30"], check=True, timeout=120)
    from_table, from_archives = fer2013.read(tmp_path), fer2013.read(shared / "data" / "fer2013")
    for name in SPLITS:
        ours, theirs = getattr(from_table, name), getattr(from_archives, name)
        np.testing.assert_array_equal(ours.images, theirs.images[:30])
        np.testing.assert_array_equal(ours.labels, theirs.labels[:30])
        assert ours.usage == name


@pytest.mark.parametrize("given", ["", "fer2013.csv"])
def test_a_folder_or_the_table_in_it(tmp_path: Path, given: str) -> None:
    table(tmp_path, WHOLE)
    data = fer2013.read(tmp_path / given)
    np.testing.assert_array_equal(data.training.images[0, 0], (np.arange(48 * 48) % 256).reshape(48, 48))
    assert (data.training.labels[0], data.public_test.labels[0], data.private_test.labels[0]) == (3, 0, 6)


def test_kaggles_other_table_with_its_own_order_of_columns(tmp_path: Path) -> None:
    rows = [f"3,Training,{FACE}", f"0,PublicTest,{FACE}", "", f"6,PrivateTest,{FACE}"]
    assert len(fer2013.read(table(tmp_path, rows, "emotion, Usage, pixels")).private_test) == 1


@pytest.mark.parametrize(
    ("row", "match"),
    [
        (f"3,{FACE}", "line 3 has 2 fields, not 3"),
        (f"7,{FACE},Training", "line 3 has the emotion '7'"),
        (f"-1,{FACE},Training", "line 3 has the emotion '-1'"),
        (f"happy,{FACE},Training", "line 3 has the emotion 'happy'"),
        (f"3,{FACE} 0,Training", "line 3 has 2305 pixels, not 2304"),
        ("3,,Training", "line 3 has 0 pixels, not 2304"),
        (f"3,{FACE[:-3]}25x,Training", "line 3 has pixels that are not numbers"),
        (f"3,{FACE[:-3]}256,Training", "line 3 has pixels that are not numbers from 0 to 255"),
        (f"3,{FACE},Test", "line 3 has the unknown Usage 'Test'"),
    ],
)
def test_a_wrong_row_is_named_by_its_line(tmp_path: Path, row: str, match: str) -> None:
    path = table(tmp_path, [WHOLE[0], row, *WHOLE[1:]])
    with pytest.raises(DataError, match=match) as caught:
        fer2013.read(path)
    assert str(path) in caught.value.problem


def test_a_table_without_its_header(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not begin with the header emotion,pixels,Usage"):
        fer2013.read(table(tmp_path, WHOLE, header=WHOLE[0]))


@pytest.mark.parametrize("absent", range(3))
def test_a_table_without_one_of_the_splits(tmp_path: Path, absent: int) -> None:
    rows = [row for number, row in enumerate(WHOLE) if number != absent]
    with pytest.raises(DataError, match=f"has no face for {(TRAINING, PUBLIC_TEST, PRIVATE_TEST)[absent]}"):
        fer2013.read(table(tmp_path, rows))


def test_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds neither fer2013\.csv nor training"):
        fer2013.read(tmp_path)
    with pytest.raises(DataError, match="does not exist"):
        fer2013.read(tmp_path / "nowhere")
    (tmp_path / "video.mp4").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match="is not a CSV table"):
        fer2013.read(tmp_path / "video.mp4")


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({"images": np.zeros((2, 48, 48), np.uint8)}, "cannot be read as an archive"),
        ({"images": np.zeros((2, 48, 48)), "fer_label": np.zeros(2, int)}, "float64 for 2 labels"),
        ({"images": np.zeros((3, 48, 48), np.uint8), "fer_label": np.zeros(2, int)}, "for 2 labels"),
        ({"images": np.zeros((1, 48, 48), np.uint8), "fer_label": np.array([7])}, "labels outside 0 to 6"),
    ],
)
def test_a_wrong_archive(tmp_path: Path, arrays: dict[str, np.ndarray], match: str) -> None:
    np.savez(tmp_path / "training.npz", **arrays)
    with pytest.raises(DataError, match=match):
        fer2013.read(tmp_path)


def test_a_damaged_archive(tmp_path: Path) -> None:
    (tmp_path / "training.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(DataError, match=r"training\.npz cannot be read as an archive"):
        fer2013.read(tmp_path)
