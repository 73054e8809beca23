"""A checkpoint is whole, holds no pickle, and fits the run that it is resumed by."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from training_runs import CPU, last, same_weights

from fervid.core.emotions import FER2013
from fervid.data.dataset import DataSet
from fervid.errors import DataError, EngineError, OutputError, RecipeError
from fervid.training.checkpoint import Checkpoint
from fervid.training.loop import train
from fervid.training.recipe import Recipe


@pytest.fixture(scope="module")
def first_epoch(recipe: Recipe, small: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """Return the checkpoint of a run after one of its two epochs."""
    return next(train(recipe, small, tmp_path_factory.mktemp("run") / "run.safetensors", device=CPU))


def test_the_checkpoint_is_whole_and_no_pickle(recipe: Recipe, small: DataSet, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    checkpoint = last(recipe, small, path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.safetensors"], "no partial file is left"
    stored = Checkpoint.load(path, recipe)
    assert stored.history == checkpoint.history
    assert same_weights(checkpoint, stored)


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


@pytest.mark.parametrize(
    ("place", "tensor"),
    [
        ("elsewhere/momentum_buffer", torch.zeros(1)),
        ("head.1.bias/momentum_buffer", torch.zeros(3)),
    ],
)
def test_the_optimizer_state_of_another_network(
    recipe: Recipe, small: DataSet, first_epoch: Checkpoint, tmp_path: Path, place: str, tensor: torch.Tensor
) -> None:
    path = tmp_path / "run.safetensors"
    tensors = {**first_epoch.tensors, "optimizer": {**first_epoch.tensors["optimizer"], place: tensor}}
    dataclasses.replace(first_epoch, tensors=tensors).save(path)
    with pytest.raises(EngineError, match=rf"run\.safetensors' has {place}, which does not fit the network"):
        last(recipe, small, path, resume=True)


@pytest.mark.parametrize(
    ("change", "problem"), [({"batches": -1}, "batches is -1"), ({"loss": "low"}, 'loss is "low"')]
)
def test_a_checkpoint_whose_header_makes_no_sense(
    recipe: Recipe, small: DataSet, first_epoch: Checkpoint, tmp_path: Path, change: dict[str, Any], problem: str
) -> None:
    path = tmp_path / "run.safetensors"
    dataclasses.replace(first_epoch, part=dataclasses.replace(first_epoch.part, **change)).save(path)
    with pytest.raises(EngineError, match=rf"is not a checkpoint of fervid \({problem}\)"):
        last(recipe, small, path, resume=True)


def test_resuming_by_another_recipe(recipe: Recipe, small: DataSet, first_epoch: Checkpoint, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    first_epoch.save(path)
    with pytest.raises(
        RecipeError, match=r"belongs to another version of the recipe short: epochs was 2 and is now 3; use"
    ):
        last(recipe.replace(epochs=3), small, path, resume=True)
    with pytest.raises(RecipeError, match=r"short: augmentation\.mirror was 0\.0 and is now 0\.5"):
        last(recipe.replace(**{"augmentation.mirror": 0.5}), small, path, resume=True)


def test_resuming_with_more_or_fewer_faces(
    recipe: Recipe, small: DataSet, first_epoch: Checkpoint, tmp_path: Path
) -> None:
    path = tmp_path / "run.safetensors"
    first_epoch.save(path)
    fewer = small.training
    fewer = dataclasses.replace(fewer, images=fewer.images[1:], labels=fewer.labels[1:])
    with pytest.raises(DataError, match=r"made with \d+ training and \d+ validation faces, but the data has"):
        last(recipe, dataclasses.replace(small, training=fewer), path, resume=True)


def test_resuming_with_data_of_other_classes(
    recipe: Recipe, small: DataSet, first_epoch: Checkpoint, tmp_path: Path
) -> None:
    path = tmp_path / "run.safetensors"
    first_epoch.save(path)
    other = dataclasses.replace(small, classes=(*FER2013[:-1], "contempt"))
    with pytest.raises(
        DataError,
        match=r"run\.safetensors' has the classes angry, .*neutral, but the data has angry, .*contempt; resume",
    ):
        last(recipe, other, path, resume=True)


@pytest.mark.parametrize("content", [None, b"", b"nothing of the kind"])
def test_resuming_from_nothing(recipe: Recipe, small: DataSet, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "run.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=r"run\.safetensors' (cannot be read|is not a checkpoint)"):
        last(recipe, small, path, resume=True)
