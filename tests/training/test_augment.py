"""Augmentation keeps pictures pictures, does what its name says, and nothing when it is told nothing."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import Generator, Tensor

from fervid.data.dataset import DataSet
from fervid.training.augment import augment, erase, mirror, mix, relight, warp
from fervid.training.recipe import Augmentation

STRONG = Augmentation(
    mirror=0.5, rotation=30, shift=0.2, scale=0.3, brightness=0.5, contrast=0.9, erase=1.0, erase_area=0.3
)


def chance(seed: int = 1) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture
def faces(small: DataSet) -> Tensor:
    return torch.from_numpy(small.training.images[:32]).float() / 255


@pytest.mark.parametrize("shape", [(5, 1, 48, 48), (3, 3, 20, 20), (1, 1, 48, 48)])
def test_shape_and_range_stay(shape: tuple[int, ...]) -> None:
    images = torch.rand(shape, generator=chance())
    changed = augment(images, STRONG, chance(), shape[-1])
    assert changed.shape == shape
    assert changed.dtype == images.dtype
    assert 0 <= changed.min() <= changed.max() <= 1
    assert not torch.equal(changed, images)


def test_one_seed_gives_one_result(faces: Tensor) -> None:
    assert torch.equal(augment(faces, STRONG, chance(4), 48), augment(faces, STRONG, chance(4), 48))
    assert not torch.equal(augment(faces, STRONG, chance(4), 48), augment(faces, STRONG, chance(5), 48))


def test_the_original_is_left_alone(faces: Tensor) -> None:
    before = faces.clone()
    augment(faces, STRONG, chance(), 48)
    assert torch.equal(faces, before)


def test_nothing_asked_nothing_done(faces: Tensor) -> None:
    torch.testing.assert_close(augment(faces, Augmentation(), chance(), 48), faces, atol=1e-5, rtol=0)


def test_framing_and_light_are_the_same_whatever_hides_the_face(faces: Tensor) -> None:
    hiding = dataclasses.replace(STRONG, glasses=0.5, mask=0.5, erase=0.0)
    clear = augment(faces, hiding.clear, chance(), 48)
    same = (augment(faces, hiding, chance(), 48) == clear).flatten(1).all(1)
    assert 2 < same.sum() < 24, "some faces wear nothing, and nothing else of them differs"


def test_mirror_is_exact(faces: Tensor) -> None:
    assert torch.equal(mirror(faces, 1.0, chance()), faces.flip(-1))
    assert torch.equal(mirror(faces, 0.0, chance()), faces)
    half = mirror(faces, 0.5, chance())
    flipped = [bool(torch.equal(one, face.flip(-1))) for one, face in zip(half, faces, strict=True)]
    kept = [bool(torch.equal(one, face)) for one, face in zip(half, faces, strict=True)]
    assert all(a != b for a, b in zip(flipped, kept, strict=True))
    assert 8 < sum(flipped) < 24


def test_a_shift_stays_within_its_bound() -> None:
    dot = torch.zeros(64, 1, 48, 48)
    dot[:, :, 23:25, 23:25] = 1
    moved = warp(dot, Augmentation(shift=0.25), chance(), 48)
    rows, columns = (torch.arange(48.0) + 0.5) * torch.stack((moved.sum((1, 3)), moved.sum((1, 2))))
    centre = torch.stack((rows.sum(1), columns.sum(1))) / moved.sum((1, 2, 3))
    away = (centre - 24).abs()
    assert away.max() <= 0.25 * 48 + 0.01
    assert away.max() > 0.15 * 48, "some come near the bound"


def test_a_rotation_keeps_the_centre_and_the_distance_from_it() -> None:
    dots = torch.zeros(64, 1, 49, 49)
    dots[:, :, 24, 24] = 1
    dots[:, :, 24, 40] = 1
    turned = warp(dots, Augmentation(rotation=90), chance(), 49)
    torch.testing.assert_close(turned[:, 0, 24, 24], torch.ones(64), atol=1e-3, rtol=0)
    y, x = torch.meshgrid(torch.arange(49) - 24.0, torch.arange(49) - 24.0, indexing="ij")
    radius = (x.square() + y.square()).sqrt()
    ring = (radius > 14) & (radius < 18)
    assert (turned[:, 0, ring].sum(1) > 0.7).all()
    assert (turned[:, 0, 24, 40] < 0.5).any()


def test_light_keeps_the_order_of_greys(faces: Tensor) -> None:
    changed = relight(faces, Augmentation(brightness=0.1, contrast=0.3), chance())
    order = faces[0].flatten().argsort()
    assert (changed[0].flatten()[order].diff() >= -1e-6).all()
    assert not torch.allclose(changed.mean((1, 2, 3)), faces.mean((1, 2, 3)))


def test_erasing_hides_one_rectangle_and_no_more() -> None:
    black = torch.zeros(200, 1, 48, 48)
    changed = erase(black, Augmentation(erase=1.0, erase_area=0.25), chance())[:, 0] > 0
    hidden = changed.float().mean((1, 2))
    assert hidden.max() <= 0.30, "the bound, and the raggedness of whole pixels"
    assert hidden.mean() > 0.05
    for one in changed[hidden > 0]:
        rows, columns = one.any(1).nonzero(), one.any(0).nonzero()
        inside = one[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        assert inside.float().mean() > 0.9, "noise is hardly ever exactly black"
    half = erase(black, Augmentation(erase=0.5, erase_area=0.25), chance())
    assert 0.25 < (half.amax((1, 2, 3)) > 0).float().mean() < 0.6


@pytest.mark.parametrize("size", [24, 48, 96])
def test_another_size_shows_the_same_face(faces: Tensor, size: int) -> None:
    changed = augment(faces, Augmentation(), chance(), size)
    assert changed.shape == (32, 1, size, size)
    torch.testing.assert_close(changed.mean((1, 2, 3)), faces.mean((1, 2, 3)), atol=0.02, rtol=0)


@pytest.mark.parametrize("settings", [Augmentation(mixup=0.4), Augmentation(cutmix=1.0)])
def test_a_mixture_is_labelled_by_its_parts(settings: Augmentation) -> None:
    white = torch.arange(2.0).repeat(4).view(8, 1, 1, 1).expand(8, 1, 48, 48)  # black, white, black, ...
    targets = torch.nn.functional.one_hot(torch.arange(2).repeat(4), 2).float()
    shares = set()
    for seed in range(20):
        images, wanted = mix(white, targets, settings, chance(seed))
        torch.testing.assert_close(images.mean((1, 2, 3)), wanted[:, 1])
        torch.testing.assert_close(wanted.sum(1), torch.ones(8))
        shares.add(round(float(wanted[0, 1]), 3))
    assert len(shares) > 10


def test_both_mixtures_take_turns(faces: Tensor) -> None:
    targets = torch.eye(32)
    changed = [mix(faces, targets, Augmentation(mixup=0.4, cutmix=1.0), chance(seed))[0] for seed in range(20)]
    blended = [bool(((one != faces) & (one != faces.flip(0))).float().mean() > 0.3) for one in changed]
    assert 3 < sum(blended) < 17


def test_no_mixture_asked_none_made(faces: Tensor) -> None:
    images, targets = mix(faces, torch.eye(32), Augmentation(), chance())
    assert torch.equal(images, faces)
    assert torch.equal(targets, torch.eye(32))
