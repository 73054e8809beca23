"""A training run, epoch after epoch."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from fervid.core.files import remove
from fervid.data.dataset import PUBLIC_TEST, TRAINING, DataSet
from fervid.errors import DataError, RecipeError
from fervid.training.checkpoint import Checkpoint, Epoch, best_of
from fervid.training.learner import Learner, Shape
from fervid.training.processes import ALONE, Processes
from fervid.training.recipe import Recipe


def train(
    recipe: Recipe,
    data: DataSet,
    path: Path,
    *,
    device: torch.device,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    processes: Processes = ALONE,
) -> Iterator[Checkpoint]:
    """Train a network by `recipe`; yields after every epoch, when its checkpoint is on disk.

    The averaged weights are judged on `public_test` after each epoch, and the best ones are kept; `private_test` is
    never touched. A run that was interrupted and resumed gives the same weights as one that was not.

    Args:
        recipe: What to do.
        data: What to learn from and to choose by.
        path: The checkpoint's file; without `resume`, an older one goes once nothing speaks against the new run.
        device: Where the network runs.
        resume: Go on after the last batch of the checkpoint.
        stop: Asked after each batch; the run ends with a checkpoint as soon as it says so, in any process.
        processes: Those that train together; the first one alone writes the checkpoint.

    Raises:
        DataError: A split stands in for another one, or is smaller than one batch; the pictures' colour or classes
            do not fit; or the checkpoint to go on from was made with other faces.
        OutputError: The checkpoint cannot be written, or the older one cannot be removed.
        EngineError: The checkpoint to go on from, a teacher or a start is missing or damaged.
        RecipeError: The checkpoint to go on from is of another recipe; the recipe's parts do not fit together; or the
            loss is no number any more.
        KeyboardInterrupt: `stop` said so.
    """
    training, public_test = data.training.only_for(TRAINING), data.public_test.only_for(PUBLIC_TEST)
    if len(training) < recipe.batch:
        raise DataError(
            f"{len(training)} faces do not fill a batch of {recipe.batch}", "give more faces, or set a smaller batch"
        )
    if recipe.batch % processes.size:
        raise RecipeError(
            f"{recipe.name} has a batch of {recipe.batch}, which {processes.size} processes cannot share equally",
            f"set batch to a multiple of {processes.size}",
        )
    shape = Shape.of(recipe, data)
    learner = Learner(recipe, shape, device, processes)
    faces = len(training), len(public_test)
    if resume:
        earlier = Checkpoint.load(path, recipe)
        if earlier.faces not in (faces, (0, 0)):
            problem = f"{path} was made with {_count(earlier.faces)}, the data has {_count(faces)}"
            raise DataError(problem, "go on with the data that the run began with")
        learner.restore(earlier, path)
    elif processes.is_first:
        remove(path)  # a run that is killed before its first epoch ends must not go on from an older one
    public_test = public_test.at(shape.size, shape.channels)

    def asked() -> bool:
        return processes.any(stop())

    while not ended(recipe, learner.history):
        done = learner.learn(training, asked)
        if done:
            learner.judge(public_test)
        checkpoint = dataclasses.replace(learner.checkpoint(), faces=faces)
        if processes.is_first:
            checkpoint.save(path)
        processes.barrier()  # torchrun ends the first process as soon as another one has left
        if not done:
            raise KeyboardInterrupt
        yield checkpoint
        if asked():
            raise KeyboardInterrupt


def _count(faces: tuple[int, int]) -> str:
    return f"{faces[0]} faces to learn from and {faces[1]} to choose by"


def ended(recipe: Recipe, history: Sequence[Epoch]) -> bool:
    """Whether a run is over: all epochs done, no progress for too long, or the loss settled."""
    if not history:
        return False
    waited = history[-1].number - best_of(history).number
    settled = len(history) > 1 and abs(history[-1].train_loss - history[-2].train_loss) < recipe.settled
    return len(history) >= recipe.epochs or 0 < recipe.patience <= waited or settled
