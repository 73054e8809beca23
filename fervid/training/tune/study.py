"""A study: a sequence of trials, each a short training run."""

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
"""A function that trains by a recipe and yields a checkpoint after each epoch."""

_PARTS: Final = 10
"""The number of parts of a run at whose ends trials are compared. They are not compared by epoch, because the learning
rate falls over the run and an early epoch of a long run cannot match the last epoch of a short one."""

_PRUNE_FROM: Final = 3
"""The part before which no trial is pruned."""

_PRUNE_AFTER: Final = 5
"""The number of trials that must be complete before one is pruned."""


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
    """Search `space` for the values with which a network trained by `recipe` is most accurate on `public_test`.

    The first trial uses the recipe's own values if they lie in the space. Trials that fall behind the median of the
    others are pruned. `private_test` is never touched.

    Args:
        recipe: The recipe that all trials share.
        space: The parameters to vary.
        data: The faces to train and validate on.
        folder: The files of the study.
        sampler: One of `fervid.training.SAMPLERS`.
        trials: The number of trials in all, including those of a resumed study.
        seed: The seed of the sampler; each training run uses the recipe's.
        device: The device on which the networks train.
        resume: Continue the study in `folder`.
        overwrite: Replace the study in `folder`.
        watch: Called after every trial with all trials so far.
        watch_epoch: Called after every epoch of a trial with the recipe of the trial.
        stop: Called after each batch; if it returns True, the running trial is abandoned and does not count.

    Returns:
        The best trial.

    Raises:
        OutputError: There is a study and neither `resume` nor `overwrite` is given, or there is none to resume; or
            another process uses the folder; or the study is damaged; or a file cannot be written.
        RecipeError: The study to resume has another plan, or no trial was complete.
        DataError: A split is used in place of another.
        MissingPackageError: matplotlib is not installed.
        KeyboardInterrupt: `stop` returned True; the study is intact and its results so far are written.
    """
    figures.check_matplotlib()
    data.training.only_for(TRAINING)
    data.public_test.only_for(PUBLIC_TEST)
    plan = _plan(recipe, space, data, sampler, seed)
    pruner = MedianPruner(n_startup_trials=_PRUNE_AFTER, n_warmup_steps=_PRUNE_FROM)

    def learn(varied: Recipe) -> Iterator[Checkpoint]:
        for checkpoint in train(varied, data, folder.checkpoint, device=device, stop=stop):
            watch_epoch(varied, checkpoint.history[-1])
            yield checkpoint

    with folder.prepared(resume=resume, overwrite=overwrite), store.opened(folder.study, plan, pruner=pruner) as study:
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
        raise RecipeError(
            f"no trial of {recipe.name} was complete", f"see '{folder.table}', then narrow the table [tune]"
        )
    return chosen


def _plan(recipe: Recipe, space: Space, data: DataSet, sampler: str, seed: int) -> dict[str, Any]:
    """Return everything that determines the trials and their results."""
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
    """Run one trial; an error caused by its values ends the trial, not the study."""
    try:
        study.tell(trial, _train(trial, recipe.replace(**trial.params), learn))
    except optuna.TrialPruned:
        study.tell(trial, state=TrialState.PRUNED)
    except (RecipeError, DataError, torch.cuda.OutOfMemoryError) as error:
        trial.set_user_attr(NOTE, str(error).splitlines()[0])
        study.tell(trial, state=TrialState.PRUNED)


def _train(trial: optuna.Trial, recipe: Recipe, learn: Learn) -> float:
    """Train with one set of values, and return the accuracy of the best epoch."""
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
