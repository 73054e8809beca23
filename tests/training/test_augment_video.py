"""The effects of video keep pictures pictures, grow with their strength, and leave alone what is not chosen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from fervid.data.dataset import DataSet
from fervid.training.augment import augment
from fervid.training.augment_video import add_noise, compress, darken, defocus, degrade, move, shrink
from fervid.training.augment_wear import wear
from fervid.training.recipe import Augmentation

Effect = Callable[[Tensor, Tensor, Generator], Tensor]

EFFECTS: dict[str, Effect] = {
    "darken": darken,
    "blur": defocus,
    "motion": move,
    "shrink": shrink,
    "noise": add_noise,
    "compression": compress,
}
BOUNDS = {"darken": 1.0, "blur": 0.2, "motion": 0.5, "shrink": 0.9, "noise": 0.5, "compression": 1.0}

GOLDEN = [0.5475624, 0.6918581, 0.3577299]
"""Pixels of the drawn faces, augmented by fervid before it knew the effects of video."""


def chance(seed: int = 1) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture
def faces(small: DataSet) -> Tensor:
    return torch.from_numpy(small.training.images[:16]).float() / 255


def detail(images: Tensor) -> Tensor:
    """Return the mean difference between neighbouring pixels of each image."""
    return images.diff(dim=-1).abs().mean((1, 2, 3)) + images.diff(dim=-2).abs().mean((1, 2, 3))


@given(
    st.sampled_from(sorted(EFFECTS)),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
    st.sampled_from([(1, 48), (3, 20), (1, 8)]),
    st.integers(0, 2**31),
)
def test_any_strength_gives_pictures_again(name: str, parts: list[float], shape: tuple[int, int], seed: int) -> None:
    channels, size = shape
    images = torch.rand(len(parts), channels, size, size, generator=chance(seed))
    changed = EFFECTS[name](images, torch.tensor(parts) * BOUNDS[name], chance(seed))
    assert changed.shape == images.shape
    assert torch.isfinite(changed).all()
    assert -1e-5 <= changed.min() <= changed.max() <= 1 + 1e-5


@pytest.mark.parametrize("name", EFFECTS)
def test_no_strength_changes_nothing(name: str, faces: Tensor) -> None:
    torch.testing.assert_close(EFFECTS[name](faces, torch.zeros(16), chance()), faces, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", EFFECTS)
def test_more_strength_changes_more(name: str, faces: Tensor) -> None:
    away = [
        float((EFFECTS[name](faces, torch.full((16,), part * BOUNDS[name]), chance()) - faces).abs().mean())
        for part in (0.1, 0.4, 0.9)
    ]
    assert 0 < away[0] < away[1] < away[2]


@pytest.mark.parametrize("name", EFFECTS)
def test_each_image_has_its_own_strength(name: str, faces: Tensor) -> None:
    strength = torch.zeros(16)
    strength[3] = BOUNDS[name] * 0.9
    changed = (EFFECTS[name](faces, strength, chance()) - faces).abs().amax((1, 2, 3)) > 1e-3
    assert changed.nonzero().flatten().tolist() == [3]


@pytest.mark.parametrize("effect", [defocus, move, shrink])
def test_blur_keeps_the_brightness_and_takes_detail(effect: Effect, faces: Tensor) -> None:
    changed = effect(faces, torch.full((16,), 0.1), chance())
    torch.testing.assert_close(changed.mean((1, 2, 3)), faces.mean((1, 2, 3)), atol=0.03, rtol=0)
    assert (detail(changed) < detail(faces)).all()


def test_a_motion_blur_draws_a_dot_out_to_its_length() -> None:
    dots = torch.zeros(32, 1, 49, 49)
    dots[:, :, 24, 24] = 1
    drawn = move(dots, torch.full((32,), 16 / 49), chance())
    torch.testing.assert_close(drawn.sum((1, 2, 3)), torch.ones(32))
    y, x = torch.meshgrid(torch.arange(49) - 24.0, torch.arange(49) - 24.0, indexing="ij")
    assert float((torch.hypot(x, y) * (drawn[:, 0] > 0)).max()) == pytest.approx(8.5, abs=1)


def test_compression_leaves_blocks_of_eight_pixels() -> None:
    slope = torch.linspace(0, 1, 48).expand(8, 1, 48, 48).contiguous()
    steps = compress(slope, torch.full((8,), 0.99), chance()).diff(dim=-1).abs().mean((1, 2))
    for one in steps:
        edges = (one > 0.06).nonzero().flatten()
        assert len(edges) >= 4
        assert len({int(edge) % 8 for edge in edges}) == 1


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
