"""Detection, tracking and classification of drawn faces."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from fervid import detect, engines
from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import Frame
from fervid.crop.crops import crop
from fervid.settings import Settings
from fervid.track.tracker import MotionTracker
from samples.clips import CLIPS
from samples.drawing import draw_face
from samples.people import PEOPLE
from samples.render import adapted
from samples.scenery import garden
from samples.staging import TIME_BASE, shots

SIZES = {"faces": (480, 270), "single": (320, 180), "crossing": (320, 180), "vfr": (320, 180)}


@pytest.mark.parametrize("name", SIZES)
def test_whole_faces_are_found_at_their_true_positions(name: str, assets: Path) -> None:
    found, whole = 0, 0
    with detect.create(Settings(detector="mediapipe")) as detector:
        for shot in list(shots(adapted(CLIPS[name], SIZES[name])))[::3]:
            faces = [face for face in detector.detect(shot.image) if face.score >= 0.7]
            for seen in shot.truth:
                if seen.whole:
                    whole += 1
                    found += any(face.box.iou(Box(*seen.box)) >= 0.5 for face in faces)
    assert whole > 30
    assert found >= 0.98 * whole


def test_no_face_is_found_without_people(assets: Path) -> None:
    with detect.create(Settings(detector="mediapipe")) as detector:
        assert not any(detector.detect(shot.image) for shot in shots(adapted(CLIPS["none"], (640, 360))))


@pytest.mark.parametrize("name", SIZES)
def test_each_person_keeps_one_identity(name: str, assets: Path) -> None:
    tracker, numbers = MotionTracker(), defaultdict(set)
    with detect.create(Settings(detector="mediapipe")) as detector:
        for index, shot in enumerate(shots(adapted(CLIPS[name], SIZES[name]))):
            frame = Frame(shot.image, index, shot.pts, TIME_BASE)
            for tracked in tracker.update(frame, detector.detect(shot.image)):
                for seen in shot.truth:
                    if tracked.face.box.iou(Box(*seen.box)) >= 0.5:
                        numbers[seen.face].add(tracked.face_id)
    assert numbers.keys() == {actor.person.name for actor in CLIPS[name].actors}
    assert sorted(map(len, numbers.values())) == [1] * len(numbers)
    assert len(set.union(*numbers.values())) == len(numbers)


def test_the_default_engine_classifies_the_expressions(assets: Path) -> None:
    right: Counter[str] = Counter()
    with detect.create(Settings(detector="mediapipe")) as detector, engines.load("emotionnet", "cpu") as engine:
        size, colour, labels = engine.manifest.input.size, engine.manifest.input.colour, engine.manifest.classes
        for person in PEOPLE:
            for name in FER2013:
                image = garden(640, 360).copy()
                draw_face(image, (320, 170), 160, name, person=person)
                image = np.asarray(cv2.GaussianBlur(image, (0, 0), 0.5), np.uint8)
                face = detector.detect(image)[0]
                strengths = engine.classify(crop(image, face, size, colour)[None])[0]
                right[name] += labels[int(strengths.argmax())] == name
    assert all(right[name] >= len(PEOPLE) - 1 for name in FER2013), right
