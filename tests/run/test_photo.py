"""Still pictures in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import fervid
from fervid.errors import SourceError
from fervid.run.photo import PhotoReader, open_photo
from fervid.settings import Settings


@pytest.fixture(scope="module")
def smile(videos: Path) -> NDArray[np.uint8]:
    """A frame of a real clip: one man, smiling."""
    with av.open(str(videos / "single_face_mp3.mp4")) as clip:
        return list(clip.decode(video=0))[60].to_ndarray(format="bgr24")


@pytest.fixture(scope="module")
def reader(assets: Path) -> Iterator[PhotoReader]:
    with PhotoReader(Settings(detector="mediapipe")) as opened:
        yield opened


@pytest.fixture
def photo(smile: NDArray[np.uint8], tmp_path: Path) -> Path:
    path = tmp_path / "smile.png"
    cv2.imwrite(str(path), smile)
    return path


def test_a_photo_gives_its_faces_with_their_strengths(photo: Path, assets: Path) -> None:
    (face,) = fervid.read_photo(photo, detector="mediapipe")
    assert face.emotion == "happy"
    assert sum(face.strengths.values()) == pytest.approx(1)
    assert face.confidence == max(face.strengths.values())


def test_each_picture_stands_alone(reader: PhotoReader, smile: NDArray[np.uint8], tmp_path: Path) -> None:
    """What was read before neither numbers nor smooths what is read now."""
    cv2.imwrite(str(tmp_path / "two.png"), np.hstack([smile, smile[:, ::-1]]))
    cv2.imwrite(str(tmp_path / "one.png"), smile)
    two, one, again = (open_photo(tmp_path / name) for name in ("two.png", "one.png", "two.png"))
    first, single, second = reader.read(two), reader.read(one), reader.read(again)
    assert [face.face_id for face in first.faces] == [1, 2]
    assert [face.face_id for face in single.faces] == [1]
    assert first.faces[0].box.x < first.faces[1].box.x
    for face, same in zip(first.faces, second.faces, strict=True):
        assert np.array_equal(face.probabilities, same.probabilities)
        assert np.array_equal(face.probabilities, face.raw)


def test_a_picture_that_lies_on_its_side_is_set_upright(
    reader: PhotoReader, smile: NDArray[np.uint8], tmp_path: Path
) -> None:
    """As a phone writes it: the pixels turned, and EXIF's orientation 6 to tell so."""
    upright = Image.fromarray(np.ascontiguousarray(smile[..., ::-1]))
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.rotate(90, expand=True).save(tmp_path / "phone.jpg", exif=exif, quality=95)
    frame = open_photo(tmp_path / "phone.jpg")
    assert (frame.width, frame.height) == (smile.shape[1], smile.shape[0])
    (face,) = reader.read(frame).faces
    assert face.emotion == "happy"


def test_small_faces_of_a_crowd_are_read(reader: PhotoReader, smile: NDArray[np.uint8], tmp_path: Path) -> None:
    small = cv2.resize(smile, (320, 180), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(tmp_path / "crowd.png"), np.tile(small, (5, 5, 1)))
    assert len(reader.read(open_photo(tmp_path / "crowd.png")).faces) == 25


def test_what_is_no_picture_is_an_error(tmp_path: Path, assets: Path) -> None:
    (tmp_path / "words.jpg").write_text("words")
    with pytest.raises(SourceError, match="is not a picture, or is damaged"):
        fervid.read_photo(tmp_path / "words.jpg")
