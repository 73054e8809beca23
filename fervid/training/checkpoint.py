"""Checkpoints of a training run: one safetensors file with JSON in its header, replaced atomically."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import safetensors
from torch import Tensor, nn
from typing_extensions import Self

from fervid.core.regular_files import LARGE, check_regular
from fervid.engines import weights
from fervid.errors import EngineError, RecipeError
from fervid.training.recipe import Recipe

GROUPS: Final = ("network", "average", "best", "optimizer")
"""The trained weights, their average, the best average so far, and the optimizer's state."""

RESTART: Final = "start again with --overwrite"

_HEADER: Final = "fervid"


@dataclass(frozen=True, slots=True)
class Epoch:
    """The metrics of one epoch.

    Attributes:
        number: The number of the epoch, from 1.
        rate: The learning rate at the end of the epoch.
        train_loss: Mean cross-entropy over the batches, on augmented faces and with label smoothing.
        train_accuracy: Accuracy over the same batches, 0 to 1.
        loss: Cross-entropy of the averaged weights on public_test.
        accuracy: Accuracy of the averaged weights on public_test, 0 to 1.
        seconds: The duration of the epoch.
    """

    number: int
    rate: float
    train_loss: float
    train_accuracy: float
    loss: float
    accuracy: float
    seconds: float


def best_of(history: Sequence[Epoch]) -> Epoch:
    """Return the first epoch with the highest accuracy on public_test."""
    return max(history, key=lambda epoch: epoch.accuracy)


@dataclass(frozen=True, slots=True)
class Part:
    """The progress within an epoch.

    Attributes:
        batches: The number of batches done.
        loss: The sum of their mean losses.
        right: The number of faces that were classified correctly.
        seconds: The time that the batches took.
        unlabelled: The number of faces without a label of the main head.
    """

    batches: int = 0
    loss: float = 0.0
    right: int = 0
    seconds: float = 0.0
    unlabelled: int = 0

    def after(self, loss: float, right: int, seconds: float, unlabelled: int) -> Part:
        """Return the progress after one more batch."""
        return Part(
            self.batches + 1,
            self.loss + loss,
            self.right + right,
            self.seconds + seconds,
            self.unlabelled + unlabelled,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """The state of a run.

    Attributes:
        recipe: The recipe of the run.
        classes: The classes of the network's outputs, those of an auxiliary head after the others; empty if the file
            does not record them.
        history: The complete epochs so far, in order.
        part: The progress within the next epoch.
        tensors: Tensors by group of `GROUPS`, then by the name of the parameter.
        faces: The number of training and validation faces; 0 and 0 if the file does not record them.
    """

    recipe: Recipe
    classes: tuple[str, ...]
    history: tuple[Epoch, ...]
    part: Part
    tensors: Mapping[str, Mapping[str, Tensor]]
    faces: tuple[int, int] = (0, 0)

    @property
    def best(self) -> Epoch:
        """The first epoch with the highest accuracy on public_test; its weights are the group ``best``."""
        return best_of(self.history)

    def save(self, path: Path) -> None:
        """Write the checkpoint.

        Raises:
            OutputError: The file cannot be written; an earlier one is untouched.
        """
        header = {
            "recipe": _plain(self.recipe),
            "classes": self.classes,
            "faces": self.faces,
            "history": [dataclasses.asdict(epoch) for epoch in self.history],
            "part": dataclasses.asdict(self.part),
        }
        flat = {f"{group}/{name}": tensor for group in GROUPS for name, tensor in self.tensors[group].items()}
        weights.write(path, flat, {_HEADER: json.dumps(header)})

    @classmethod
    def load(cls, path: Path, recipe: Recipe) -> Self:
        """Read the checkpoint of a run of `recipe`.

        Raises:
            EngineError: The file is missing or damaged.
            RecipeError: The checkpoint belongs to another recipe.
        """
        try:
            check_regular(path, LARGE)
            with safetensors.safe_open(path, framework="pt") as file:
                header = json.loads((file.metadata() or {})[_HEADER])
                flat = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            history = tuple(Epoch(**_numbers(epoch)) for epoch in header["history"])
            part = Part(**_numbers(header["part"]))
            written, classes = header["recipe"], tuple(header.get("classes", ()))
            training, validation = header.get("faces", (0, 0))
            other = _difference(written, _plain(recipe), _plain(Recipe(name="", network="", epochs=0)))
        except OSError as error:
            raise EngineError(f"there is no checkpoint to resume: '{path}' cannot be read", RESTART) from error
        except KeyError as error:
            raise EngineError(f"'{path}' is not a checkpoint of fervid (it has no {error})", RESTART) from error
        except (safetensors.SafetensorError, AttributeError, RecursionError, TypeError, ValueError) as error:
            raise EngineError(f"'{path}' is not a checkpoint of fervid ({error})", RESTART) from error
        if other:
            problem = f"'{path}' belongs to another version of the recipe {recipe.name}: {other}"
            raise RecipeError(problem, f"use the same recipe and --set options, or {RESTART}")
        tensors: dict[str, dict[str, Tensor]] = {group: {} for group in GROUPS}
        for key, tensor in flat.items():
            group, _, name = key.partition("/")
            tensors.setdefault(group, {})[name] = tensor
        return cls(recipe, classes, history, part, tensors, (training, validation))

    def restore(self, group: str, module: nn.Module, path: Path) -> None:
        """Load the weights of one group into `module`.

        Raises:
            EngineError: The weights do not fit the module.
        """
        weights.fit(module, self.tensors[group], path, RESTART)


def _difference(written: Mapping[str, Any], present: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """Describe the first key in which two recipes differ, with both values; empty if they are equal.

    A key that is not written is newer than the checkpoint: then its default is what was done.
    """
    for key in {**written, **present}:
        before, now = written.get(key, defaults.get(key)), present.get(key)
        if isinstance(before, dict) and isinstance(now, dict):
            if found := _difference(before, now, defaults.get(key, {})):
                return f"{key}.{found}"
        elif before != now:
            return f"{key} was {json.dumps(before)} and is now {json.dumps(now)}"
    return ""


def _numbers(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return `fields` after checking that all are numbers and none is negative; a diverged loss may be NaN."""
    for name, value in fields.items():
        if not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{name} is {json.dumps(value)}")
    return fields


def _plain(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as JSON restores it, with lists in place of tuples."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(recipe)))
    return plain
