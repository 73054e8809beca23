"""The loop learns, repeats itself exactly, goes on exactly, chooses by public_test, and never sees private_test."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from training_runs import CPU, last, never, results, same_weights

from fervid import data, networks
from fervid.data.dataset import DataSet
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.errors import DataError, RecipeError
from fervid.training.checkpoint import Checkpoint, Epoch
from fervid.training.learner import Learner
from fervid.training.loop import ended, train
from fervid.training.recipe import OPTIMIZERS, Augmentation, Recipe
from fervid.training.shape import Shape

AUGMENTATION = Augmentation(mirror=0.5, rotation=10, erase=0.5, erase_area=0.2)


def epoch(number: int, accuracy: float, loss: float = 1.0) -> Epoch:
    return Epoch(number, 0.1, loss + (0 if loss != 1.0 else number), accuracy, 1.0, accuracy, 1.0)


def test_it_learns_a_few_faces_by_heart(small: DataSet) -> None:
    recipe = Recipe(name="heart", network="fcnn", epochs=40, batch=16, rate=0.03, averaging=2.0)
    learner = Learner(recipe, Shape.of(recipe, small), CPU)
    few = dataclasses.replace(small.training, images=small.training.images[:32], labels=small.training.labels[:32])
    for _ in range(recipe.epochs):
        learner.learn(few, never)
        learner.validate(few)
    assert learner.history[-1].train_loss < learner.history[0].train_loss / 4
    assert learner.history[-1].accuracy == 1.0


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


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_that_was_stopped_within_an_epoch_goes_on_exactly(
    recipe: Recipe, small: DataSet, tmp_path: Path, optimizer: str
) -> None:
    recipe = dataclasses.replace(recipe, batch=16, optimizer=optimizer, rate=0.001, augmentation=AUGMENTATION)
    whole = last(recipe, small, tmp_path / "whole.safetensors")
    path = tmp_path / "parts.safetensors"
    asked = iter([False, False, False, False, False, True])  # after each batch but an epoch's last, and each epoch
    with pytest.raises(KeyboardInterrupt):
        list(train(recipe, small, path, device=CPU, stop=lambda: next(asked)))
    stored = Checkpoint.load(path, recipe)
    assert (len(stored.history), stored.part.batches) == (1, 2)
    resumed = last(recipe, small, path, resume=True)
    assert results(resumed) == results(whole)
    assert same_weights(resumed, whole)


def test_the_run_ends_when_nothing_gets_better(recipe: Recipe) -> None:
    history = [epoch(number, accuracy) for number, accuracy in enumerate((0.3, 0.5, 0.4, 0.5), 1)]
    assert not ended(recipe.replace(epochs=9, patience=3), history)
    assert ended(recipe.replace(epochs=9, patience=2), history)
    assert not ended(recipe.replace(epochs=9), history)
    assert ended(recipe.replace(epochs=4), history)


def test_the_run_ends_when_the_loss_has_settled(recipe: Recipe) -> None:
    history = [epoch(1, 0.3, 1.5), epoch(2, 0.3, 1.2), epoch(3, 0.3, 1.1995)]
    assert ended(recipe.replace(epochs=9, settled=1e-3), history)
    assert not ended(recipe.replace(epochs=9, settled=1e-4), history)
    assert not ended(recipe.replace(epochs=9, settled=1e-3), history[:2])


def test_a_distribution_is_learned_and_the_label_is_judged(recipe: Recipe, archives: Path, tmp_path: Path) -> None:
    faces = data.read(archives, labels="distribution")
    checkpoint = last(recipe.replace(labels="distribution"), faces, tmp_path / "run.safetensors")
    assert checkpoint.tensors["best"]["head.4.bias"].shape == (8,)


def test_a_network_that_grows_and_takes_pictures_of_another_size(
    recipe: Recipe, small: DataSet, tmp_path: Path
) -> None:
    wide = recipe.replace(network="resnet18-small", grow=[16, 24], size=32, colour="rgb", epochs=2)
    learner = Learner(wide, Shape.of(wide, small), CPU)
    assert [learner.size(number) for number in (1, 2)] == [16, 24]
    learner.learn(small.training, never)
    learner.validate(small.public_test.at(32, 3))
    assert learner.history[0].accuracy <= 1
    with pytest.raises(RecipeError, match="emotionnet does not take images of 24x24"):
        last(recipe.replace(grow=[24, 48]), small, tmp_path / "run.safetensors")


def test_the_head_alone_learns_when_the_rest_is_frozen(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    recipe = recipe.replace(frozen=True, start="emotionnet", rate=0.001)
    before = read_network(resolve("emotionnet"))[1].state_dict()
    after = last(recipe, small, tmp_path / "run.safetensors").tensors["network"]
    assert torch.equal(after["features.0.weight"], before["features.0.weight"])
    assert not torch.equal(after["head.4.weight"], before["head.4.weight"])


def test_smoothing_gives_no_more_to_classes_that_count_more(small: DataSet) -> None:
    """Where pictures tell nothing, weights make all classes as likely, with smoothing and without."""
    labels = (np.arange(64) == 0).astype(np.int64)  # a single face of class 1
    blank = dataclasses.replace(small.training, images=np.zeros_like(small.training.images[:64]), labels=labels)
    recipe = Recipe(name="rare", network="fcnn", epochs=60, batch=64, rate=0.01, schedule="constant", averaging=0)
    recipe = recipe.replace(balance="weights", label_smoothing=0.2)
    learner = Learner(recipe, Shape(48, 1, ("common", "rare")), CPU)
    for _ in range(recipe.epochs):
        learner.learn(blank, never)
        learner.validate(dataclasses.replace(blank, usage="public_test"))
    network = networks.create("fcnn", 2)
    network.load_state_dict(dict(learner.checkpoint().tensors["network"]))
    with torch.inference_mode():
        rare = network.eval()(torch.full((1, 1, 48, 48), -2.0)).softmax(1)[0, 1]
    assert float(rare) == pytest.approx(0.5, abs=0.03)


def test_a_network_without_a_backbone_cannot_be_frozen(recipe: Recipe, small: DataSet) -> None:
    recipe = recipe.replace(network="fcnn", frozen=True)
    with pytest.raises(RecipeError, match="short has frozen = true, but fcnn has no backbone to freeze"):
        Learner(recipe, Shape.of(recipe, small), CPU)


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
    with pytest.raises(DataError, match=f"private_test must not be used as {place}"):
        last(recipe, wrong, tmp_path / "run.safetensors")


def test_a_batch_larger_than_the_data(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="64 training faces cannot fill a batch of 65"):
        last(recipe.replace(batch=65), small, tmp_path / "run.safetensors")


def test_weights_that_run_away_end_the_run(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(
        RecipeError, match="the training of short diverged in epoch 1: the loss is not a number; lower the rate"
    ):
        last(recipe.replace(rate=10.0, warm_up=0.0, batch=2), small, tmp_path / "run.safetensors")


def test_colour_for_a_network_that_takes_grey(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    colour = dataclasses.replace(small, training=small.training.at(48, 3))
    with pytest.raises(DataError, match="is in colour, but short takes grey faces; set colour to rgb"):
        last(recipe, colour, tmp_path / "run.safetensors")
