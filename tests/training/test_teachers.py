"""A student learns from trained engines whose classes and colours may differ from its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from training_runs import CPU, last, never

from fervid import data, networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.data.dataset import DataSet
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.errors import EngineError, RecipeError
from fervid.training.learner import Learner
from fervid.training.losses import divergence
from fervid.training.preprocess import normalise
from fervid.training.recipe import Distillation, Recipe
from fervid.training.shape import Shape
from fervid.training.teachers import Teachers


def test_a_student_comes_nearer_to_its_teacher(recipe: Recipe, small: DataSet) -> None:
    recipe = recipe.replace(network="fcnn", epochs=30, batch=16)
    recipe = recipe.replace(**{"distillation.teachers": ["emotionnet"], "distillation.weight": 1.0})
    shape = Shape.of(recipe, small)
    learner, teachers = Learner(recipe, shape, CPU), Teachers(recipe.distillation, [shape.classes], CPU)
    faces = torch.from_numpy(small.training.images).float() / 255

    def distance() -> float:
        network = networks.create("fcnn")
        network.load_state_dict(dict(learner.checkpoint().tensors["network"]))
        with torch.inference_mode():
            logits = network.eval()(normalise(faces, (recipe.mean,), (recipe.std,)))
            return float(divergence(logits, teachers.predictions(faces, has_bf16=False), 2.0))

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
    teachers = Teachers(Distillation(teachers=("compact-ferplus",), temperature=1.0), [FER2013], CPU)
    torch.testing.assert_close(teachers.predictions(faces, has_bf16=False), told.softmax(1))


def test_a_teacher_that_knows_grey_alone_teaches_colour(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    recipe = recipe.replace(network="fcnn", epochs=1, colour="rgb", **{"distillation.teachers": ["emotionnet"]})
    assert last(recipe, small, tmp_path / "run.safetensors").history[0].train_loss > 0


def test_a_grey_teacher_is_shown_the_brightness_of_colours() -> None:
    colours = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(1))
    grey = torch.tensor([[0.299, 0.587, 0.114]]) @ colours.flatten(2)
    teachers = Teachers(Distillation(teachers=("emotionnet",)), [FER2013], CPU)
    told = teachers.predictions(colours, has_bf16=False)
    torch.testing.assert_close(told, teachers.predictions(grey.view(2, 1, 48, 48), has_bf16=False))


def test_two_teachers_agree_on_their_mean(small: DataSet) -> None:
    faces = torch.from_numpy(small.training.images[:4]).float() / 255
    one, two, both = (
        Teachers(Distillation(teachers=names), [FER2013], CPU).predictions(faces, has_bf16=False)
        for names in (("emotionnet",), ("compact-fer2013",), ("emotionnet", "compact-fer2013"))
    )
    torch.testing.assert_close(both, (one + two) / 2)


def test_each_head_learns_from_the_teachers_that_know_its_classes() -> None:
    faces = torch.rand(2, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    pair = Teachers(Distillation(teachers=("emotionnet", "compact-ferplus")), [FER2013, FERPLUS], CPU)
    alone = Teachers(Distillation(teachers=("compact-ferplus",)), [FERPLUS], CPU)
    told = pair.predictions(faces, has_bf16=False)
    assert told.shape == (2, 15)
    torch.testing.assert_close(told[:, 7:], alone.predictions(faces, has_bf16=False))
    alone = Teachers(Distillation(teachers=("emotionnet",)), [FER2013], CPU)
    torch.testing.assert_close(told[:, :7], alone.predictions(faces, has_bf16=False))
    with pytest.raises(RecipeError, match="no teacher knows contempt; use a teacher that knows every class"):
        Teachers(Distillation(teachers=("emotionnet",)), [FER2013, FERPLUS], CPU)


def test_many_faces_get_the_predictions_of_each(small: DataSet) -> None:
    faces = torch.from_numpy(small.training.images).float() / 255
    many = torch.cat((faces, faces.flip(-1), faces[:3]))
    teachers = Teachers(Distillation(teachers=("emotionnet",)), [FER2013], CPU)
    expected = torch.cat([teachers.predictions(part, has_bf16=False) for part in many.split(10)])
    torch.testing.assert_close(teachers.predictions(many, has_bf16=False), expected)


def test_mirrored_predictions_are_those_of_both_images() -> None:
    faces = torch.rand(3, 1, 48, 48, generator=torch.Generator().manual_seed(1))
    teachers = Teachers(Distillation(teachers=("emotionnet",)), [FER2013], CPU)
    both = [teachers.predictions(each, has_bf16=False) for each in (faces, faces.flip(-1))]
    torch.testing.assert_close(teachers.mirrored(faces, has_bf16=False), (both[0] + both[1]) / 2)


def test_a_teacher_that_was_not_trained_yet_is_named(tmp_path: Path) -> None:
    absent = str(tmp_path / "runs" / "teacher")
    with pytest.raises(EngineError, match="teacher' does not exist; train it first, by a recipe of its own"):
        Teachers(Distillation(teachers=(absent,)), [FER2013], CPU)
