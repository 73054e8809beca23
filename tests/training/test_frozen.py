"""A frozen backbone runs once for each face, and the head learns what it would learn without that."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from training_runs import CPU, last, results, same_weights

from fervid.data.dataset import DataSet
from fervid.training import frozen, learner
from fervid.training.frozen import obstacle
from fervid.training.loop import train
from fervid.training.recipe import Recipe

COMPUTING = "computing the features of 64 faces, once, because the backbone is frozen"


@pytest.fixture
def head_only(recipe: Recipe) -> Recipe:
    """Return a recipe of three epochs that trains the head alone, on faces half of which are mirrored."""
    changes: dict[str, Any] = {"frozen": True, "epochs": 3, "augmentation.mirror": 0.5}
    return recipe.replace(**changes)


def stop_after(calls: int) -> Callable[[], bool]:
    """Return a function that asks for an end at that call."""
    left = iter(range(calls - 1))
    return lambda: next(left, None) is None


def test_the_head_learns_what_it_learns_when_the_backbone_runs_for_each_batch(
    head_only: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(learner, "has_bf16", lambda device: False)
    with caplog.at_level(logging.INFO, "fervid"):
        kept = last(head_only, small, tmp_path / "kept.safetensors")
    assert caplog.messages == [COMPUTING]
    monkeypatch.setattr(frozen, "MOST", 0)
    caplog.clear()
    with caplog.at_level(logging.INFO, "fervid"):
        anew = last(head_only, small, tmp_path / "anew.safetensors")
    assert caplog.messages[0].startswith("the frozen backbone runs in every epoch, because the recipe has features")
    for group in ("network", "average"):
        for name, tensor in anew.tensors[group].items():
            torch.testing.assert_close(kept.tensors[group][name], tensor, atol=1e-4, rtol=1e-3)


def test_the_backbone_does_not_change(head_only: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    first, *_, end = train(head_only, small, path, device=CPU)
    changed = {
        name.partition(".")[0]
        for name, tensor in end.tensors["best"].items()
        if not torch.equal(tensor, first.tensors["network"][name])
    }
    assert changed <= {"head"}


@pytest.mark.parametrize("calls", [1, 2, 5], ids=["among the features", "between two splits", "within an epoch"])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(
    calls: int, head_only: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen, "_BATCH", 32)
    small_batches = head_only.replace(batch=16)
    whole = last(small_batches, small, tmp_path / "whole.safetensors")
    path = tmp_path / "parts.safetensors"
    with pytest.raises(KeyboardInterrupt):
        list(train(small_batches, small, path, device=CPU, stop=stop_after(calls)))
    resumed = last(small_batches, small, path, resume=True)
    assert results(resumed) == results(whole)
    assert same_weights(resumed, whole)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"augmentation.mirror": 0.5}, ""),
        ({"augmentation.erase_area": 0.2, "augmentation.noise": 0.1}, ""),
        ({"augmentation.rotation": 10}, "augmentation.rotation"),
        ({"augmentation.video": 0.5}, "augmentation.video"),
        ({"augmentation.cutmix": 1}, "augmentation.cutmix"),
        ({"grow": [48]}, ""),
        ({"grow": [32, 48]}, "grow"),
        ({"distillation.teachers": ["emotionnet"]}, "distillation.teachers"),
    ],
)
def test_some_keys_need_the_images_of_each_batch(changes: dict[str, Any], key: str, recipe: Recipe) -> None:
    assert obstacle(recipe.replace(**changes)) == key
