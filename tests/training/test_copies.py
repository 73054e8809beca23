"""Copies of the faces are made once, whole, in the same way each time, and students learn from them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from training_runs import CPU, last, never, results, same_weights

from fervid import data, networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.data.dataset import DataSet
from fervid.errors import OutputError, RecipeError
from fervid.training import copies as module
from fervid.training.copies import Copier
from fervid.training.learner import Learner
from fervid.training.loop import train
from fervid.training.losses import divergence
from fervid.training.preprocess import normalise
from fervid.training.recipe import Augmentation, Recipe
from fervid.training.shape import Shape
from fervid.training.teachers import Teachers
from fervid.training.training_run import run

AUGMENTATION = Augmentation(mirror=0.5, rotation=10, video=0.5, blur=0.03, compression=0.8, glasses=0.2)


@pytest.fixture(autouse=True)
def chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy few faces at once, so that a copy takes several chunks."""
    monkeypatch.setattr(module, "_CHUNK", 24)


@pytest.fixture(scope="module")
def student(recipe: Recipe) -> Recipe:
    changes = {"distillation.teachers": ["emotionnet"], "distillation.weight": 1.0, "distillation.copies": 2}
    return dataclasses.replace(recipe.replace(network="fcnn", **changes), augmentation=AUGMENTATION)


def copier(recipe: Recipe, faces: DataSet, root: Path) -> Copier:
    return Copier(recipe, faces.training, [faces.classes], CPU, root)


def silent(_line: str) -> None:
    """Say nothing, as a quiet run."""


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_copies_are_whole_and_the_same_each_time(student: Recipe, small: DataSet, tmp_path: Path) -> None:
    lines: list[str] = []
    for place in ("one", "two"):
        copier(student, small, tmp_path / place).make(lines.append, never)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    made = copier(student, small, tmp_path / "one").copies
    assert lines[0] == "copying 64 faces 2 times; the copies take 0.00 GB"
    assert made.missing == []
    arrays = sum(path.stat().st_size - 128 for path in made.folder.glob("*.npy"))
    assert made.size(made.count) == arrays
    one, two, again = (made.for_epoch(number) for number in (1, 2, 3))
    assert one.images.shape == (64, 1, 48, 48)
    assert not np.array_equal(one.images, two.images)
    np.testing.assert_array_equal(one.images, again.images)
    np.testing.assert_allclose(one.predictions.astype(np.float32).sum(1), 1, atol=2e-3)


def test_the_predictions_are_those_for_the_copy_and_its_mirror_image(
    student: Recipe, small: DataSet, tmp_path: Path
) -> None:
    maker = copier(student, small, tmp_path)
    maker.make(silent, never)
    copy = maker.copies.for_epoch(2)
    teachers = Teachers(student.distillation, [small.classes], CPU)
    images = torch.from_numpy(copy.images).float() / 255
    expected = sum(teachers.predictions(each, has_bf16=False) for each in (images, images.flip(-1))) / 2
    torch.testing.assert_close(torch.from_numpy(copy.predictions).float(), expected, atol=0.02, rtol=0)


def test_clear_copies_are_classified_before_they_are_spoilt(student: Recipe, small: DataSet, tmp_path: Path) -> None:
    spoilt = dataclasses.replace(AUGMENTATION, glasses=1.0, mask=1.0, video=1.0, erase=1.0, erase_area=0.3)
    made = {}
    for name, augmentation, clear in (
        ("good", AUGMENTATION.clear, False),
        ("spoilt", spoilt, False),
        ("clear", spoilt, True),
    ):
        recipe = dataclasses.replace(student, augmentation=augmentation)
        maker = copier(recipe.replace(**{"distillation.clear": clear}), small, tmp_path / name)
        maker.make(silent, never)
        made[name] = maker.copies.for_epoch(1)
    np.testing.assert_array_equal(made["clear"].images, made["spoilt"].images)
    np.testing.assert_array_equal(made["clear"].predictions, made["good"].predictions)
    assert np.abs(made["clear"].predictions - made["spoilt"].predictions).max() > 0.1


