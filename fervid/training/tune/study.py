"""A study: trial after trial, each one training, until there are enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeAlias

import optuna
import torch
from optuna.pruners import MedianPruner
from optuna.trial import TrialState

from fervid.core import figures
from fervid.core.files import remove
from fervid.data.dataset import PUBLIC_TEST, TRAINING, DataSet
from fervid.errors import DataError, RecipeError
from fervid.training.checkpoint import Checkpoint, Epoch
from fervid.training.loop import train
from fervid.training.recipe import Recipe
from fervid.training.tune import samplers, store
from fervid.training.tune.folder import Folder
from fervid.training.tune.space import Space, distributions, own_values
from fervid.training.tune.trial import EPOCHS, NOTE, Trial, best

Learn: TypeAlias = Callable[[Recipe], Iterator[Checkpoint]]
"""Trains by a recipe, and tells where it stands after each epoch."""

_PARTS: Final = 10
"""Trials are compared at each tenth of their own run, not at each epoch: where the learning rate falls over the run, an
early epoch of a long one is no match for the last epoch of a short one."""

_PRUNE_FROM: Final = 3
"""In tenths: before that no trial is ended."""

_PRUNE_AFTER: Final = 5
"""Trials that must be complete before one is ended early."""


def tune(
    recipe: Recipe,
    space: Space,
    data: DataSet,
    folder: Folder,
    *,
    sampler: str,
    trials: int,
    seed: int,
    device: torch.device,
    resume: bool = False,
    overwrite: bool = False,
    watch: Callable[[Sequence[Trial]], None] = lambda _: None,
    watch_epoch: Callable[[Recipe, Epoch], None] = lambda _, __: None,
    stop: Callable[[], bool] = lambda: False,
) -> Trial:
    """Look for the values of `space` with which a network by `recipe` is most often right on `public_test`.

    The first trial is the recipe itself where its values lie in the space. A trial that falls behind the median of the
    others is ended early. `private_test` is never touched.

    Args:
        recipe: What all trials share.
        space: What they vary.
        data: What they learn from and are judged by.
        folder: The study's own; made where it is missing.
        sampler: One of `samplers.NAMES`.
        trials: How many the study is to have, with those that it has already.
        seed: Where the sampler's chance begins; that of each training is the recipe's.
        device: Where the network runs.
        resume: Go on with the study in `folder`.
        overwrite: Begin anew although there is a study in `folder`.
        watch: Called after every trial with all of them.
        watch_epoch: Called after every epoch of a trial with the trial's own recipe.
        stop: Asked after each batch; the trial that runs is broken off as soon as it says so, and does not count.

    Returns:
        The best trial.

    Raises:
        OutputError: There is a study and neither `resume` nor `overwrite`, or none to resume; or it is damaged; or a
            file cannot be written.
        RecipeError: The study to go on with follows another plan; or not one trial was complete.
        DataError: A split stands in for another one.
        MissingPackageError: matplotlib is not installed.
        KeyboardInterrupt: `stop` said so; the study is whole, and its results so far are written.
    """
    figures.check_matplotlib()
    data.training.only_for(TRAINING)
    data.public_test.only_for(PUBLIC_TEST)
    folder.prepare(resume=resume, overwrite=overwrite)
    plan = _plan(recipe, space, data, sampler, seed)
    pruner = MedianPruner(n_startup_trials=_PRUNE_AFTER, n_warmup_steps=_PRUNE_FROM)

    def learn(varied: Recipe) -> Iterator[Checkpoint]:
        for checkpoint in train(varied, data, folder.checkpoint, device=device, stop=stop):
            watch_epoch(varied, checkpoint.history[-1])
            yield checkpoint

    with store.opened(folder.study, plan, pruner=pruner) as study:
        try:
            while (done := len(store.finished(study))) < trials:
                study.sampler = samplers.create(sampler, space, trials=trials, done=done, seed=seed)
                _run(study, _ask(study, recipe, space, first=done == 0), recipe, learn)
                watch(_trials(study))
        finally:
            remove(folder.checkpoint)
            store.abandon(study)
            found = _trials(study)
            folder.write(found, recipe, space)
    chosen = best(found)
    if chosen is None:
        raise RecipeError(f"no trial of {recipe.name} was complete", f"see {folder.table} and narrow the table [tune]")
    return chosen


def _plan(recipe: Recipe, space: Space, data: DataSet, sampler: str, seed: int) -> dict[str, Any]:
    """All that decides which trials come and what they give."""
    return {
        "recipe": {"name": recipe.name, **recipe.document()},
        "search space": {key: dataclasses.asdict(parameter) for key, parameter in space.items()},
        "data set": [data.name, len(data.training), len(data.public_test)],
        "sampler": sampler,
        "seed": seed,
    }


def _ask(study: optuna.Study, recipe: Recipe, space: Space, *, first: bool) -> optuna.Trial:
    values = own_values(recipe, space) if first else None
    if values is not None:
        study.enqueue_trial(values)
    return study.ask(distributions(space))


def _run(study: optuna.Study, trial: optuna.Trial, recipe: Recipe, learn: Learn) -> None:
    """Run one trial; what its values alone are to blame for ends it, and not the study."""
    try:
        study.tell(trial, _train(trial, recipe.replace(**trial.params), learn))
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except (RecipeError, DataError, torch.cuda.OutOfMemoryError) as error:
        trial.set_user_attr(NOTE, str(error).splitlines()[0])
        study.tell(trial, state=TrialState.PRUNED)


def _train(trial: optuna.Trial, recipe: Recipe, learn: Learn) -> float:
    """Train by one set of values; gives the accuracy of the best epoch."""
    part, accuracy = 0, 0.0
    for checkpoint in learn(recipe):
        epoch, accuracy = checkpoint.history[-1], checkpoint.best.accuracy
        trial.set_user_attr(EPOCHS, epoch.number)
        before, part = part, _PARTS * epoch.number // recipe.epochs
        if before < part < _PARTS:
            trial.report(epoch.accuracy, part)
            if trial.should_prune():
                raise optuna.TrialPruned
    return accuracy


def _trials(study: optuna.Study) -> list[Trial]:
    return [Trial.of(number, trial) for number, trial in enumerate(store.finished(study), 1)]
