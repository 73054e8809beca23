"""Still pictures in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from support.astronaut import smile

import fervid
from fervid.errors import SourceError
from fervid.run.photo import PhotoReader, open_photo
from fervid.settings import Settings


@pytest.fixture(scope="module")
def reader(assets: Path) -> Iterator[PhotoReader]:
    with PhotoReader(Settings(detector="mediapipe")) as opened:
        yield opened


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "smile.png"
    cv2.imwrite(str(path), smile())
    return path


def test_a_photo_gives_its_faces_with_their_strengths(photo: Path, assets: Path) -> None:
    (face,) = fervid.photo(photo, detector="mediapipe").faces
    assert face.emotion == "happy"
    assert sum(face.strengths.values()) == pytest.approx(1)
    assert face.confidence == max(face.strengths.values())


def test_each_picture_stands_alone(reader: PhotoReader, tmp_path: Path) -> None:
    """Earlier pictures affect neither the numbers of the faces nor their probabilities."""
    face = smile()
    cv2.imwrite(str(tmp_path / "two.png"), np.hstack([face, face[:, ::-1]]))
    cv2.imwrite(str(tmp_path / "one.png"), face)
    two, one, again = (open_photo(tmp_path / name) for name in ("two.png", "one.png", "two.png"))
    first, single, second = reader.read(two), reader.read(one), reader.read(again)
    assert [face.face_id for face in first.faces] == [1, 2]
    assert [face.face_id for face in single.faces] == [1]
    assert first.faces[0].box.x < first.faces[1].box.x
    for face, same in zip(first.faces, second.faces, strict=True):
        assert np.array_equal(face.probabilities, same.probabilities)
        assert np.array_equal(face.probabilities, face.raw)


def test_a_picture_that_lies_on_its_side_is_set_upright(reader: PhotoReader, tmp_path: Path) -> None:
    """As a phone writes it: the pixels turned, and EXIF's orientation 6 to tell so."""
    upright = Image.fromarray(np.ascontiguousarray(smile()[..., ::-1]))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "phone.jpg", exif=exif, quality=95)
    frame = open_photo(tmp_path / "phone.jpg")
    assert (frame.width, frame.height) == (640, 360)
    (face,) = reader.read(frame).faces
    assert face.emotion == "happy"


def test_small_faces_of_a_crowd_are_read(reader: PhotoReader, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "crowd.png"), np.tile(smile(90, size=(320, 180)), (5, 5, 1)))
    assert len(reader.read(open_photo(tmp_path / "crowd.png")).faces) == 25


def test_what_is_no_picture_is_an_error(tmp_path: Path, assets: Path) -> None:
    (tmp_path / "words.jpg").write_text("words")
    with pytest.raises(SourceError, match="is not a picture, or is damaged"):
        fervid.photo(tmp_path / "words.jpg")
