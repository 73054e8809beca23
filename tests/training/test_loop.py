"""The loop learns, repeats itself exactly, goes on exactly, chooses by public_test, and never sees private_test."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fervid import data, networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.data.dataset import DataSet
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.errors import DataError, EngineError, OutputError, RecipeError
from fervid.training.checkpoint import GROUPS, Checkpoint, Epoch
from fervid.training.learner import Learner, Shape
from fervid.training.loop import ended, train
from fervid.training.normalise import normalise
from fervid.training.recipe import OPTIMIZERS, Augmentation, Distillation, Recipe
from fervid.training.start import begin
from fervid.training.teachers import Teachers

CPU = torch.device("cpu")
AUGMENTATION = Augmentation(mirror=0.5, rotation=10, erase=0.5, erase_area=0.2)


def last(recipe: Recipe, data: DataSet, path: Path, *, resume: bool = False) -> Checkpoint:
    *_, checkpoint = train(recipe, data, path, device=CPU, resume=resume)
    return checkpoint


def never() -> bool:
    return False


def results(checkpoint: Checkpoint) -> list[Epoch]:
    """The history without its clock."""
    return [dataclasses.replace(epoch, seconds=0.0) for epoch in checkpoint.history]


def same_weights(one: Checkpoint, other: Checkpoint) -> bool:
    return all(
        torch.equal(tensor, other.tensors[group][name])
        for group in GROUPS
        for name, tensor in one.tensors[group].items()
    )


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


def test_a_disk_that_is_full_leaves_the_last_good_checkpoint(
    recipe: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.safetensors"
    run = train(recipe, small, path, device=CPU)
    next(run)
    good = path.read_bytes()

    def full(_file: Path, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OutputError, match=r"run\.safetensors' cannot be written \(No space left on device\)"):
            next(run)
    assert path.read_bytes() == good
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"]


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


def test_a_student_comes_nearer_to_its_teacher(recipe: Recipe, small: DataSet) -> None:
    recipe = recipe.replace(network="fcnn", epochs=30, batch=16)
    recipe = recipe.replace(**{"distillation.teachers": ["emotionnet"], "distillation.weight": 1.0})
    shape = Shape.of(recipe, small)
    learner, teachers = Learner(recipe, shape, CPU), Teachers(recipe.distillation, shape.classes, CPU)
    faces = torch.from_numpy(small.training.images).float() / 255

    def distance() -> float:
        network = networks.create("fcnn")
        network.load_state_dict(dict(learner.checkpoint().tensors["network"]))
        with torch.inference_mode():
            logits = network.eval()(normalise(faces, (recipe.mean,), (recipe.std,)))
            return float(teachers.loss(faces, logits, has_bf16=False))

    before = distance()
    for _ in range(recipe.epochs):
        learner.learn(small.training, never)
        learner.validate(small.public_test)
    assert distance() < before / 2


def test_a_teacher_of_other_classes(recipe: Recipe, archives: Path, tmp_path: Path) -> None:
    recipe = recipe.replace(labels="majority", **{"distillation.teachers": ["emotionnet"]})
    with pytest.raises(RecipeError, match="the teacher emotionnet does not know contempt"):
        last(recipe, data.read(archives, labels="majority"), tmp_path / "run.safetensors")


def test_a_teacher_that_knows_more_is_asked_for_what_is_learned(small: DataSet) -> None:
    faces = torch.from_numpy(small.training.images[:4]).float() / 255
    spec, network = read_network(resolve("compact-ferplus"))
    with torch.inference_mode():
        logits = network.eval()(normalise(faces, spec.input.mean, spec.input.std))
    told = logits[:, [FERPLUS.index(emotion) for emotion in FER2013]]
    teachers = Teachers(Distillation(teachers=("compact-ferplus",), temperature=1.0), FER2013, CPU)
    assert float(teachers.loss(faces, told, has_bf16=False)) == pytest.approx(0, abs=1e-5)
    assert float(teachers.loss(faces, told.flip(1), has_bf16=False)) > 0.1


def test_a_teacher_that_knows_grey_alone_teaches_colour(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    recipe = recipe.replace(network="fcnn", epochs=1, colour="rgb", **{"distillation.teachers": ["emotionnet"]})
    assert last(recipe, small, tmp_path / "run.safetensors").history[0].train_loss > 0


def test_a_grey_teacher_is_shown_the_brightness_of_colours() -> None:
    colours = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(1))
    grey = torch.tensor([[0.299, 0.587, 0.114]]) @ colours.flatten(2)
    teachers = Teachers(Distillation(teachers=("emotionnet",)), FER2013, CPU)
    logits = torch.zeros(2, 7)
    told = teachers.loss(colours, logits, has_bf16=False)
    assert float(told) == pytest.approx(float(teachers.loss(grey.view(2, 1, 48, 48), logits, has_bf16=False)), rel=1e-4)


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


@pytest.mark.parametrize(
    ("place", "tensor"),
    [
        ("elsewhere/momentum_buffer", torch.zeros(1)),
        ("head.1.bias/momentum_buffer", torch.zeros(3)),
    ],
)
def test_the_optimizer_state_of_another_network(
    recipe: Recipe, small: DataSet, tmp_path: Path, place: str, tensor: torch.Tensor
) -> None:
    path = tmp_path / "run.safetensors"
    good = next(train(recipe, small, path, device=CPU))
    tensors = {**good.tensors, "optimizer": {**good.tensors["optimizer"], place: tensor}}
    dataclasses.replace(good, tensors=tensors).save(path)
    with pytest.raises(EngineError, match=rf"run\.safetensors' has {place}, which does not fit the network"):
        last(recipe, small, path, resume=True)


@pytest.mark.parametrize(
    ("change", "problem"), [({"batches": -1}, "batches is -1"), ({"loss": "low"}, 'loss is "low"')]
)
def test_a_checkpoint_whose_header_makes_no_sense(
    recipe: Recipe, small: DataSet, tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "run.safetensors"
    good = next(train(recipe, small, path, device=CPU))
    dataclasses.replace(good, part=dataclasses.replace(good.part, **change)).save(path)
    with pytest.raises(EngineError, match=rf"is not a checkpoint of fervid \({problem}\)"):
        last(recipe, small, path, resume=True)


def test_a_network_without_a_backbone_cannot_be_frozen(recipe: Recipe, small: DataSet) -> None:
    recipe = recipe.replace(network="fcnn", frozen=True)
    with pytest.raises(RecipeError, match="short has frozen = true, but fcnn has no backbone to freeze"):
        Learner(recipe, Shape.of(recipe, small), CPU)


def test_a_start_from_other_classes_keeps_what_both_know() -> None:
    trained = read_network(resolve("emotionnet"))[1].state_dict()
    network = networks.create("emotionnet", len(FERPLUS))
    fresh = network.state_dict()["head.4.bias"].clone()
    begin(network, "emotionnet", "emotionnet", FERPLUS)
    bias = network.state_dict()["head.4.bias"]
    assert bias[FERPLUS.index("happy")] == trained["head.4.bias"][FER2013.index("happy")]
    assert bias[FERPLUS.index("contempt")] == fresh[FERPLUS.index("contempt")]
    assert torch.equal(network.state_dict()["features.0.weight"], trained["features.0.weight"])


def test_a_start_from_another_network() -> None:
    with pytest.raises(RecipeError, match="emotionnet has the network emotionnet, not fcnn"):
        begin(networks.create("fcnn"), "emotionnet", "fcnn", FER2013)


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
    with pytest.raises(DataError, match="64 training faces do not fill a batch of 65"):
        last(recipe.replace(batch=65), small, tmp_path / "run.safetensors")


def test_weights_that_run_away_end_the_run(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(
        RecipeError, match="the training of short diverged in epoch 1: the loss is not a number; lower the rate"
    ):
        last(recipe.replace(rate=10.0, warm_up=0.0, batch=2), small, tmp_path / "run.safetensors")


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
    with pytest.raises(
        RecipeError, match=r"belongs to another version of the recipe short: epochs was 2 and is now 3; use"
    ):
        last(recipe.replace(epochs=3), small, path, resume=True)
    with pytest.raises(RecipeError, match=r"short: augmentation\.mirror was 0\.0 and is now 0\.5"):
        last(recipe.replace(**{"augmentation.mirror": 0.5}), small, path, resume=True)


def test_resuming_with_more_or_fewer_faces(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    next(train(recipe, small, path, device=CPU))
    fewer = small.training
    fewer = dataclasses.replace(fewer, images=fewer.images[1:], labels=fewer.labels[1:])
    with pytest.raises(DataError, match=r"made with \d+ training and \d+ validation faces, but the data has"):
        last(recipe, dataclasses.replace(small, training=fewer), path, resume=True)


def test_resuming_with_data_of_other_classes(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    last(recipe, small, path)
    other = dataclasses.replace(small, classes=(*FER2013[:-1], "contempt"))
    with pytest.raises(
        DataError,
        match=r"run\.safetensors' has the classes angry, .*neutral, but the data has angry, .*contempt; resume",
    ):
        last(recipe, other, path, resume=True)


def test_colour_for_a_network_that_takes_grey(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    colour = dataclasses.replace(small, training=small.training.at(48, 3))
    with pytest.raises(DataError, match="is in colour, but short takes grey faces; set colour to rgb"):
        last(recipe, colour, tmp_path / "run.safetensors")


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind"])
def test_resuming_from_nothing(recipe: Recipe, small: DataSet, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=r"run\.safetensors' (cannot be read|is not a checkpoint)"):
        last(recipe, small, path, resume=True)
