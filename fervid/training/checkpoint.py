"""Where a training run stands, in one file that is whole at every moment: safetensors with JSON in its header."""

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

from fervid.engines import weights
from fervid.errors import EngineError, RecipeError
from fervid.training.recipe import Recipe

GROUPS: Final = ("network", "average", "best", "optimizer")
"""The weights that learn, their average, the best average so far, and the optimizer's state."""

_HEADER: Final = "fervid"


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch gave.

    Attributes:
        number: From 1.
        rate: The learning rate at its end.
        train_loss: Mean cross-entropy over its batches, of augmented faces and learning weights, with label smoothing.
        train_accuracy: 0 to 1, of the same.
        loss: Cross-entropy of the averaged weights on public_test.
        accuracy: 0 to 1, of the same.
        seconds: How long it took.
    """

    number: int
    rate: float
    train_loss: float
    train_accuracy: float
    loss: float
    accuracy: float
    seconds: float


def best_of(history: Sequence[Epoch]) -> Epoch:
    """The first epoch of the highest accuracy on public_test."""
    return max(history, key=lambda epoch: epoch.accuracy)


@dataclass(frozen=True, slots=True)
class Part:
    """How far an epoch has come.

    Attributes:
        batches: How many are done.
        loss: The sum of their mean losses.
        right: How many of their faces were told rightly.
        seconds: How long they took.
    """

    batches: int = 0
    loss: float = 0.0
    right: int = 0
    seconds: float = 0.0

    def after(self, loss: float, right: int, seconds: float) -> Part:
        """What it is after one more batch."""
        return Part(self.batches + 1, self.loss + loss, self.right + right, self.seconds + seconds)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A run at some moment.

    Attributes:
        recipe: What it follows.
        classes: What the network tells; empty where the file does not say.
        history: Its whole epochs so far, the first one first.
        part: What is done of the next one.
        tensors: By group of `GROUPS`, then by the parameter's name.
        faces: How many it learns from, and how many it is chosen by; 0 and 0 where the file does not say.
    """

    recipe: Recipe
    classes: tuple[str, ...]
    history: tuple[Epoch, ...]
    part: Part
    tensors: Mapping[str, Mapping[str, Tensor]]
    faces: tuple[int, int] = (0, 0)

    @property
    def best(self) -> Epoch:
        """The first epoch of the highest accuracy on public_test, whose weights are the group ``best``."""
        return best_of(self.history)

    def save(self, path: Path) -> None:
        """Write it.

        Raises:
            OutputError: It cannot be written; the file that was there before is untouched.
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
        """Read the checkpoint of a run by `recipe`.

        Raises:
            EngineError: It is missing or damaged.
            RecipeError: It belongs to another recipe.
        """
        remedy = "start the run anew with --overwrite"
        try:
            with safetensors.safe_open(path, framework="pt") as file:
                header = json.loads((file.metadata() or {})[_HEADER])
                flat = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no mapping
            history = tuple(Epoch(**_numbers(epoch)) for epoch in header["history"])
            part = Part(**_numbers(header["part"]))
            written, classes = header["recipe"], tuple(header.get("classes", ()))
            learned_from, chosen_by = header.get("faces", (0, 0))
            other = _difference(written, _plain(recipe))
        except OSError as error:
            raise EngineError(f"{path} cannot be read, so there is nothing to go on from", remedy) from error
        except KeyError as error:
            raise EngineError(f"{path} is not a checkpoint of fervid (it has no {error})", remedy) from error
        except (safetensors.SafetensorError, AttributeError, TypeError, ValueError) as error:
            raise EngineError(f"{path} is not a checkpoint of fervid ({error})", remedy) from error
        if other:
            problem = f"{path} was made by a recipe other than {recipe.name} as it is now: {other}"
            raise RecipeError(problem, f"give recipe and --set as they were, or {remedy}")
        tensors: dict[str, dict[str, Tensor]] = {group: {} for group in GROUPS}
        for key, tensor in flat.items():
            group, _, name = key.partition("/")
            tensors.setdefault(group, {})[name] = tensor
        return cls(recipe, classes, history, part, tensors, (learned_from, chosen_by))

    def restore(self, group: str, module: nn.Module, path: Path) -> None:
        """Give `module` the weights of one group.

        Raises:
            EngineError: They do not fit.
        """
        weights.fit(module, self.tensors[group], path, "start the run anew with --overwrite")


def _difference(written: Mapping[str, Any], present: Mapping[str, Any]) -> str:
    """The first key in which two recipes differ, with both values; empty where they are the same."""
    for key in {**written, **present}:
        before, now = written.get(key), present.get(key)
        if isinstance(before, dict) and isinstance(now, dict) and before != now:
            return f"{key}.{_difference(before, now)}"
        if before != now:
            return f"{key} was {json.dumps(before)}, now it is {json.dumps(now)}"
    return ""


def _numbers(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """`fields` of a header, all of which are numbers that are not negative; a loss that ran away may be NaN."""
    for name, value in fields.items():
        if not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{name} is {json.dumps(value)}")
    return fields


def _plain(recipe: Recipe) -> dict[str, Any]:
    """As it comes back from the header, where a tuple is a list."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(recipe)))
    return plain
