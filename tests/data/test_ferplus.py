"""What is made of ten taggers' votes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fervid import data
from fervid.core.emotions import FERPLUS
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, TRAINING, DataSet
from fervid.data.ferplus import COLUMNS, opinion
from fervid.errors import DataError, UsageError


def votes(**given: int) -> np.ndarray:
    return np.array([[given.get(name.replace("-", "_"), 0) for name in COLUMNS]], np.uint8)


def test_the_label_is_what_most_saw_and_the_target_their_shares() -> None:
    seen = opinion(votes(happy=6, surprise=3, unknown=0))
    assert FERPLUS[seen.labels[0]] == "happy"
    assert seen.targets[0, FERPLUS.index("happy")] == pytest.approx(2 / 3)
    assert seen.targets[0].sum() == pytest.approx(1)
    assert seen.agreed[0]


def test_a_single_vote_is_a_slip() -> None:
    seen = opinion(votes(happy=2, sad=1, fear=1, neutral=1))
    assert seen.targets[0, FERPLUS.index("happy")] == 1
    assert seen.agreed[0]  # two of the two that count


def test_the_first_of_equals_is_the_label_but_half_is_no_agreement() -> None:
    seen = opinion(votes(sad=5, neutral=5))
    assert FERPLUS[seen.labels[0]] == "neutral"
    assert not seen.agreed[0]


@pytest.mark.parametrize(
    ("given", "judged", "clear"),
    [
        ({"unknown": 4, "sad": 3}, True, False),
        ({"not_a_face": 4, "sad": 4}, True, True),
        ({"not_a_face": 9, "sad": 1}, False, False),
        ({}, False, False),
    ],
)
def test_faces_that_are_not_learned_from_or_not_judged(given: dict[str, int], judged: bool, clear: bool) -> None:
    seen = opinion(votes(**given))
    assert (seen.judged[0], seen.clear[0]) == (judged, clear)
    assert np.isfinite(seen.targets).all()


@pytest.fixture(scope="module")
def whole(real_data: Path) -> DataSet:
    return data.read(real_data / "data" / "fer2013", labels="distribution")


@pytest.mark.data
@pytest.mark.parametrize(
    ("usage", "faces", "agreed"),
    [(TRAINING, 28_386, 25_057), (PUBLIC_TEST, 3_577, 3_199), (PRIVATE_TEST, 3_572, 3_152)],
)
def test_the_whole_of_ferplus(whole: DataSet, usage: str, faces: int, agreed: int) -> None:
    split = getattr(whole, usage)
    assert whole.classes == FERPLUS
    assert split.images.shape == (faces, 1, 48, 48)
    assert split.agreed.sum() == agreed
    np.testing.assert_allclose(split.targets.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(split.targets.argmax(axis=1), split.labels)


def test_majority_has_labels_alone(archives: Path) -> None:
    found = data.read(archives, labels="majority")
    assert found.name == "FER+"
    assert found.training.targets is None
    assert found.training.agreed is not None


def test_labels_that_cannot_be_had(archives: Path, ck48: Path) -> None:
    with pytest.raises(UsageError, match="unknown labels 'plurality'"):
        data.read(archives, labels="plurality")
    with pytest.raises(DataError, match="the labels 'majority' need FER\\+'s votes, which ck48 does not have"):
        data.read(ck48, labels="majority")
