"""Short trainings on the CPU, and comparisons of their results."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from fervid.data.dataset import DataSet
from fervid.training.checkpoint import GROUPS, Checkpoint, Epoch
from fervid.training.loop import train
from fervid.training.recipe import Recipe

CPU = torch.device("cpu")


def last(recipe: Recipe, data: DataSet, path: Path, *, resume: bool = False) -> Checkpoint:
    """Train, and return the last checkpoint."""
    *_, checkpoint = train(recipe, data, path, device=CPU, resume=resume)
    return checkpoint


def never() -> bool:
    """Return False, as a run does that nobody stops."""
    return False


def results(checkpoint: Checkpoint) -> list[Epoch]:
    """Return the history of a run without its clock."""
    return [dataclasses.replace(epoch, seconds=0.0) for epoch in checkpoint.history]


def same_weights(one: Checkpoint, other: Checkpoint) -> bool:
    """Return whether two checkpoints have the same tensors, to the last bit."""
    return all(
        torch.equal(tensor, other.tensors[group][name])
        for group in GROUPS
        for name, tensor in one.tensors[group].items()
    )
