"""A training step never waits for the device, so that a GPU always has work queued.

The device of these tests is torch's ``meta``, whose tensors have no values: whatever would wait for a value of a GPU
(`item`, `float`, `cpu`, indexing by a mask) fails there. All else, such as the random numbers, is real.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from training_runs import never

from fervid.data.dataset import DataSet
from fervid.training import learner, optimizer
from fervid.training.augment import augment
from fervid.training.learner import Learner
from fervid.training.recipe import Augmentation, Distillation, Recipe
from fervid.training.shape import Shape

META = torch.device("meta")
AUGMENTATION = Augmentation(
    mirror=0.5,
    rotation=10,
    scale=0.1,
    shift=0.1,
    brightness=0.1,
    contrast=0.1,
    erase=0.5,
    erase_area=0.2,
    mixup=0.2,
    cutmix=0.2,
    glasses=0.3,
    mask=0.3,
    video=0.5,
    darken=0.3,
    blur=0.05,
    motion=0.05,
    shrink=0.5,
    noise=0.05,
)


class Copies(TorchDispatchMode):
    """A record of the copies between the CPU and another device: True for each that waits."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[bool] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func.overloadpacket is torch.ops.aten.to:  # in inference mode, torch leaves it whole
            with self:
                return func.decompose(*args, **kwargs)
        device = kwargs.get("device")
        if func is torch.ops.aten._to_copy.default and device is not None and device.type != args[0].device.type:
            self.waiting.append(not kwargs.get("non_blocking", False))
        return func(*args, **kwargs)


class Downloads(Copies):
    """A record of the copies in which each copy to the CPU gives zeros; only these wait."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        device = (kwargs or {}).get("device")
        if func is torch.ops.aten._to_copy.default and device == torch.device("cpu") and args[0].device == META:
            return torch.zeros(args[0].shape, dtype=args[0].dtype)
        return super().__torch_dispatch__(func, types, args, kwargs)


class Unread(Learner):
    """A learner that counts how often it would read losses from the device."""

    reads: int

    def _read(self, figures: Sequence[Tensor], seconds: float) -> None:
        self.reads += 1
        assert all(each.device == META and each.dtype == torch.float64 for each in figures)
        for _ in figures:
            self._part = self._part.after(1.0, 0, seconds, 0)


@pytest.fixture(autouse=True)
def meta_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a learner use the device ``meta``, which has neither autocast nor fused optimizers."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    monkeypatch.setattr(optimizer, "create", lambda recipe, parameters: torch.optim.SGD(parameters, lr=recipe.rate))


@contextmanager
def recorded() -> Iterator[list[bool]]:
    with Copies() as copies:
        yield copies.waiting


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"balance": "weights"},
        {"label_smoothing": 0.1},
        {"distillation": Distillation(teachers=("emotionnet",), weight=0.5, temperature=2.0)},
    ],
    ids=["plain", "weights", "smoothing", "teachers"],
)
def test_a_step_does_not_wait(small: DataSet, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    monkeypatch.setattr(learner, "_READ_EVERY", 3)
    recipe = Recipe(
        name="on meta", network="emotionnet", epochs=2, batch=8, averaging=1.0, augmentation=AUGMENTATION, **changes
    )
    learning = Unread(recipe, Shape.of(recipe, small), META)
    learning.reads = 0
    with recorded() as waits:
        assert learning.learn(small.training, never)
    batches = len(small.training) // recipe.batch
    assert learning.reads == -(-batches // 3)
    assert len(waits) > 10 * batches
    assert not any(waits)


def test_a_frozen_backbone_waits_for_nothing_but_its_features(small: DataSet) -> None:
    recipe = Recipe(name="on meta", network="emotionnet", epochs=2, batch=8, averaging=1.0, frozen=True)
    with Downloads() as copies:
        learning = Unread(recipe, Shape.of(recipe, small), META)
        learning.reads = 0
        copies.waiting.clear()
        assert learning.learn(small.training, never)
    assert len(copies.waiting) > len(small.training) // recipe.batch
    assert not any(copies.waiting)


@pytest.mark.parametrize("is_frozen", [False, True])
def test_validation_waits_for_nothing_but_its_figures(small: DataSet, is_frozen: bool) -> None:
    recipe = Recipe(name="on meta", network="emotionnet", epochs=2, batch=8, averaging=1.0, frozen=is_frozen)
    with Downloads() as copies:
        learning = Unread(recipe, Shape.of(recipe, small), META)
        copies.waiting.clear()
        with pytest.raises(RuntimeError, match=r"item\(\) cannot be called on meta tensors"):
            learning._measure(small.public_test)
    assert len(copies.waiting) > 1
    assert not any(copies.waiting)


@pytest.mark.parametrize("has", [False, True])
def test_a_card_that_only_emulates_bfloat16_computes_in_float32(
    small: DataSet, monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    asked, used = [], []

    def answer(device: torch.device) -> bool:
        asked.append(device)
        return has

    def autocast(device: str, dtype: torch.dtype, *, enabled: bool) -> nullcontext[None]:
        used.append((device, dtype, enabled))
        return nullcontext()

    monkeypatch.setattr(learner, "has_bf16", answer)
    monkeypatch.setattr(torch, "autocast", autocast)
    teaching = Distillation(teachers=("emotionnet",), weight=0.5, temperature=2.0)
    recipe = Recipe(name="on meta", network="emotionnet", epochs=2, batch=32, averaging=1.0, distillation=teaching)
    learning = Unread(recipe, Shape.of(recipe, small), META)
    learning.reads = 0
    assert learning.learn(small.training, never)
    assert asked == [META]
    assert set(used) == {("meta", torch.bfloat16, has)}


def test_only_compression_waits_and_once_a_batch(small: DataSet) -> None:
    faces = torch.from_numpy(small.training.images).to(META).float()
    settings = Augmentation(video=1.0, compression=1.0)
    with pytest.raises(NotImplementedError, match="Cannot copy out of meta tensor"):
        augment(faces, settings, torch.Generator(), 48)


def test_what_would_wait_is_noticed() -> None:
    faces = torch.ones(3, device=META)
    for wait in (faces.sum().item, lambda: float(faces[0]), faces.cpu, lambda: faces[faces > 0]):
        with pytest.raises((RuntimeError, NotImplementedError)):
            wait()
    with recorded() as waits:
        torch.ones(3).to(META)
        torch.ones(3).to(META, non_blocking=True)
    assert waits == [True, False]
