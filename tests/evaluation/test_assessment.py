"""Assessments of engines whose predictions are known."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import numpy as np
import pytest

from fervid import engines
from fervid.core.emotions import CK_PLUS, FERPLUS
from fervid.data.dataset import DataSet, Split
from fervid.data.face_groups import FaceGroups
from fervid.data.faces import Skipped
from fervid.data.pictures import NO_FACE
from fervid.errors import DataError
from fervid.evaluation.assessment import assess
from fervid.testing import FakeEngine


def whole(name: str, classes: tuple[str, ...], images: np.ndarray, labels: np.ndarray) -> DataSet:
    """Return a data set whose faces are all in private_test."""
    none = Split("training", images[:0], labels[:0])
    return DataSet(name, classes, none, none, Split("private_test", images, labels), len(labels))


@pytest.fixture(scope="module")
def ck_plus(ck48: Path) -> DataSet:
    with np.load(ck48) as arrays:
        return whole("CK+", CK_PLUS, arrays["images"][:, None], arrays["label"].astype(np.int64))


def test_a_shipped_engine_on_faces_of_other_classes(ck_plus: DataSet) -> None:
    """Six of the seven classes of CK+ are also in FER2013, whose neutral is not in CK+."""
    with engines.load("emotionnet", "cpu") as engine:
        found = assess(engine, ck_plus, "all")
    assert found.left_out == {"contempt": 12}
    assert found.evaluation.faces == 72
    assert "neutral" in found.evaluation.predictions
    assert [score.name for score in found.evaluation.scores] == ["angry", "disgust", "fear", "happy", "sad", "surprise"]
    assert found.restricted is not None
    assert found.restricted.predictions == ("angry", "disgust", "fear", "happy", "sad", "surprise")
    assert found.restricted.accuracy > found.evaluation.accuracy > 0.6
    assert found.restricted.faces == 72
    assert found.absent == 0
    assert found.images_per_second > 0


def test_the_same_classes_are_not_restricted(small: DataSet) -> None:
    found = assess(FakeEngine("happy"), small)
    happy = int((small.private_test.labels == 3).sum())
    assert found.evaluation.correct == happy
    assert found.restricted is found.agreed is found.mirrored is None
    assert list(found.variants) == ["all predictions"]
    assert found.absent == 3589 - 32
    assert found.lower_bound == pytest.approx(happy / 3589)


def test_faces_on_which_annotators_agreed(small: DataSet) -> None:
    labels = np.array([1, 1, 7, 0])
    agreed = np.array([True, False, True, True])
    split = Split("private_test", small.private_test.images[:4], labels, agreed=agreed)
    data = dataclasses.replace(small, name="FER+", classes=FERPLUS, private_test=split, private_rows=4)
    found = assess(FakeEngine("happy"), data)  # it lacks contempt
    assert found.left_out == {"contempt": 1}
    assert (found.evaluation.faces, found.evaluation.correct) == (3, 2)
    assert found.agreed is not None
    assert (found.agreed.faces, found.agreed.correct) == (2, 1)


class Unused(FakeEngine):
    """An engine that nobody may ask."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        raise AssertionError("the faces were classified")


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([str(age) for age in range(51)], "the column 'age' divides the faces into 51 groups"),
        ([""] * 51, "the column 'age' is empty for all faces"),
    ],
)
def test_a_column_that_gives_no_groups_or_too_many_is_refused_before_the_faces_are_classified(
    groups: list[str], message: str
) -> None:
    names = np.array([f"{place}.png" for place in range(51)])
    split = Split("private_test", np.zeros((51, 1, 48, 48), np.uint8), np.zeros(51, np.int64), names=names)
    data = dataclasses.replace(whole("ages", CK_PLUS, split.images, split.labels), private_test=split)
    ages = dict(zip(names.tolist(), groups, strict=True))
    columns = FaceGroups({"camera": dict.fromkeys(ages, "left"), "age": ages})
    with pytest.raises(DataError, match=message):
        assess(Unused(), data, groups=columns)