@pytest.mark.parametrize("has", [False, True])
def test_copies_are_classified_in_bfloat16_only_where_the_device_has_it(
    student: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    monkeypatch.setattr(module, "has_bf16", lambda device: has)
    used = set()
    autocast = torch.autocast

    def watched(device: str, dtype: torch.dtype, *, enabled: bool) -> torch.autocast:
        used.add(enabled)
        return autocast(device, dtype, enabled=enabled)

    monkeypatch.setattr(torch, "autocast", watched)
    copier(student, small, tmp_path).make(silent, never)
    assert used == {has}


def test_making_goes_on_after_the_complete_copies(student: Recipe, small: DataSet, tmp_path: Path) -> None:
    whole = copier(student, small, tmp_path / "whole")
    whole.make(silent, never)
    asked = itertools.chain([False] * 4, itertools.repeat(True))  # in the second chunk of the second copy
    parts = copier(student, small, tmp_path / "parts")
    with pytest.raises(KeyboardInterrupt):
        parts.make(silent, lambda: next(asked))
    assert sorted(path.name for path in parts.copies.folder.iterdir()) == [
        "copies.json",
        "images-0000.npy",
        "predictions-0000.npy",
    ]
    assert parts.copies.missing == [1]
    copier(student, small, tmp_path / "parts").make(silent, never)
    assert files(tmp_path / "parts") == files(tmp_path / "whole")


def test_a_damaged_copy_is_made_again(student: Recipe, small: DataSet, tmp_path: Path) -> None:
    maker = copier(student, small, tmp_path)
    maker.make(silent, never)
    good = files(tmp_path)
    images, _ = maker.copies.files(0)
    images.write_bytes(images.read_bytes()[:-1])
    assert maker.copies.missing == [0]
    maker.make(silent, never)
    assert files(tmp_path) == good


@pytest.mark.parametrize(
    "changed",
    [
        lambda recipe: recipe.replace(seed=8),
        lambda recipe: recipe.replace(**{"augmentation.blur": 0.02}),
        lambda recipe: recipe.replace(**{"distillation.teachers": ["compact-fer2013"]}),
        lambda recipe: recipe.replace(**{"distillation.temperature": 3}),
    ],
)
def test_whatever_changes_the_copies_gives_them_another_folder(
    student: Recipe, small: DataSet, tmp_path: Path, changed: Callable[[Recipe], Recipe]
) -> None:
    folder = copier(student, small, tmp_path).copies.folder
    assert copier(changed(student), small, tmp_path).copies.folder != folder
    assert copier(student.replace(network="simple-conv", epochs=9), small, tmp_path).copies.folder == folder


def test_a_disk_without_room_is_named_before_anything_is_made(
    student: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RESERVE", 10**18)
    with pytest.raises(OutputError, match=r"GB of free space; free some, or set fewer distillation\.copies"):
        copier(student, small, tmp_path).make(silent, never)
    assert not files(tmp_path)


def test_a_run_on_copies_goes_on_exactly(student: Recipe, small: DataSet, tmp_path: Path) -> None:
    student = student.replace(epochs=3, batch=16)
    maker = copier(student, small, tmp_path)
    maker.make(silent, never)
    *_, whole = train(student, small, tmp_path / "whole.safetensors", device=CPU, copies=maker.copies)
    path, asked = tmp_path / "parts.safetensors", iter([False, False, False, False, False, True])
    with pytest.raises(KeyboardInterrupt):
        list(train(student, small, path, device=CPU, stop=lambda: next(asked), copies=maker.copies))
    *_, resumed = train(student, small, path, device=CPU, resume=True, copies=maker.copies)
    assert results(resumed) == results(whole)
    assert same_weights(resumed, whole)
    assert not same_weights(whole, last(student, small, tmp_path / "live.safetensors")), "copies are what was learned"


def test_a_student_with_two_heads_comes_nearer_to_the_stored_predictions(
    student: Recipe, archives: Path, tmp_path: Path
) -> None:
    both = data.read(archives, auxiliary="distribution")
    changes = {"auxiliary.labels": "distribution", "distillation.teachers": ["emotionnet", "compact-ferplus"]}
    student = student.replace(epochs=15, batch=16, **changes)
    maker = Copier(student, both.training, [FER2013, FERPLUS], CPU, tmp_path)
    maker.make(silent, never)
    assert both.auxiliary is not None
    learner = Learner(student, Shape.of(student, both), CPU, with_teachers=False)
    copy = maker.copies.for_epoch(1)
    images, told = torch.from_numpy(copy.images).float() / 255, torch.from_numpy(copy.predictions).float()

    def distance() -> float:
        network = networks.create("fcnn", 15)
        network.load_state_dict(dict(learner.checkpoint().tensors["network"]))
        with torch.inference_mode():
            logits = network.eval()(normalise(images, (student.mean,), (student.std,)))
        return sum(float(divergence(logits[:, part], told[:, part], 2.0)) for part in (slice(7), slice(7, 15)))

    before = distance()
    for number in range(1, 1 + student.epochs):
        learner.learn(both.training, never, both.auxiliary.training, maker.copies.for_epoch(number))
        learner.validate(both.public_test)
    assert distance() < 0.8 * before


def test_runs_side_by_side_share_their_copies(
    student: Recipe, small: DataSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)
    said: dict[str, list[str]] = {"first": [], "second": []}
    for name, lines in said.items():
        run(student.replace(epochs=1), small, tmp_path / name, device=CPU, tell=lines.append)
    assert len(said["first"]) == 3
    assert said["second"] == []
    assert len(list((tmp_path / "copies").iterdir())) == 1


def test_clear_teachers_need_copies() -> None:
    document = {"network": "fcnn", "epochs": 1, "distillation": {"teachers": ["emotionnet"], "clear": True}}
    with pytest.raises(RecipeError, match=r"is for copies of the faces, but there are none; set distillation\.copies"):
        Recipe.of(document, "lone")


def test_copies_need_teachers() -> None:
    document = {"network": "fcnn", "epochs": 1, "distillation": {"copies": 2}}
    with pytest.raises(RecipeError, match=r"lone has copies of the faces but no teachers to classify them; name"):
        Recipe.of(document, "lone")
