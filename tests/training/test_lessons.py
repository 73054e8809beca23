"""Rare classes count as much as common ones, by weight or by being drawn more often."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Generator

from fervid.training.lessons import class_weights, order

COUNTS = np.array([90, 9, 1])
LABELS = torch.from_numpy(np.repeat(np.arange(3), COUNTS))


def test_weights_make_classes_equal() -> None:
    assert (class_weights(COUNTS).numpy() * COUNTS) == pytest.approx([100 / 3] * 3)


def test_a_class_without_faces_has_a_finite_weight() -> None:
    assert torch.isfinite(class_weights(np.array([5, 0]))).all()


def test_each_face_once() -> None:
    taken = order(LABELS, COUNTS, balanced=False, generator=Generator().manual_seed(1))
    assert sorted(taken.tolist()) == list(range(100))
    assert taken.tolist() != list(range(100))


def test_classes_are_drawn_equally_often() -> None:
    drawn = [
        LABELS[order(LABELS, COUNTS, balanced=True, generator=Generator().manual_seed(seed))] for seed in range(60)
    ]
    shares = torch.bincount(torch.cat(drawn), minlength=3) / (60 * 100)
    assert shares.numpy() == pytest.approx([1 / 3] * 3, abs=0.03)