class LeftOrRight(FakeEngine):
    """An engine that predicts sad with 0.6 if the left half is brighter, and happy with 0.9 if the right one is."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(crops), 7), np.float32)
        left = crops[:, 0, :, :24].mean((1, 2)) > crops[:, 0, :, 24:].mean((1, 2))
        rows[:, 3] = np.where(left, 0.4, 0.9)
        rows[:, 4] = 1 - rows[:, 3]
        return rows


def test_the_mirror_image_counts(small: DataSet) -> None:
    """A face that is bright on the left is sad alone, but happy with its mirror image, by 0.65 to 0.35."""
    images = np.zeros((3, 1, 48, 48), np.uint8)
    images[..., :24] = 200
    data = whole("halves", small.classes, images, np.array([3, 3, 3]))
    found = assess(LeftOrRight(), data, mirror=True)
    assert found.evaluation.accuracy == 0
    assert found.mirrored is not None
    assert found.mirrored.accuracy == 1
    assert found.mirrored.calibration_error == pytest.approx(0.35, abs=1e-6)
    assert found.mirrored_restricted is None


def test_the_mirror_image_restricted_to_the_labels(small: DataSet) -> None:
    """With its mirror image the face is happy; among angry and sad, it is sad."""
    images = np.zeros((3, 1, 48, 48), np.uint8)
    images[..., :24] = 200
    found = assess(LeftOrRight(), whole("halves", ("angry", "sad"), images, np.array([1, 1, 1])), mirror=True)
    assert found.mirrored is not None
    assert found.mirrored.accuracy == 0
    assert found.mirrored_restricted is not None
    assert found.mirrored_restricted.accuracy == 1
    assert found.document()["mirrored_restricted"]["predictions"] == ["angry", "sad"]


@pytest.mark.parametrize(("usage", "absent"), [("all", 2), ("private_test", 0)])
def test_images_without_a_face_count(small: DataSet, usage: str, absent: int) -> None:
    """The split of such an image is unknown, so only an evaluation of all faces can count it as wrong."""
    skipped = (Skipped("1", NO_FACE), Skipped("2", "cannot be read"), Skipped("3", NO_FACE))
    data = whole("own", small.classes, small.training.images[:2], np.array([3, 3]))
    found = assess(FakeEngine("happy"), dataclasses.replace(data, skipped=skipped, detected=True), usage)
    assert found.undetected == 2
    assert found.absent == absent
    assert found.lower_bound == 2 / (2 + absent)
    assert found.title == f"fake on own, {usage}, framed as in a video"
    assert (found.document()["detected"], found.document()["undetected"]) == (True, 2)


def test_calibration_before_and_after_the_temperature(small: DataSet) -> None:
    engine = FakeEngine("happy")
    engine.manifest = dataclasses.replace(engine.manifest, temperature=2.0)
    found = assess(engine, small)
    sure = 0.9**2 / (0.9**2 + 6 * (0.1 / 6) ** 2)  # the same logits without their division by 2
    right = found.evaluation.accuracy
    assert found.evaluation.calibration_error == pytest.approx(0.9 - right, abs=1e-5)
    assert found.uncalibrated.calibration_error == pytest.approx(sure - right, abs=1e-5)


@pytest.mark.parametrize("faces", [1, 2])
def test_hardly_any_faces(small: DataSet, faces: int) -> None:
    data = whole("few", small.classes, small.training.images[:faces], np.full(faces, 3))
    found = assess(FakeEngine("happy"), data, mirror=True)
    assert found.evaluation.accuracy == found.evaluation.balanced_accuracy == 1.0
    assert found.evaluation.interval() == (1.0, 1.0)
    classes = json.loads(json.dumps(found.document()))["classes"]
    assert classes["sad"] == {"faces": 0, "precision": 0, "recall": 0, "f1": 0}


def test_a_single_class(small: DataSet) -> None:
    data = whole("happy ones", ("happy",), small.training.images[:3], np.zeros(3, np.int64))
    found = assess(FakeEngine("happy"), data, "all")
    assert found.evaluation.accuracy == 1
    assert found.restricted is None, "there would be nothing to choose between"


def test_evaluating_on_training_data_logs_a_warning(small: DataSet, caplog: pytest.LogCaptureFixture) -> None:
    engine = FakeEngine()
    engine.manifest = dataclasses.replace(engine.manifest, data_set="FER2013")
    with caplog.at_level(logging.WARNING, "fervid"):
        assess(engine, small, "private_test")
        assert not caplog.messages
        assess(engine, small, "all")
    assert caplog.messages == ["fake was trained on faces of FER2013, and those are evaluated too"]
