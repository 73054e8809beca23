"""Effects keep images images, grow with their strength, and treat each image by its own strength."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, Tensor

from fervid.data.dataset import DataSet
from fervid.data.effects import add_noise, compress, darken, defocus, move, rectangles, scale_contrast, shrink, warp
from fervid.engines.backends.pytorch import on_threads

Effect = Callable[[Tensor, Tensor, Generator], Tensor]

BOUNDS: dict[Effect, float] = {darken: 1.0, defocus: 0.2, move: 0.5, shrink: 0.9, add_noise: 0.5, compress: 1.0}
"""The largest sensible strength of each effect."""

EFFECTS = sorted(BOUNDS, key=lambda effect: effect.__name__)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Many threads for small images cost more than they gain, above all on a busy machine."""
    with on_threads(1):
        yield


def chance(seed: int = 1) -> Generator:
    return Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def faces(small: DataSet) -> Tensor:
    return torch.from_numpy(small.training.images[:8]).float() / 255


def detail(images: Tensor) -> Tensor:
    """Return the mean difference between neighbouring pixels of each image."""
    return images.diff(dim=-1).abs().mean((1, 2, 3)) + images.diff(dim=-2).abs().mean((1, 2, 3))


@given(
    st.sampled_from(EFFECTS),
    st.lists(st.floats(0, 1), min_size=1, max_size=4),
    st.sampled_from([(1, 48), (3, 20), (1, 8)]),
    st.integers(0, 2**31),
)
def test_any_strength_gives_images_again(effect: Effect, parts: list[float], shape: tuple[int, int], seed: int) -> None:
    channels, size = shape
    images = torch.rand(len(parts), channels, size, size, generator=chance(seed))
    changed = effect(images, torch.tensor(parts) * BOUNDS[effect], chance(seed))
    assert changed.shape == images.shape
    assert -1e-5 <= changed.min() <= changed.max() <= 1 + 1e-5


@pytest.mark.parametrize("effect", EFFECTS)
def test_an_effect_grows_with_its_strength_from_none(effect: Effect, faces: Tensor) -> None:
    away = [
        float((effect(faces, torch.full((8,), part * BOUNDS[effect]), chance()) - faces).abs().mean())
        for part in (0, 0.1, 0.4, 0.9)
    ]
    assert away[0] < 1e-6
    assert away[0] < away[1] < away[2] < away[3]


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_image_has_its_own_strength(effect: Effect, faces: Tensor) -> None:
    strength = torch.zeros(8)
    strength[3] = BOUNDS[effect] * 0.9
    changed = (effect(faces, strength, chance()) - faces).abs().amax((1, 2, 3)) > 1e-3
    assert changed.nonzero().flatten().tolist() == [3]


@pytest.mark.parametrize("effect", [defocus, move, shrink])
def test_blur_keeps_the_brightness_and_takes_detail(effect: Effect, faces: Tensor) -> None:
    changed = effect(faces, torch.full((8,), 0.1), chance())
    torch.testing.assert_close(changed.mean((1, 2, 3)), faces.mean((1, 2, 3)), atol=0.03, rtol=0)
    assert (detail(changed) < detail(faces)).all()


def test_a_blur_has_the_standard_deviation_that_it_is_given() -> None:
    dot = torch.zeros(1, 1, 49, 49)
    dot[:, :, 24, 24] = 1
    spread = defocus(dot, torch.tensor([3 / 49]), chance())[0, 0].sum(0)
    assert float(spread.sum()) == pytest.approx(1)
    assert float((spread * (torch.arange(49) - 24.0) ** 2).sum()) ** 0.5 == pytest.approx(3, rel=0.03)


def test_a_motion_blur_draws_a_dot_out_to_its_length() -> None:
    dots = torch.zeros(8, 1, 49, 49)
    dots[:, :, 24, 24] = 1
    drawn = move(dots, torch.full((8,), 16 / 49), chance())
    torch.testing.assert_close(drawn.sum((1, 2, 3)), torch.ones(8))
    y, x = torch.meshgrid(torch.arange(49) - 24.0, torch.arange(49) - 24.0, indexing="ij")
    assert float((torch.hypot(x, y) * (drawn[:, 0] > 0)).max()) == pytest.approx(8.5, abs=1)


def test_noise_has_the_standard_deviation_that_it_is_given() -> None:
    grey = torch.full((8, 1, 48, 48), 0.5)
    assert float(add_noise(grey, torch.full((8,), 0.1), chance()).std()) == pytest.approx(0.1, rel=0.03)


def test_a_shrunken_face_has_as_few_pixels_as_it_should() -> None:
    stripes = torch.arange(48).remainder(2).float().expand(1, 1, 48, 48)
    assert float(shrink(stripes, torch.tensor([0.5]), chance()).std()) < 1e-6, "24 pixels cannot show 24 stripes"
    steps = (torch.arange(48) // 4).remainder(2).float().expand(1, 1, 48, 48)
    assert float(shrink(steps, torch.tensor([0.5]), chance()).std()) > 0.3


def test_compression_leaves_blocks_of_eight_pixels() -> None:
    slope = torch.linspace(0, 1, 48).expand(8, 1, 48, 48).contiguous()
    steps = compress(slope, torch.full((8,), 0.99), chance()).diff(dim=-1).abs().mean((1, 2))
    for one in steps:
        edges = (one > 0.06).nonzero().flatten()
        assert len(edges) >= 4
        assert len({int(edge) % 8 for edge in edges}) == 1


@pytest.mark.parametrize("colour", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.2, 0.5, 0.9)])
def test_compression_keeps_plain_colours(colour: tuple[float, float, float]) -> None:
    plain = torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, 24, 24).contiguous()
    torch.testing.assert_close(compress(plain, torch.tensor([0.1]), chance()), plain, atol=0.02, rtol=0)


def test_light_can_be_added_until_it_is_white() -> None:
    grey = torch.tensor([0.2, 0.6]).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    torch.testing.assert_close(darken(grey, torch.tensor([-1.0, -1.0]), chance())[:, 0, 0, 0], torch.tensor([0.4, 1.0]))


def test_contrast_is_scaled_about_the_mean_of_each_image(faces: Tensor) -> None:
    images = faces[:2]
    changed = scale_contrast(images, torch.tensor([0.5, 0.0]))
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.mean((1, 2, 3)))
    torch.testing.assert_close(changed[0].std(), images[0].std() / 2)
    assert float(changed[1].std()) < 1e-6


def test_a_rectangle_covers_what_it_should() -> None:
    inside = rectangles(torch.tensor([[0.25, 0.5]]), torch.tensor([[0.25, 0.125]]), 8, 16)
    expected = torch.zeros(8, 16, dtype=torch.bool)
    expected[:4, 6:10] = True
    assert torch.equal(inside[0, 0], expected)


def test_a_quarter_turn_and_a_shift_are_exact() -> None:
    images = torch.rand(1, 1, 8, 8, generator=chance())
    none, one = torch.zeros(1), torch.ones(1)
    turned = warp(images, none + torch.pi / 2, one, torch.zeros(1, 2), 8)
    torch.testing.assert_close(turned, images.rot90(1, (2, 3)), atol=1e-5, rtol=0)
    shifted = warp(images, none, one, torch.tensor([[0.25, 0.0]]), 8)
    torch.testing.assert_close(shifted[..., :6], images[..., 2:], atol=1e-5, rtol=0)
