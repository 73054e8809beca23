"""Labels and predictions are matched by the names of their classes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.data.dataset import DataSet, Split
from fervid.errors import DataError
from fervid.evaluation.matching import match_classes, select_faces


def split(labels: list[int], agreed: list[bool] | None = None) -> Split:
    """Return images that are as bright as their label."""
    images = np.broadcast_to(np.array(labels, np.uint8)[:, None, None, None], (len(labels), 1, 48, 48))
    return Split("all", images, np.array(labels), agreed=None if agreed is None else np.array(agreed))


def test_the_same_classes_in_the_same_order() -> None:
    found = match_classes(split([6, 0, 3]), FER2013, FER2013)
    assert found.labels.tolist() == [6, 0, 3]
    assert found.class_indices == tuple(range(7))
    assert found.left_out == {}


def test_ck_plus_on_an_engine_without_contempt() -> None:
    """CK+: angry, contempt, disgust, fear, happy, sad, surprise."""
    found = match_classes(split([0, 1, 2, 1, 6]), CK_PLUS, FER2013)
    assert [FER2013[label] for label in found.labels] == ["angry", "disgust", "surprise"]
    assert found.images[:, 0, 0, 0].tolist() == [0, 2, 6]
    assert found.left_out == {"contempt": 2}
    assert [FER2013[place] for place in found.class_indices] == ["angry", "disgust", "fear", "happy", "sad", "surprise"]


def test_classes_that_both_have_can_be_left_out() -> None:
    found = match_classes(split([0, 1, 2]), CK_PLUS, FERPLUS, leave_out=["contempt"])
    assert [FERPLUS[label] for label in found.labels] == ["angry", "disgust"]
    assert FERPLUS.index("contempt") not in found.class_indices
    assert found.left_out == {"contempt": 1}


def test_agreement_stays_with_its_face() -> None:
    found = match_classes(split([7, 1, 0], [True, False, True]), FERPLUS, FER2013)
    assert found.agreed is not None
    assert found.agreed.tolist() == [False, True]


@pytest.mark.parametrize(
    ("labels", "known", "words"),
    [
        ([0, 1], ("cat", "dog"), r"have none in common; give data with classes of the engine"),
        ([1, 1], FER2013, r"all has no face of angry, disgust, fear, happy, sad, surprise; choose another split"),
    ],
)
def test_nothing_to_evaluate_on(labels: list[int], known: tuple[str, ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        match_classes(split(labels), CK_PLUS, known)


def test_all_faces_of_a_data_set(small: DataSet) -> None:
    assert len(select_faces(small, "all")) == 64 + 32 + 32
    assert len(select_faces(small, "public_test")) == 32
    nothing = Split("public_test", small.public_test.images[:0], np.array([], np.int64))
    empty = dataclasses.replace(small, public_test=nothing)
    with pytest.raises(DataError, match="FER2013 has no face in public_test; choose --split private_test or all"):
        select_faces(empty, "public_test")
