"""Faces to calibrate and compare compiled engines on come from the right splits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from fervid.core.emotions import CK_PLUS, FER2013, FERPLUS
from fervid.data.faces import Faces
from fervid.errors import DataError
from fervid.evaluation.selection import calibration, sample


def faces(usages: Sequence[str], classes: tuple[str, ...] = FER2013) -> Faces:
    """Return faces whose pixels are their index, with all labels in turn."""
    count = len(usages)
    places = np.arange(count)
    return Faces(
        source="mine",
        classes=classes,
        images=np.broadcast_to(places[:, None, None, None], (count, 1, 4, 4)).astype(np.uint8),
        labels=places % len(classes),
        names=np.array([f"face{place}" for place in places]),
        usages=np.array(usages, "<U16"),
    )


SPLIT = ["training"] * 100 + ["public_test"] * 50 + ["private_test"] * 50


def test_calibration_takes_from_all_over_the_training_split() -> None:
    chosen = calibration(faces(SPLIT), 30)
    places = chosen.crops[:, 0, 0, 0].astype(int)
    assert chosen.source == "30 faces of mine, training"
    assert len(set(places)) == 30
    assert places.max() < 100
    assert (np.diff(places) > 0).all()
    assert np.histogram(places, bins=4, range=(0, 100))[0].min() >= 3
    np.testing.assert_array_equal(chosen.crops, calibration(faces(SPLIT), 30).crops)


def test_few_faces_are_all_taken() -> None:
    assert len(calibration(faces(SPLIT)).crops) == 100
    assert sample(faces(SPLIT), FER2013).source == "50 faces of mine, public_test"


def test_engines_are_compared_on_public_test() -> None:
    chosen = sample(faces(SPLIT), FER2013, 20)
    places = chosen.images[:, 0, 0, 0].astype(int)
    assert len(places) == 20
    assert ((places >= 100) & (places < 150)).all()
    assert chosen.labels is not None
    np.testing.assert_array_equal(chosen.labels, places % 7)


def test_labels_are_translated_into_the_classes_of_the_engine() -> None:
    chosen = sample(faces(SPLIT), FERPLUS)
    assert chosen.labels is not None
    for place, label in zip(chosen.images[:, 0, 0, 0], chosen.labels, strict=True):
        assert FERPLUS[label] == FER2013[place % 7]


def test_faces_of_unknown_classes_are_left_out() -> None:
    chosen = sample(faces(SPLIT, CK_PLUS), FER2013)
    assert chosen.labels is not None
    assert len(chosen.labels) == 50 - 7
    assert "contempt" not in {CK_PLUS[place % 7] for place in chosen.images[:, 0, 0, 0]}


def test_labels_that_the_engine_lacks_altogether() -> None:
    chosen = sample(faces(SPLIT, ("calm", "lively")), FER2013)
    assert chosen.labels is None
    assert len(chosen.images) == 50


def test_data_without_splits_is_divided_so_that_nothing_is_in_both() -> None:
    plain = faces([""] * 140)
    calibrated = set(calibration(plain).crops[:, 0, 0, 0].tolist())
    compared = set(sample(plain, FER2013).images[:, 0, 0, 0].tolist())
    assert len(calibrated) > len(compared) > 10
    assert not calibrated & compared


def test_a_single_face_is_compared_on() -> None:
    assert sample(faces([""]), FER2013).source == "1 face of mine, training"


def test_private_test_is_never_taken() -> None:
    private = faces(["private_test"] * 5)
    for choose in (calibration, lambda found: sample(found, FER2013)):
        with pytest.raises(
            DataError, match=r"mine has no face to .* on \(private_test is reserved for the final evaluation\)"
        ):
            choose(private)
