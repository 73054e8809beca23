"""Faces divided for training, where their source does not divide them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_faces import labelled

from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, SPLITS, TRAINING
from fervid.data.faces import Faces
from fervid.data.splits import complete, divide
from fervid.errors import DataError


def blank(labels: list[int], subjects: list[str] | None = None, usages: list[str] | None = None) -> Faces:
    return labelled(np.zeros((len(labels), 1, 2, 2), np.uint8), labels, subjects=subjects, usages=usages)


@given(st.lists(st.integers(0, 6), min_size=60, max_size=200))
def test_every_class_is_divided_alike(labels: list[int]) -> None:
    faces = complete(blank(labels))
    for label in set(labels):
        usages = faces.usages[faces.labels == label]
        for usage in (PUBLIC_TEST, PRIVATE_TEST):
            part = (usages == usage).sum()
            assert abs(part - 0.15 * len(usages)) <= 1
            assert part >= (len(usages) > 2)
        assert (usages == TRAINING).any()


@given(st.lists(st.integers(0, 30), max_size=200))
def test_nobody_is_in_two_splits(people: list[int]) -> None:
    people += [31, 32, 33]
    faces = complete(blank([0] * len(people), [f"S{person:03d}" for person in people]))
    assert faces.subjects is not None
    where = {(str(person), str(usage)) for person, usage in zip(faces.subjects, faces.usages, strict=True)}
    assert len(where) == len(set(people))
    assert {usage for _, usage in where} == set(SPLITS)


def test_the_same_data_is_divided_in_the_same_way_in_any_order() -> None:
    faces = blank([0, 1] * 100)
    order = np.random.default_rng(0).permutation(200)
    np.testing.assert_array_equal(complete(faces).usages[order], complete(faces.take(order)).usages)


def test_only_what_is_missing_is_cut() -> None:
    faces = complete(blank([0] * 100, usages=[TRAINING] * 80 + [PRIVATE_TEST] * 20))
    assert (faces.usages[80:] == PRIVATE_TEST).all()
    assert (faces.usages[:80] == PUBLIC_TEST).sum() == 12
    whole = blank([0] * 3, usages=list(SPLITS))
    assert complete(whole) is whole


def test_the_published_number_is_not_that_of_a_test_set_cut_here() -> None:
    faces = dataclasses.replace(blank([0] * 100, usages=[TRAINING] * 100), published=3589)
    assert divide(faces).private_rows == 15


def test_too_few_people() -> None:
    with pytest.raises(DataError, match="has only 2 subjects, too few for 3 splits"):
        divide(blank([0] * 9, ["S1"] * 5 + ["S2"] * 4))
    with pytest.raises(DataError, match="has no face in the split public_test"):
        divide(blank([0, 1]))


def test_two_kinds_of_labels_share_their_training_faces() -> None:
    """A face without votes stays for its class; the test faces of each kind are those that have its label."""
    usages = [TRAINING] * 4 + [PUBLIC_TEST] * 2 + [PRIVATE_TEST] * 2
    votes = np.zeros((8, 10), np.uint8)
    votes[[0, 2, 4, 7], 1] = 10  # happy
    faces = dataclasses.replace(blank([0] * 8, usages=usages), votes=votes)
    data = divide(faces, "class", "distribution")
    assert data.auxiliary is not None
    assert data.training.known is None
    assert data.auxiliary.training.known is not None
    np.testing.assert_array_equal(data.auxiliary.training.known, [True, False, True, False])
    assert [len(split) for split in (data.training, data.public_test, data.private_test)] == [4, 2, 2]
    assert [len(split) for split in (data.auxiliary.public_test, data.auxiliary.private_test)] == [1, 1]
    turned = divide(faces, "distribution", "class")
    assert (turned.training.labelled, len(turned.training), len(turned.public_test)) == (2, 4, 1)
