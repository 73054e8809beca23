"""The loop learns, repeats itself exactly, goes on exactly, chooses by public_test, and never sees private_test."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from fervid.data.dataset import DataSet
from fervid.errors import DataError, EngineError, RecipeError
from fervid.training.checkpoint import GROUPS, Checkpoint, Epoch
from fervid.training.loop import Learner, train
from fervid.training.recipe import Augmentation, Recipe
from fervid.training.schedule import one_cycle

CPU = torch.device("cpu")
AUGMENTATION = Augmentation(mirror=0.5, rotation=10, erase=0.5, erase_area=0.2)


def last(recipe: Recipe, data: DataSet, path: Path, *, resume: bool = False) -> Checkpoint:
    *_, checkpoint = train(recipe, data, path, device=CPU, resume=resume)
    return checkpoint


def results(checkpoint: Checkpoint) -> list[Epoch]:
    """The history without its clock."""
    return [dataclasses.replace(epoch, seconds=0.0) for epoch in checkpoint.history]


def same_weights(one: Checkpoint, other: Checkpoint) -> bool:
    return all(
        torch.equal(tensor, other.tensors[group][name])
        for group in GROUPS
        for name, tensor in one.tensors[group].items()
    )


def test_it_learns_a_few_faces_by_heart(small: DataSet) -> None:
    recipe = Recipe(name="heart", network="emotionnet", epochs=40, batch=16, max_rate=0.03, averaging=2.0)
    learner = Learner(recipe, len(small.classes), 1, CPU)
    few = dataclasses.replace(small.training, images=small.training.images[:32], labels=small.training.labels[:32])
    losses = [learner.learn(few, number)[1] for number in range(1, recipe.epochs + 1)]
    assert losses[-1] < losses[0] / 4
    assert learner.judge(few)[1] == 1.0


def test_one_seed_gives_one_result(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    recipe = dataclasses.replace(recipe, augmentation=AUGMENTATION)
    first, second = (last(recipe, small, tmp_path / f"{name}.safetensors") for name in ("first", "second"))
    assert results(first) == results(second)
    assert same_weights(first, second)
    assert not same_weights(first, last(recipe.replace(seed=8), small, tmp_path / "third.safetensors"))


def test_a_run_that_was_resumed_equals_one_that_was_not(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    recipe = dataclasses.replace(recipe, epochs=3, augmentation=AUGMENTATION)
    whole = last(recipe, small, tmp_path / "whole.safetensors")
    broken_off = train(recipe, small, tmp_path / "parts.safetensors", device=CPU)
    next(broken_off)
    broken_off.close()
    resumed = last(recipe, small, tmp_path / "parts.safetensors", resume=True)
    assert results(resumed) == results(whole)
    assert same_weights(resumed, whole)


def test_the_best_weights_are_those_of_the_best_epoch(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    averages = {}
    for checkpoint in train(recipe.replace(epochs=4), small, tmp_path / "run.safetensors", device=CPU):
        averages[len(checkpoint.history)] = checkpoint.tensors["average"]["head.4.bias"].clone()
    assert torch.equal(checkpoint.tensors["best"]["head.4.bias"], averages[checkpoint.best.number])
    assert checkpoint.best.accuracy == max(epoch.accuracy for epoch in checkpoint.history)


def test_private_test_is_not_touched(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    blind = dataclasses.replace(small, private_test=None)
    assert len(last(recipe, blind, tmp_path / "run.safetensors").history) == recipe.epochs


@pytest.mark.parametrize("place", ["training", "public_test"])
def test_private_test_cannot_take_the_place_of_another_split(
    recipe: Recipe, small: DataSet, tmp_path: Path, place: str
) -> None:
    wrong = dataclasses.replace(small, **{place: small.private_test})
    with pytest.raises(DataError, match=f"private_test must not take the place of {place}"):
        last(recipe, wrong, tmp_path / "run.safetensors")


def test_a_batch_larger_than_the_data(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="64 faces do not fill a batch of 65"):
        last(recipe.replace(batch=65), small, tmp_path / "run.safetensors")


def test_weights_that_run_away_end_the_run(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="the loss of short is no number any more in epoch 1; lower max_rate"):
        last(recipe.replace(max_rate=10.0, warm_up=0.0, batch=2), small, tmp_path / "run.safetensors")


def test_the_checkpoint_is_whole_and_no_pickle(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    checkpoint = last(recipe, small, path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"], "no partial file is left"
    stored = Checkpoint.load(path, recipe)
    assert stored.history == checkpoint.history
    assert same_weights(checkpoint, stored)


def test_resuming_by_another_recipe(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    last(recipe, small, path)
    with pytest.raises(RecipeError, match="was made by a recipe other than short"):
        last(recipe.replace(epochs=3), small, path, resume=True)


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind"])
def test_resuming_from_nothing(recipe: Recipe, small: DataSet, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=r"run\.safetensors (cannot be read|is not a checkpoint)"):
        last(recipe, small, path, resume=True)


def test_one_cycle_rises_and_falls() -> None:
    rates = [one_cycle(step, 100, 0.5, 0.2) for step in range(100)]
    assert rates[0] == pytest.approx(0.5 / 25)
    assert max(rates) == rates[20] == pytest.approx(0.5)
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)
    assert 0 < rates[-1] < 0.001
