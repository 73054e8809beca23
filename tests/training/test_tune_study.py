"""A study repeats itself exactly, goes on exactly, chooses by public_test, and outlives trials that go wrong."""

from __future__ import annotations

import csv
import dataclasses
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
import torch
from optuna.pruners import MedianPruner
from PIL import Image
from sqlalchemy.exc import SQLAlchemyError

from fervid.data.dataset import PUBLIC_TEST, DataSet, Split
from fervid.errors import DataError, FervidError, OutputError, RecipeError
from fervid.training import SAMPLERS
from fervid.training.recipe import Recipe
from fervid.training.tune import store
from fervid.training.tune.folder import Folder
from fervid.training.tune.parameter import Choices, Range
from fervid.training.tune.space import Space
from fervid.training.tune.study import tune
from fervid.training.tune.trial import Trial

SPACE: Space = {
    "rate": Range(low=1e-3, high=0.1, log=True),
    "batch": Choices((16, 32)),
    "epochs": Range(low=1, high=3, whole=True),
}


@pytest.fixture(autouse=True)
def _without_picture(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing takes longer than the whole of such a small study, so one test alone does it."""
    if request.function is not test_what_it_writes:
        monkeypatch.setattr("fervid.training.tune.plot.draw", lambda *_: None)


@pytest.fixture
def recipe() -> Recipe:
    return Recipe(name="mine", network="fcnn", epochs=2, batch=32, seed=7, rate=0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "study", "mine")


def study(recipe: Recipe, data: DataSet, folder: Folder, space: Space = SPACE, **options: Any) -> list[Trial]:
    """Run a study of four trials, or as `options` say; gives its trials."""
    found: list[Trial] = []
    fixed: dict[str, Any] = {"sampler": "annealing", "trials": 4, "seed": 3, "device": torch.device("cpu")}
    tune(recipe, space, data, folder, watch=lambda trials: found.__setitem__(slice(None), trials), **fixed | options)
    return found


@contextmanager
def stored(folder: Folder) -> Iterator[optuna.Study]:
    """A study as Optuna finds it on disk."""
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder.study}")
    yield optuna.load_study(study_name="fervid", storage=storage)
    storage.remove_session()
    storage.engine.dispose()


def results(trials: list[Trial]) -> list[Trial]:
    """The trials without their clock."""
    return [dataclasses.replace(trial, seconds=0.0) for trial in trials]


def by_heart(data: DataSet) -> DataSet:
    """The same, judged by the faces that were learned: a good rate shows at once."""
    training = data.training
    return dataclasses.replace(data, public_test=Split(PUBLIC_TEST, training.images, training.labels))


def test_what_it_writes(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    trials = study(recipe, small, folder)
    names = ["mine-tuned.toml", "study.sqlite", "trials.csv", "trials.png"]
    assert sorted(path.name for path in folder.root.iterdir()) == names
    best = max(trials, key=lambda trial: trial.accuracy)
    assert Recipe.load(folder.recipe) == dataclasses.replace(recipe.replace(**best.values), name="mine-tuned")
    assert f"Trial {best.number} of 4 by fervid tune: {best.accuracy:.2%} on public_test" in folder.recipe.read_text()
    with folder.table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["number"] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row["accuracy"]) for row in rows] == pytest.approx([trial.accuracy for trial in trials], rel=1e-5)
    assert [int(row["batch"]) for row in rows] == [trial.values["batch"] for trial in trials]
    with Image.open(folder.plot) as picture:
        assert picture.width > 600


def test_the_first_trial_is_the_recipe_itself(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    (first,) = study(recipe, small, folder, trials=1)
    assert first.values == {"rate": 0.02, "batch": 32, "epochs": 2}
    elsewhere = {"batch": Choices((8, 16))}
    (first,) = study(recipe, small, folder, elsewhere, trials=1, overwrite=True)
    assert first.values["batch"] in (8, 16)


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_one_seed_gives_one_study(recipe: Recipe, small: DataSet, tmp_path: Path, sampler: str) -> None:
    one, other = (
        study(recipe, small, Folder(tmp_path / name, "mine"), sampler=sampler, trials=3) for name in ("one", "other")
    )
    assert results(one) == results(other)
    assert len({tuple(trial.values.values()) for trial in one}) == 3


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_study_that_was_broken_off_goes_on_as_if_it_had_not_been(
    recipe: Recipe, small: DataSet, tmp_path: Path, sampler: str
) -> None:
    whole = study(recipe, small, Folder(tmp_path / "whole", "mine"), sampler=sampler)
    broken = Folder(tmp_path / "broken", "mine")
    asked = count()
    with pytest.raises(KeyboardInterrupt):
        study(recipe, small, broken, sampler=sampler, stop=lambda: next(asked) >= 9)
    assert not broken.checkpoint.exists()
    with broken.table.open(newline="") as file:
        assert 1 <= len(list(csv.DictReader(file))) < 4
    assert results(study(recipe, small, broken, sampler=sampler, resume=True)) == results(whole)


def test_what_a_crash_left_running_does_not_count(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    whole = study(recipe, small, Folder(folder.root / "whole", "mine"), sampler="random", trials=3)
    study(recipe, small, folder, sampler="random", trials=2)
    with stored(folder) as left:
        left.ask()
    assert results(study(recipe, small, folder, sampler="random", trials=3, resume=True)) == results(whole)
    with stored(folder) as left:
        assert [trial.state.name for trial in left.trials] == ["COMPLETE", "COMPLETE", "FAIL", "COMPLETE"]


def test_a_study_that_is_complete_writes_its_results_again(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    study(recipe, small, folder, trials=2)
    before = folder.recipe.read_text()
    folder.recipe.unlink()
    assert study(recipe, small, folder, trials=2, resume=True) == [], "no trial was left to run"
    assert folder.recipe.read_text() == before


def test_private_test_is_not_touched(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    blind = dataclasses.replace(small, private_test=None)  # type: ignore[arg-type]
    assert len(study(recipe, blind, folder, trials=2)) == 2


@pytest.mark.parametrize("place", ["training", "public_test"])
def test_private_test_cannot_take_the_place_of_another_split(
    recipe: Recipe, small: DataSet, folder: Folder, place: str
) -> None:
    wrong = dataclasses.replace(small, **{place: small.private_test})
    with pytest.raises(DataError, match=f"private_test must not be used as {place}"):
        study(recipe, wrong, folder)
    assert not folder.root.exists()


def test_a_trial_that_cannot_run_does_not_end_the_study(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    trials = study(recipe, small, folder, {"batch": Choices((32, 65))})
    failed = [trial for trial in trials if trial.values["batch"] == 65]
    assert 0 < len(failed) < 4
    assert all(trial.note.startswith("64 training faces cannot fill a batch of 65") for trial in failed)
    assert all(trial.pruned and trial.accuracy is None for trial in failed)
    assert "64 training faces cannot fill" in folder.table.read_text()


def test_weights_that_run_away_end_one_trial(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    wild = recipe.replace(rate=10.0, epochs=3, batch=2, schedule="constant")
    with pytest.raises(RecipeError, match=r"no trial of mine was complete; see .*trials\.csv"):
        study(wild, small, folder, {"rate": Range(low=9.0, high=10.0)}, trials=2)
    assert folder.table.read_text().count("the loss is not a number") == 2
    assert not folder.recipe.exists()


def test_trials_behind_the_median_are_ended_early(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    slow = recipe.replace(epochs=5, batch=16, schedule="constant")
    trials = study(slow, by_heart(small), folder, {"rate": Choices((0.02, 1e-6))}, sampler="random", trials=12)
    pruned = [trial for trial in trials if trial.pruned]
    assert pruned
    assert all(trial.values["rate"] == 1e-6 and trial.epochs < 5 for trial in pruned)
    assert not any(trial.pruned for trial in trials[:5]), "there is no median yet"


def test_trials_are_compared_at_the_same_part_of_their_run(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    study(recipe.replace(epochs=4), small, folder, {"batch": Choices((16, 32))}, trials=1)
    with stored(folder) as kept:
        assert list(kept.trials[0].intermediate_values) == [2, 5, 7], "tenths of four epochs"


def test_the_next_study_needs_to_be_told(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    with pytest.raises(OutputError, match="there is no study to resume"):
        study(recipe, small, folder, trials=1, resume=True)
    study(recipe, small, folder, trials=1)
    before = folder.study.read_bytes()
    with pytest.raises(OutputError, match="' already contains a study; continue it with --resume"):
        study(recipe, small, folder, trials=1)
    assert folder.study.read_bytes() == before
    (only,) = study(recipe, small, folder, {"rate": Range(low=0.01, high=0.1)}, trials=1, overwrite=True)
    assert list(only.values) == ["rate"]
    folder.study.unlink()
    with pytest.raises(OutputError, match=r"mine-tuned\.toml' exists already; choose another -o"):
        study(recipe, small, folder, trials=1)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"recipe": {"momentum": 0.5}}, "recipe"),
        ({"space": {"batch": Choices((16, 32))}}, "search space"),
        ({"sampler": "random", "seed": 4}, "sampler and seed"),
    ],
)
def test_going_on_with_another_study(
    recipe: Recipe, small: DataSet, folder: Folder, change: dict[str, Any], what: str
) -> None:
    study(recipe, small, folder, trials=1)
    other = recipe.replace(**change.pop("recipe", {}))
    with pytest.raises(RecipeError, match=rf"study\.sqlite' was made with another {what}; start again"):
        study(other, small, folder, resume=True, **change)


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE studies (name TEXT)")
    database.close()


@pytest.mark.parametrize("kind", ["empty", "text", "torn", "foreign"])
def test_a_damaged_study(recipe: Recipe, small: DataSet, folder: Folder, kind: str) -> None:
    study(recipe, small, folder, trials=1)
    whole = folder.study.read_bytes()
    folder.study.unlink()
    if kind == "foreign":
        foreign(folder.study)
    else:
        folder.study.write_bytes(
            {"empty": b"", "text": b"trial,accuracy\n" * 99, "torn": whole[: len(whole) // 3]}[kind]
        )
    with pytest.raises(
        FervidError, match=r"study\.sqlite' (cannot be used as a study|does not contain a study)"
    ) as caught:
        study(recipe, small, folder, resume=True)
    assert "\n" not in str(caught.value)
    assert "--overwrite" in caught.value.remedy


def test_a_full_disk_is_no_reason_to_begin_anew(folder: Folder) -> None:
    folder.root.mkdir(exist_ok=True)
    with (
        pytest.raises(OutputError, match="disk is full") as caught,
        store.opened(folder.study, {}, pruner=MedianPruner()),
    ):
        raise SQLAlchemyError from sqlite3.OperationalError("database or disk is full")
    assert caught.value.remedy == "free some space, then continue with --resume"


def test_every_epoch_can_be_watched(recipe: Recipe, small: DataSet, folder: Folder) -> None:
    seen: list[tuple[int, int]] = []
    trials = study(recipe, small, folder, watch_epoch=lambda varied, epoch: seen.append((epoch.number, varied.epochs)))
    assert len(seen) == sum(trial.epochs for trial in trials)
    assert seen[:2] == [(1, 2), (2, 2)]
    assert np.all([number <= epochs for number, epochs in seen])
