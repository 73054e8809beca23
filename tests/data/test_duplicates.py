"""Pictures that occur more than once, found without taking different people for one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from labelled_faces import pictures
from numpy.typing import NDArray

from fervid.data.duplicates import groups


def altered(image: NDArray[np.uint8], how: str) -> NDArray[np.uint8]:
    picture = image[0]
    if how == "darker":
        return (picture * 0.8).astype(np.uint8)[None]
    if how == "compressed":
        _, data = cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, 60))
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)[None]
    if how == "lettered":
        return np.asarray(cv2.putText(picture.copy(), "stock", (2, 44), 0, 0.3, 255), np.uint8)[None]
    return picture.copy()[None]


@pytest.mark.parametrize("how", ["copied", "darker", "compressed", "lettered"])
def test_what_was_altered_is_found(archives: Path, how: str) -> None:
    with np.load(archives / "public_test.npz") as arrays:
        faces = arrays["images"][:, None]
    assert groups(faces) == []
    found = groups(np.concatenate([faces, altered(faces[3], how)[None]]))
    assert [group.tolist() for group in found] == [[3, len(faces)]]


def test_copies_alone() -> None:
    images = pictures(4)
    more = np.concatenate([images, images[2:3], altered(images[0], "darker")[None], images[2:3]])
    assert [group.tolist() for group in groups(more, near=False)] == [[2, 4, 6]]
    assert [group.tolist() for group in groups(more)] == [[0, 5], [2, 4, 6]]


def test_even_pictures_are_copies_only_where_they_are_equal() -> None:
    even = np.stack([np.full((1, 48, 48), tone, np.uint8) for tone in (0, 0, 128, 255)])
    assert [group.tolist() for group in groups(even)] == [[0, 1]]


def test_colour_and_nothing() -> None:
    images = pictures(3, channels=3)
    assert [group.tolist() for group in groups(np.concatenate([images, images[:1]]))] == [[0, 3]]
    assert groups(images[:0]) == []
