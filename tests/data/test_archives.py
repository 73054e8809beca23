"""NumPy archives of FER2013 and of CK+."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from fervid import data, detect
from fervid.core.emotions import CK_PLUS, FER2013
from fervid.data.dataset import DataSet
from fervid.data.pictures import NO_FACE
from fervid.errors import DataError
from fervid.settings import Settings


def test_archives_of_fer2013(small: DataSet) -> None:
    assert small.classes == FER2013
    assert [len(split) for split in (small.training, small.public_test, small.private_test)] == [64, 32, 32]
    assert small.training.images.shape == (64, 1, 48, 48)
    assert small.training.images.dtype == np.uint8
    assert small.training.labels.dtype == np.int64
    assert small.private_rows == 3589


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({"images": np.zeros((2, 48, 48), np.uint8)}, r"training\.npz' has no array 'fer_label'"),
        ({"images": np.zeros((2, 48, 48)), "fer_label": np.zeros(2, int)}, "float64"),
        ({"images": np.zeros((2, 40, 40), np.uint8), "fer_label": np.zeros(2, int)}, "images of 40 pixels"),
        ({"images": np.zeros((3, 48, 48), np.uint8), "fer_label": np.zeros(2, int)}, "3 images, 2 fer_label"),
        ({"images": np.zeros((2, 48, 48), np.uint8), "fer_label": np.array([0, 7])}, "row 1 has the label 7"),
        ({"images": np.zeros((1, 48, 48), np.uint8), "fer_label": np.array(["sad"])}, "use \\(N,\\) integers"),
        (
            {"images": np.zeros((1, 48, 48), np.uint8), "fer_label": np.array([0]), "ferplus_votes": np.zeros((1, 8))},
            "ferplus_votes of shape \\(1, 8\\)",
        ),
    ],
)
def test_a_wrong_archive(tmp_path: Path, arrays: dict[str, np.ndarray], match: str) -> None:
    np.savez(tmp_path / "training.npz", **arrays)
    with pytest.raises(DataError, match=match) as caught:
        data.read(tmp_path)
    assert "training.npz" in caught.value.problem


@pytest.mark.parametrize("kept", [20, 5000])
def test_a_damaged_archive(archives: Path, tmp_path: Path, kept: int) -> None:
    shutil.copytree(archives, tmp_path, dirs_exist_ok=True)
    damaged = tmp_path / "training-1.npz"
    damaged.write_bytes(damaged.read_bytes()[:kept])
    with pytest.raises(DataError, match=r"training-1\.npz' cannot be read as an archive"):
        data.read(tmp_path)
    found = data.read(tmp_path, skip_bad=True)
    assert len(found.training) == 40
    assert [item.name for item in found.skipped] == ["training-1.npz"]


@pytest.mark.parametrize("header", ["{'shape': (", "{'shape': (2L,", "  {\n 'a': 1", "{'shape': (2,)}}", "[" * 5000])
def test_a_header_that_is_no_literal(header: str, tmp_path: Path) -> None:
    text = header.encode().ljust(118) + b"\n"
    array = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text
    with zipfile.ZipFile(tmp_path / "training.npz", "w") as archive:
        for name in ("images", "fer_label"):
            archive.writestr(f"{name}.npy", array)
    with pytest.raises(DataError, match=r"training\.npz' cannot be read as an archive"):
        data.read(tmp_path)


def test_what_is_no_archive_at_all(tmp_path: Path) -> None:
    for content in (b"", b"PK and then nothing", bytes(range(256))):
        (tmp_path / "mine.npz").write_bytes(content)
        with pytest.raises(
            DataError,
            match=r"mine\.npz' cannot be read .* \(not a NumPy archive, or truncated\); write or download it again",
        ):
            data.read(tmp_path / "mine.npz")


def test_rows_that_occur_twice_are_not_those_of_the_table(tmp_path: Path) -> None:
    for name in ("training", "public_test"):
        arrays = {"images": np.zeros((2, 48, 48), np.uint8), "fer_label": np.zeros(2, np.int8), "row": np.arange(2)}
        np.savez(tmp_path / f"{name}.npz", **arrays)
    assert data.read_faces(tmp_path).rows is None


def test_ck_is_divided_by_subject(ck48: Path) -> None:
    faces = data.read_faces(ck48)
    found = data.read(ck48.parent)
    assert found.classes == CK_PLUS
    assert faces.subjects is not None
    people = {image.tobytes(): person for image, person in zip(faces.images, faces.subjects, strict=True)}
    seen = [{people[image.tobytes()] for image in split.images} for split in _splits(found)]
    assert not seen[0] & seen[1]
    assert not seen[0] & seen[2]
    assert not seen[1] & seen[2]
    assert sum(len(split) for split in _splits(found)) == len(faces) == 84
    assert all(len(np.unique(split.labels)) == 7 for split in _splits(found))
    assert found.private_rows == len(found.private_test)


def _splits(found: DataSet) -> list:
    return [found.training, found.public_test, found.private_test]


def test_names_that_are_not_one_for_each(tmp_path: Path) -> None:
    images, label = np.zeros((2, 48, 48), np.uint8), np.zeros(2, np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, label=label, name=np.array(["S1_1", "S1_1"]))
    with pytest.raises(DataError, match="has names that are not distinct"):
        data.read(tmp_path / "mine.npz")


IMAGES = np.arange(6 * 20 * 20, dtype=np.uint32).reshape(6, 20, 20).astype(np.uint8)


def test_an_archive_of_ones_own_holds_images_and_emotions_by_name(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "mine.npz", images=IMAGES, label=np.array(["Happy", "sadness", "happy", "bored", "sad", "happy"])
    )
    faces = data.read_faces(tmp_path / "mine.npz", size=20)
    assert faces.source == "mine"
    assert faces.classes == ("happy", "sad", "bored")
    assert faces.labels.tolist() == [0, 1, 0, 2, 1, 0]
    assert faces.names.tolist()[:2] == ["mine.npz:0", "mine.npz:1"]
    assert faces.subjects is None
    np.testing.assert_array_equal(faces.images[:, 0], IMAGES)


def test_an_archive_of_ones_own_may_have_colour_names_and_subjects(tmp_path: Path) -> None:
    colour = np.stack([IMAGES, IMAGES // 2, IMAGES // 3], axis=-1)
    texts = {"label": np.array(["happy"] * 6), "name": np.array(list("abcdef")), "subject": np.array(list("xxyyzz"))}
    np.savez(tmp_path / "mine.npz", images=colour, **texts)
    faces = data.read_faces(tmp_path / "mine.npz", size=20, colour="rgb")
    np.testing.assert_array_equal(faces.images, colour.transpose(0, 3, 1, 2))
    assert faces.subjects is not None
    assert "".join(faces.subjects) == "xxyyzz"
    assert "".join(faces.names) == "abcdef"


def test_one_archive_of_fer2013_is_read_by_itself(archives: Path, small: DataSet, tmp_path: Path) -> None:
    for name, usage in (("private_test.npz", "private_test"), ("mine.npz", "")):
        shutil.copy(archives / "private_test.npz", tmp_path / name)
        faces = data.read_faces(tmp_path / name)
        assert set(faces.usages) == {usage}
        np.testing.assert_array_equal(faces.labels, small.private_test.labels)
        assert faces.votes is not None


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        (
            {"images": IMAGES},
            r"mine\.npz' has no array 'label'; an archive of faces holds images \(N, size, size\) uint8",
        ),
        ({"x": IMAGES}, r"has no array 'images' and no array 'label'; an archive of faces holds images"),
        ({"images": IMAGES, "label": np.array(["hapy"] * 6)}, r"the label 'hapy' in .*; did you mean happy\?"),
        ({"images": IMAGES, "label": np.zeros(6)}, r"has labels of shape \(6,\) and type float64"),
        ({"images": IMAGES, "label": np.array(["sad"] * 5)}, r"different lengths \(6 images, 5 label\)"),
        ({"images": IMAGES, "label": np.array([7] * 6)}, "row 0 has the label 7"),
        ({"images": IMAGES[..., None], "label": np.array(["sad"] * 6)}, r"images of shape \(6, 20, 20, 1\)"),
        ({"images": IMAGES, "label": np.array(["sad"] * 6), "subject": np.arange(6)}, "subjects that are not text"),
    ],
)
def test_what_an_archive_of_ones_own_lacks(tmp_path: Path, arrays: dict[str, np.ndarray], match: str) -> None:
    np.savez(tmp_path / "mine.npz", **arrays)
    with pytest.raises(DataError, match=match):
        data.read(tmp_path / "mine.npz")


@pytest.mark.parametrize(
    ("folder", "given", "name"),
    [
        ("own", "", "own"),
        ("own", "private_test.npz", "own"),
        ("own", "mine.npz", "mine"),
        ("fer2013", "", "FER2013"),
        ("fer2013", "private_test.npz", "FER2013"),
        ("fer2013", "mine.npz", "mine"),
    ],
)
def test_archives_are_named_after_what_was_given(tmp_path: Path, folder: str, given: str, name: str) -> None:
    (tmp_path / folder).mkdir()
    arrays = {"images": np.zeros((2, 48, 48), np.uint8), "fer_label": np.array([3, 4])}
    np.savez(tmp_path / folder / (given or "private_test.npz"), **arrays)
    faces = data.read_faces(tmp_path / folder / given)
    assert (faces.source, faces.published) == (name, 3589 if name == "FER2013" else None)


def test_detect_crops_the_faces_of_an_archive_again(small: DataSet, assets: Path, tmp_path: Path) -> None:
    """Small faces in a corner come back as FER2013 frames them, and an image without a face is left out."""
    framed = small.training.images[:6, 0]
    corners = np.full((7, 48, 48), 128, np.uint8)
    for corner, face in zip(corners, framed, strict=False):
        corner[12:, :36] = cv2.resize(face, (36, 36), interpolation=cv2.INTER_AREA)
    np.savez(tmp_path / "corners.npz", images=corners, label=np.array(["happy"] * 7))
    with detect.create(Settings()) as detector:
        faces = data.read_faces(tmp_path / "corners.npz", detector=detector)
        large = data.read_faces(tmp_path / "corners.npz", detector=detector, size=96, colour="rgb")
    assert faces.detected
    assert [(item.name, item.reason) for item in faces.skipped] == [("corners.npz:6", NO_FACE)]
    assert faces.names.tolist() == [f"corners.npz:{place}" for place in range(6)]
    inner = np.s_[:, 8:40, 8:40]
    before, after = (
        np.abs(images[inner].astype(int) - framed[inner]).mean() for images in (corners[:6], faces.images[:, 0])
    )
    assert after < before / 2
    assert large.images.shape == (6, 3, 96, 96)
    assert not data.read_faces(tmp_path / "corners.npz").detected
