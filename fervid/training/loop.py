"""The training loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from fervid.core.files import remove
from fervid.core.plurals import counted
from fervid.data.dataset import PUBLIC_TEST, TRAINING, DataSet
from fervid.errors import DataError, RecipeError
from fervid.training.checkpoint import Checkpoint, Epoch, best_of
from fervid.training.copies import Copies
from fervid.training.learner import Learner
from fervid.training.processes import ALONE, Processes
from fervid.training.recipe import Recipe
from fervid.training.shape import Shape


def train(
    recipe: Recipe,
    data: DataSet,
    path: Path,
    *,
    device: torch.device,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    processes: Processes = ALONE,
    copies: Copies | None = None,
) -> Iterator[Checkpoint]:
    """Train a network by `recipe`, and yield after every epoch, once its checkpoint is on disk.

    The averaged weights are evaluated on `public_test` after each epoch, and the best are kept; `private_test` is never
    touched. A resumed run gives the same weights as an uninterrupted one.

    Args:
        recipe: The recipe of the run.
        data: The faces to train and validate on.
        path: The checkpoint file. Without `resume`, an older one is removed once the new run is certain to start.
        device: The device on which the network trains.
        resume: Continue after the last batch of the checkpoint.
        stop: Called after each batch; if it returns True in any process, the run ends with a checkpoint.
        processes: The processes that train together; only the first one writes the checkpoint.
        copies: Complete copies of the training faces with the teachers' predictions, to learn from; None to learn from
            the faces themselves, and from teachers that classify each batch.

    Raises:
        DataError: A split is used in place of another or is smaller than one batch; the colour or classes of the faces
            do not fit; or the checkpoint was made with other faces.
        OutputError: The checkpoint cannot be written, or the older one cannot be removed.
        EngineError: The checkpoint, a teacher or the initial weights are missing or damaged.
        RecipeError: The checkpoint belongs to another recipe, parts of the recipe contradict each other, or training
            diverged.
        KeyboardInterrupt: `stop` returned True.
    """
    training, public_test = data.training.only_for(TRAINING), data.public_test.only_for(PUBLIC_TEST)
    if len(training) < recipe.batch:
        raise DataError(
            f"{counted(len(training), 'training face')} cannot fill a batch of {recipe.batch}",
            "add faces, or set a smaller batch",
        )
    if recipe.batch % processes.size:
        raise RecipeError(
            f"the batch of {recipe.batch} in {recipe.name} cannot be divided among {processes.size} processes",
            f"set batch to a multiple of {processes.size}",
        )
    shape = Shape.of(recipe, data)
    learner = Learner(recipe, shape, device, processes, with_teachers=copies is None, faces=len(training))
    faces = len(training), len(public_test)
    if resume:
        earlier = Checkpoint.load(path, recipe)
        if earlier.faces not in (faces, (0, 0)):
            problem = f"'{path}' was made with {_count(earlier.faces)}, but the data has {_count(faces)}"
            raise DataError(problem, "resume with the data of the original run")
        learner.restore(earlier, path)
    elif processes.is_first:
        remove(path)  # a run killed in its first epoch must not be resumed from an older run's checkpoint
    public_test = public_test.at(shape.size, shape.channels)
    auxiliary = data.auxiliary.training.only_for(TRAINING) if data.auxiliary else None

    def asked() -> bool:
        return processes.any(stop())

    while not ended(recipe, learner.history):
        copy = None if copies is None else copies.for_epoch(len(learner.history) + 1)
        done = learner.learn(training, asked, auxiliary, copy)
        if done:
            learner.validate(public_test)
        checkpoint = dataclasses.replace(learner.checkpoint(), faces=faces)
        if processes.is_first:
            checkpoint.save(path)
        processes.barrier()  # torchrun stops the first process as soon as another has exited
        if not done:
            raise KeyboardInterrupt
        yield checkpoint
        if asked():
            raise KeyboardInterrupt


def _count(faces: tuple[int, int]) -> str:
    return f"{faces[0]} training and {faces[1]} validation faces"


def ended(recipe: Recipe, history: Sequence[Epoch]) -> bool:
    """Return True if a run is over: all epochs are done, patience is exhausted, or the loss has settled."""
    if not history:
        return False
    waited = history[-1].number - best_of(history).number
    settled = len(history) > 1 and abs(history[-1].train_loss - history[-2].train_loss) < recipe.settled
    return len(history) >= recipe.epochs or 0 < recipe.patience <= waited or settled
