"""Small data sets that claim to be enormous are refused before they are unpacked."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.lib import format as npy

from fervid import data
from fervid.errors import DataError


def write_archive(path: Path, held: int, claimed: tuple[int, ...]) -> None:
    """Write an archive of `held` images of zeros whose header claims another shape."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, shape, dtype in (("images", claimed, "|u1"), ("fer_label", claimed[:1], "<i8")):
            head = io.BytesIO()
            npy.write_array_header_1_0(head, {"descr": dtype, "fortran_order": False, "shape": shape})
            with archive.open(f"{name}.npy", "w") as file:
                file.write(head.getvalue())
                for _ in range(held):
                    file.write(bytes(48 * 48 if name == "images" else 8))


@pytest.fixture
def traced() -> object:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_an_archive_that_unpacks_to_more_than_the_limit_is_refused_in_little_memory(tmp_path: Path) -> None:
    write_archive(tmp_path / "training.npz", 3_000, (3_000, 48, 48))
    assert (tmp_path / "training.npz").stat().st_size < 30_000
    tracemalloc.reset_peak()
    with pytest.raises(DataError) as caught:
        data.read(tmp_path, max_pixels=5_000_000)
    assert str(caught.value) == (
        f"'{tmp_path / 'training.npz'}' unpacks to 6,936,000 bytes, more than the limit of 5,000,000; "
        "raise it with max_pixels if you trust the file"
    )
    assert tracemalloc.get_traced_memory()[1] < 3_000_000
    assert len(data.read_faces(tmp_path, max_pixels=7_000_000)) == 3_000


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("claimed", [(10**12, 48, 48), (100_000, 48, 48)])
def test_an_archive_that_holds_less_than_it_claims_is_refused(tmp_path: Path, claimed: tuple[int, ...]) -> None:
    write_archive(tmp_path / "training.npz", 1, claimed)
    tracemalloc.reset_peak()
    with pytest.raises(DataError, match=r"training\.npz' cannot be read .*images claims [\d,]+ bytes and holds 2,304"):
        data.read(tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 3_000_000


def test_the_limit_is_for_all_archives_of_a_data_set_together(tmp_path: Path) -> None:
    for part in range(3):
        write_archive(tmp_path / f"training-{part}.npz", 100, (100, 48, 48))
    with pytest.raises(DataError, match=r"training-2\.npz', with the archives before it, unpacks to 692,000 bytes"):
        data.read(tmp_path, max_pixels=600_000)


def test_an_image_over_the_limit_is_an_error_or_skipped(tmp_path: Path) -> None:
    for name, side in (("happy/a.png", 50), ("happy/b.png", 200), ("sad/a.png", 50)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(tmp_path / name), np.zeros((side, side), np.uint8))
    with pytest.raises(DataError, match=r"b\.png' has 200x200 pixels, more than the limit of 2,500; raise it with"):
        data.read_faces(tmp_path, max_pixels=2500)
    faces = data.read_faces(tmp_path, max_pixels=2500, skip_bad=True)
    assert len(faces) == 2
    assert [item.name for item in faces.skipped] == ["happy/b.png"]


@pytest.mark.usefixtures("traced")
def test_a_row_of_enormous_length_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_bytes(b"emotion,pixels,Usage\n0," + b"1 " * 3_000_000)
    tracemalloc.reset_peak()
    with pytest.raises(DataError, match=r"fer2013\.csv' cannot be read \(a line of it is longer than 1,048,576"):
        data.read(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
