"""Drawn faces to train with: all expressions, many people, framed as FER2013 frames faces."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from fervid import detect
from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.crop.framing import EYE_DISTANCE, EYES_CENTRE
from fervid.data.duplicates import groups
from fervid.data.ferplus import opinion
from fervid.settings import Settings
from samples.labelled_faces import LabelledFaces, draw_labelled_faces, draw_sequences
from samples.taggers import COLUMNS, TAGGERS


def test_one_seed_draws_the_same_faces_and_another_one_others() -> None:
    one, again, other = (draw_labelled_faces({"training": 6}, seed) for seed in (7, 7, 8))
    for name in ("images", "labels", "people", "votes", "rows"):
        np.testing.assert_array_equal(getattr(one, name), getattr(again, name))
    assert not np.array_equal(one.images, other.images)


def test_every_split_shows_every_expression_equally_often(drawn_faces: LabelledFaces) -> None:
    for split in ("training", "public_test", "private_test"):
        counts = Counter(drawn_faces.labels[drawn_faces.splits == split].tolist())
        assert counts.keys() == set(FER2013)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_nobody_is_in_two_splits(drawn_faces: LabelledFaces) -> None:
    seen = set(zip(drawn_faces.people.tolist(), drawn_faces.splits.tolist(), strict=True))
    assert len(seen) == len({person for person, _ in seen}) > 30


def test_no_face_is_nearly_another(drawn_faces: LabelledFaces) -> None:
    assert groups(drawn_faces.images[:, None]) == []


def test_the_eyes_are_where_those_of_fer2013_are(drawn_faces: LabelledFaces, assets: Path) -> None:
    faces = drawn_faces.images[drawn_faces.labels == "neutral"]
    eyes = []
    with detect.create(Settings(detector="mediapipe")) as detector:
        for face in faces:
            # A detector looks for faces that are a part of a picture.
            picture = np.pad(face.repeat(4, 0).repeat(4, 1), 96, mode="edge")
            found = detector.detect(np.stack([picture] * 3, axis=-1))
            if found and found[0].eyes is not None:
                eyes.append([((eye.x - 96) / 192, (eye.y - 96) / 192) for eye in found[0].eyes])
    assert len(eyes) >= 0.9 * len(faces)
    right, left = np.median(eyes, axis=0)
    np.testing.assert_allclose((right + left) / 2, (EYES_CENTRE.x, EYES_CENTRE.y), atol=0.03)
    assert abs(np.hypot(*(left - right)) - EYE_DISTANCE) < 0.03


def test_most_taggers_see_what_is_shown_and_some_do_not(drawn_faces: LabelledFaces) -> None:
    votes = drawn_faces.votes
    assert (votes.sum(axis=1) == TAGGERS).all()
    seen = opinion(votes)
    assert 0.7 < (np.take(FERPLUS, seen.labels) == drawn_faces.labels)[seen.judged].mean() < 1
    assert 0 < (~seen.judged).mean() < 0.1
    assert 0.02 < (seen.judged & ~seen.clear).mean() < 0.1
    assert 0.1 < (seen.clear & ~seen.agreed).mean() < 0.2
    most = Counter(np.take(COLUMNS, votes.argmax(axis=1)).tolist())
    assert min(most["contempt"], most["unknown"], most["not a face"]) >= 3


def test_a_sequence_goes_from_neutral_to_its_expression() -> None:
    sequences = list(draw_sequences(people=2, shares=(0, 0, 0.5, 1), labels=("surprise", None)))
    assert [(one.person, one.number, one.label) for one in sequences] == [
        ("S005", 1, "surprise"),
        ("S005", 2, None),
        ("S006", 1, "surprise"),
        ("S006", 2, None),
    ]
    for one in sequences:
        change = [np.abs(image.astype(float) - one.images[0]).mean() for image in one.images[1:]]
        assert change[0] + 1 < change[1] < change[2], "beyond grain"


def test_a_person_shows_all_that_ck_has() -> None:
    assert [one.label for one in draw_sequences(people=1, shares=(1.0,))] == list(CK_PLUS)
