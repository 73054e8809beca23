"""A network with two heads learns two kinds of labels at once, and each head makes an engine."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from training_runs import CPU, last, results, same_weights

from fervid import data, networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.data.dataset import DataSet
from fervid.data.splits import divide
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import Manifest
from fervid.errors import RecipeError
from fervid.training import losses
from fervid.training.checkpoint import Checkpoint
from fervid.training.learner import Learner
from fervid.training.loop import train
from fervid.training.recipe import Augmentation, Distillation, Recipe
from fervid.training.run_folders import Folders
from fervid.training.shape import Shape
from fervid.training.start import begin
from fervid.training.teachers import Teachers
from fervid.training.training_run import run

AUGMENTATION = Augmentation(mirror=0.5, rotation=10, mixup=0.2)


@pytest.fixture(scope="module")
def both(archives: Path) -> DataSet:
    """Return the drawn faces with FER2013's labels and with FER+'s votes, of which a few training faces have none."""
    faces = data.read_faces(archives)
    assert faces.votes is not None
    votes = faces.votes.copy()
    votes[:5] = 0
    return divide(dataclasses.replace(faces, votes=votes), "class", "distribution")


@pytest.fixture(scope="module")
def two_heads(recipe: Recipe) -> Recipe:
    return recipe.replace(network="fcnn", batch=16, **{"auxiliary.labels": "distribution"})


@pytest.fixture(scope="module")
def folders(two_heads: Recipe, both: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Folders:
    """Return the folders of a complete run."""
    root = tmp_path_factory.mktemp("run") / "pair"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)
        report = run(two_heads, both, root, device=CPU)
    assert report is not None
    assert report.auxiliary is not None
    return Folders(root)


def test_each_head_becomes_an_engine_with_results_of_its_own(folders: Folders, both: DataSet) -> None:
    for place, name, classes, labels in (
        (folders, "short", FER2013, 64),
        (folders.auxiliary, "short-auxiliary", FERPLUS, both.auxiliary.training.labelled if both.auxiliary else 0),
    ):
        manifest = Manifest.load(place.engine)
        assert (manifest.name, manifest.classes) == (name, classes)
        assert f"{labels} faces" in (place.engine / "README.md").read_text(encoding="utf-8")
        metrics = json.loads((place.results / "metrics.json").read_text(encoding="utf-8"))
        assert tuple(metrics["public_test"]["predictions"]) == classes
        assert metrics["private_test"]["accuracy"] == manifest.accuracy["private_test"]
        assert metrics["temperature"] == manifest.temperature


def test_a_teacher_with_two_heads_answers_either_question(folders: Folders, both: DataSet) -> None:
    faces = both.private_test.images[:8]
    images, settings = torch.from_numpy(faces).float() / 255, Distillation(teachers=(str(folders.root),), temperature=1)
    told = Teachers(settings, [FER2013, FERPLUS], CPU).predictions(images, has_bf16=False)
    engines = [PyTorchEngine.load(place.engine, "cpu", precision="fp32") for place in (folders, folders.auxiliary)]
    for engine, classes, part in zip(engines, (FER2013, FERPLUS), told.split((7, 8), 1), strict=True):
        alone = Teachers(settings, [classes], CPU).predictions(images, has_bf16=False)
        torch.testing.assert_close(alone, part)
        np.testing.assert_array_equal(part.argmax(1).numpy(), engine.classify(faces).argmax(1))


def test_a_training_can_start_from_either_head(folders: Folders) -> None:
    network = networks.create("fcnn", 15)
    begin(network, str(folders.auxiliary.engine), "fcnn", (*FER2013, *FERPLUS))
    (bias,) = (network.state_dict()[key] for key in networks.last_layer(network) if key.endswith("bias"))
    assert bias[FER2013.index("happy")] == bias[7 + FERPLUS.index("happy")]


def test_a_run_with_two_heads_goes_on_exactly(two_heads: Recipe, both: DataSet, tmp_path: Path) -> None:
    two_heads = dataclasses.replace(two_heads, augmentation=AUGMENTATION)
    whole = last(two_heads, both, tmp_path / "whole.safetensors")
    asked = iter([False, False, False, False, False, True])
    path = tmp_path / "parts.safetensors"
    with pytest.raises(KeyboardInterrupt):
        list(train(two_heads, both, path, device=CPU, stop=lambda: next(asked)))
    resumed = last(two_heads, both, path, resume=True)
    assert results(resumed) == results(whole)
    assert same_weights(resumed, whole)
    assert path.read_bytes()[-1000:] == (tmp_path / "whole.safetensors").read_bytes()[-1000:]


@pytest.mark.parametrize(("labels", "auxiliary"), [("class", "distribution"), ("distribution", "class")])
def test_a_face_without_votes_teaches_the_other_head_alone(archives: Path, labels: str, auxiliary: str) -> None:
    """Where no face has votes that count, the head for FER+ learns nothing and the other one does."""
    faces = data.read_faces(archives)
    assert faces.votes is not None
    votes = faces.votes.copy()
    training = np.flatnonzero(faces.usages == "training")
    votes[training[1:]] = 0
    divided = divide(dataclasses.replace(faces, votes=votes), labels, auxiliary)
    assert divided.auxiliary is not None
    main, second = divided.training, divided.auxiliary.training
    assert len(main) == len(second) == 64
    assert {main.labelled, second.labelled} == {64, 1}
    recipe = Recipe(name="pair", network="fcnn", epochs=1, batch=21, weight_decay=0, label_smoothing=0.1)
    recipe = recipe.replace(labels=labels, **{"auxiliary.labels": auxiliary})
    unknown = np.ones(64, np.bool_)
    unknown[0] = False
    learner = Learner(recipe, Shape.of(recipe, divided), CPU)
    (last_layer,) = (name for name in networks.last_layer(networks.create("fcnn")) if name.endswith("weight"))
    before = learner.checkpoint().tensors["network"][last_layer].clone()
    learner.learn(main.take(unknown), lambda: False, second.take(unknown))
    moved = (learner.checkpoint().tensors["network"][last_layer] - before).abs().sum(1) > 0
    heads = {head.labels: moved[head.columns] for head in learner.shape.heads(recipe)}
    assert bool(heads["class"].all())
    assert not heads["distribution"].any()
    learner.validate(divided.public_test)
    assert 0 <= learner.history[0].train_accuracy <= 1


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.floats(0, 0.9))
def test_the_loss_of_a_batch_is_that_of_its_labelled_faces(known: list[bool], smoothing: float) -> None:
    generator = torch.Generator().manual_seed(len(known))
    logits, wanted = (torch.randn(len(known), 5, generator=generator) for _ in range(2))
    mask = torch.tensor(known)
    rows = wanted.softmax(1) * mask[:, None]
    loss = losses.cross_entropy(logits, rows, smoothing=smoothing, complete=False)
    if not any(known):
        assert float(loss) == 0
        return
    alone = losses.cross_entropy(logits[mask], rows[mask], smoothing=smoothing)
    assert float(loss) == pytest.approx(float(alone) * sum(known) / len(known), rel=1e-4)


def test_the_heads_share_the_loss_by_weight(two_heads: Recipe, both: DataSet) -> None:
    shape = Shape.of(two_heads, both)
    assert [head.weight for head in shape.heads(two_heads)] == [0.5, 0.5]
    main, second = shape.heads(two_heads.replace(**{"auxiliary.weight": 0.2}))
    assert (main.weight, second.weight, main.columns, second.columns) == (0.8, 0.2, slice(0, 7), slice(7, 15))


def test_two_heads_for_the_same_labels() -> None:
    document = {"network": "fcnn", "epochs": 1, "auxiliary": {"labels": "class"}}
    with pytest.raises(RecipeError, match=r"pair has the labels of the main head \(class\); choose other labels"):
        Recipe.of(document, "pair")


def test_a_checkpoint_from_before_a_key_goes_on(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    """A key that a checkpoint lacks had its default when the run began."""
    path = tmp_path / "run.safetensors"
    checkpoint = next(train(recipe, small, path, device=CPU))
    content = path.read_bytes()
    table = json.dumps({"labels": "none", "weight": 0.5}).replace('"', '\\"')
    older = content.replace(f'\\"auxiliary\\": {table}, '.encode(), b"")
    missing = len(content) - len(older)
    assert missing
    header = int.from_bytes(content[:8], "little") - missing
    path.write_bytes(header.to_bytes(8, "little") + older[8:])
    assert Checkpoint.load(path, recipe).history == checkpoint.history
    changed = recipe.replace(**{"auxiliary.weight": 0.3})
    with pytest.raises(RecipeError, match=r"auxiliary\.weight was 0\.5 and is now 0\.3"):
        Checkpoint.load(path, changed)
