"""The effects of video fall on some of the images, and older recipes give what they gave."""

from __future__ import annotations

import pytest
import torch
from torch import Generator, Tensor

from fervid.data.dataset import DataSet
from fervid.training.augment import augment, degrade
from fervid.training.augment_wear import wear
from fervid.training.recipe import Augmentation

GOLDEN = [0.5475624, 0.6918581, 0.3577299]
"""Pixels of the drawn faces, augmented by fervid before it knew the effects of video."""


def chance(seed: int = 1) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture
def faces(small: DataSet) -> Tensor:
    return torch.from_numpy(small.training.images[:16]).float() / 255


def test_only_a_part_of_the_images_has_each_effect(faces: Tensor) -> None:
    many = faces.repeat(16, 1, 1, 1)
    changed = (degrade(many, Augmentation(video=0.25, blur=0.05), chance()) - many).abs().amax((1, 2, 3)) > 1e-4
    assert 0.15 < float(changed.float().mean()) < 0.35
    assert torch.equal(degrade(many, Augmentation(blur=0.05), chance()), many), "without video there is no effect"


def test_glasses_cover_the_eyes_and_a_mask_the_mouth() -> None:
    grey = torch.full((64, 1, 48, 48), 0.5)
    for settings, (inside, outside) in (
        (Augmentation(glasses=1), (slice(10, 28), slice(30, 48))),
        (Augmentation(mask=1), (slice(30, 46), slice(0, 22))),
    ):
        worn = (wear(grey, settings, chance()) - grey).abs()
        assert float(worn[:, :, inside].mean()) > 0.02
        assert float(worn[:, :, outside].max()) == 0
        assert float(wear(grey, settings, chance()).min()) >= 0
    assert torch.equal(wear(grey, Augmentation(), chance()), grey)
    some = (wear(grey, Augmentation(mask=0.5), chance()) != grey).any(3).any(2).any(1)
    assert 16 < int(some.sum()) < 48


def test_older_recipes_draw_the_same_random_numbers(faces: Tensor) -> None:
    """A recipe without the effects of video gives the images that it gave before there were any."""
    older = Augmentation(mirror=0.5, rotation=12, shift=0.08, contrast=0.25, erase=0.4, erase_area=0.2)
    changed = augment(faces, older, chance(), 48)
    spot = changed[[0, 5, 11], 0, 20, 24]
    torch.testing.assert_close(spot, torch.tensor(GOLDEN), atol=1e-4, rtol=0)
