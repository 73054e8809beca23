"""What holds for every detector, on a drawn face at a known place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from support.astronaut import smile, view

from fervid import detect
from fervid.core.geometry import Box
from fervid.crop.framing import BLAZEFACE_BOX, fer_square, square_from_box
from fervid.detect.base import Detector

NAMES = detect.DETECTORS.names
Draw = Callable[..., tuple[NDArray[np.uint8], Box]]
Create = Callable[..., Detector]


def test_it_bears_the_name_it_is_chosen_by(detector: Detector) -> None:
    assert detector.name in NAMES


@pytest.mark.parametrize(("width", "height"), [(320, 180), (640, 360), (1281, 719), (360, 640), (2560, 1440)])
def test_the_box_is_where_the_face_is_at_any_size(detector: Detector, draw: Draw, width: int, height: int) -> None:
    image, box = draw(width, height, size=0.45 * min(1.0, width / height))
    faces = detector.detect(image)
    assert len(faces) == 1
    assert faces[0].box.iou(box) > 0.6
    assert 0.5 <= faces[0].score <= 1.0


def test_all_detectors_frame_a_face_alike(detector: Detector, draw: Draw) -> None:
    """A box means the same whatever found it, so that the network sees the same crop."""
    image, box = draw()
    found = fer_square(detector.detect(image)[0])
    expected = square_from_box(box, BLAZEFACE_BOX)
    assert found.width == pytest.approx(expected.width, rel=0.15)
    assert found.centre.distance(expected.centre) < 0.1 * expected.width


def test_a_wall_has_no_face(detector: Detector) -> None:
    assert detector.detect(np.full((360, 640, 3), 128, np.uint8)) == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (360, 2), (5000, 3)])
def test_odd_pictures_are_no_trouble(detector: Detector, shape: tuple[int, int]) -> None:
    assert detector.detect(np.zeros((*shape, 3), np.uint8)) == []


def test_the_picture_is_not_written_to_and_need_not_be_contiguous(detector: Detector, draw: Draw) -> None:
    image, _ = draw()
    mirrored = image[:, ::-1]
    mirrored.flags.writeable = False
    before = mirrored.copy()
    assert len(detector.detect(mirrored)) == 1
    assert np.array_equal(mirrored, before)


def test_the_best_face_comes_first(detector: Detector, draw: Draw) -> None:
    image = np.hstack([draw(width=320)[0], draw(width=320, size=0.3)[0]])
    scores = [face.score for face in detector.detect(image)]
    assert len(scores) == 2
    assert scores == sorted(scores, reverse=True)


def test_a_known_picture_gives_the_same_faces_again(detector: Detector, draw: Draw) -> None:
    image, _ = draw()
    assert detector.detect(image) == detector.detect(image)


def test_small_and_doubtful_faces_are_left_out(create: Create, draw: Draw) -> None:
    image, box = draw()
    with create() as made:
        score = made.detect(image)[0].score
    for changes in ({"min_face": round(box.width * 1.3)}, {"min_score": min(1.0, score + 0.01)}):
        with create(**changes) as made:
            assert made.detect(image) == [], changes
    with create(min_face=round(box.width * 0.8), min_score=score - 0.01) as made:
        assert len(made.detect(image)) == 1


def test_it_may_be_closed_twice(create: Create) -> None:
    made = create()
    made.close()
    made.close()


def test_a_face_across_the_edge_keeps_its_place(detector: Detector, draw: Draw) -> None:
    """A box may begin outside the frame; it is not moved inside; Haar would need the whole face."""
    image, box = draw(x=0.12, size=0.6)
    assert box.x < 0
    if detector.name in detect.FOLLOWING:
        (face,) = detector.detect(image)
        assert face.box.x < 0
        assert face.box.iou(box) > 0.75


def test_a_real_face_scores_higher_than_what_passes_for_one(detector: Detector) -> None:
    """A track begins at 0.7: a face reaches that, none of the things around it does."""

    def best(image: NDArray[np.uint8]) -> float:
        return max((face.score for face in detector.detect(image)), default=0.0)

    faces = [smile(side, tilt=tilt) for side in (120, 180, 240) for tilt in (-10, 0, 10)]
    things = [view((x, y), 1.5) for x in range(180, 380, 40) for y in (330, 350, 370, 390)]
    assert min(map(best, faces)) >= 0.7
    assert max(map(best, things)) < 0.7


@pytest.mark.data
def test_so_it_is_in_real_clips_and_in_a_cartoon(detector: Detector, real_clips: Path) -> None:

    def scores(name: str, step: int) -> list[float]:
        capture, best = cv2.VideoCapture(str(real_clips / name)), []
        for number in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT))):
            read, image = capture.read()
            if read and number % step == 0:
                best.append(max((face.score for face in detector.detect(image)), default=0.0))
        return best

    assert np.mean(np.array(scores("single_face_mp3.mp4", 9)) >= 0.7) == 1.0
    assert max(scores("no_face.mp4", 9)) < 0.7
