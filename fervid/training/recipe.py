"""What a training run is made of."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import Self

from fervid import networks
from fervid.data.splits import LABELS
from fervid.errors import RecipeError
from fervid.training import toml

OPTIMIZERS: Final = ("sgd", "adam", "adamw")
SCHEDULES: Final = ("constant", "step", "cyclical", "one-cycle", "cosine", "plateau")
BALANCES: Final = ("none", "sampling", "weights")

TUNE: Final = "tune"
"""The table of a recipe's file that says between what values `fervid tune` looks; no part of the recipe itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """How far each random change of a training picture may go; 0 leaves it out.

    Attributes:
        mirror: Probability of exchanging left and right.
        rotation: Most degrees, to either side.
        shift: Most part of the width or height, to each side.
        scale: Most part by which a face grows or shrinks.
        brightness: Most change, where 1 is from black to white.
        contrast: Most part by which contrast grows or shrinks.
        erase: Probability of hiding one rectangle.
        erase_area: Most part of the picture that it hides.
        mixup: The alpha of mixup: whole pictures are blended, and their labels with them.
        cutmix: The alpha of CutMix: a rectangle comes from another picture. With both, each batch takes one by chance.
    """

    mirror: float = toml.number(0.0, 0, 1)
    rotation: float = toml.number(0.0, 0, 180)
    shift: float = toml.number(0.0, 0, 0.5)
    scale: float = toml.number(0.0, 0, 0.9)
    brightness: float = toml.number(0.0, 0, 1)
    contrast: float = toml.number(0.0, 0, 1)
    erase: float = toml.number(0.0, 0, 1)
    erase_area: float = toml.number(0.0, 0, 1)
    mixup: float = toml.number(0.0, 0, 10)
    cutmix: float = toml.number(0.0, 0, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """Learning from engines that are trained already (Hinton et al. 2015, arXiv:1503.02531).

    Attributes:
        teachers: Names or folders of engines; their probabilities are averaged. None of them: no distillation.
        weight: Which part of the loss the teachers have; the labels have the rest.
        temperature: The logits of both sides are divided by it.
    """

    teachers: tuple[str, ...] = ()
    weight: float = toml.number(0.5, 0, 1)
    temperature: float = toml.number(2.0, 0.1, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that decides how a network is trained, but for the data and the machine.

    Attributes:
        name: The file's name without its ending; it names the results.
        network: One of `fervid.networks.NAMES`.
        epochs: How often every face is seen.
        labels: What is learned: ``class``, the data set's own label; ``majority``, what most taggers of FER+ said;
            ``distribution``, how FER+'s taggers were divided (Barsoum et al. 2016, arXiv:1608.01041).
        size: Width and height of the pictures in pixels; 0 is the network's own.
        colour: ``grey`` or ``rgb``.
        mean: Subtracted from values of 0 to 1.
        std: What is left is divided by it.
        batch: Faces a step.
        seed: Where chance begins; the same seed on the same machine gives the same weights.
        start: What to begin with in place of fresh weights: an engine's name or folder, or a file of weights trained
            on ImageNet for a ResNet.
        frozen: Only the head learns, not the backbone.
        grow: Widths of the pictures over equal parts of the run, such as 32, 40, 48: early epochs on small pictures
            cost a fraction (progressive learning, Tan and Le 2021, arXiv:2104.00298).
        optimizer: ``sgd`` with Nesterov momentum, ``adam`` (Kingma and Ba 2015, arXiv:1412.6980) or ``adamw``
            (Loshchilov and Hutter 2019, arXiv:1711.05101).
        rate: The highest learning rate.
        momentum: Of the gradient; the first beta of Adam.
        weight_decay: L2 penalty of all weights; decoupled from the gradient in ``adamw``.
        schedule: How the rate moves; see `fervid.training.schedule`.
        warm_up: The part of the run in which the rate of ``one-cycle`` and ``cosine`` rises.
        period: Epochs between two drops of ``step``, in a cycle of ``cyclical``, or without progress before ``plateau``
            drops the rate.
        factor: What ``step`` and ``plateau`` multiply the rate by.
        label_smoothing: Probability that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567).
        balance: ``sampling`` draws each class equally often, ``weights`` lets faces of rare classes count more.
        averaging: Over about how many epochs the weights that count are averaged (exponentially, Polyak and Juditsky
            1992); 0 takes the weights as they are.
        patience: The run ends when the accuracy on public_test has not risen for so many epochs; 0 never.
        settled: The run ends when the training loss changes by less from one epoch to the next; 0 never.
        augmentation: The table ``[augmentation]``.
        distillation: The table ``[distillation]``.
    """

    name: str
    network: str = toml.choice(networks.NAMES)
    epochs: int = toml.number(None, 1, 100_000)
    labels: str = toml.choice(LABELS, "class")
    size: int = toml.number(0, 0, 1024)
    colour: str = toml.choice(("grey", "rgb"), "grey")
    mean: float = toml.number(0.5, 0, 1)
    std: float = toml.number(0.25, 0.001, 1)
    batch: int = toml.number(128, 2, 65_536)
    seed: int = toml.number(1, 0, 2**31 - 1)
    start: str = ""
    frozen: bool = False
    grow: tuple[int, ...] = ()
    optimizer: str = toml.choice(OPTIMIZERS, "sgd")
    rate: float = toml.number(0.05, 0, 10)
    momentum: float = toml.number(0.9, 0, 0.9999)
    weight_decay: float = toml.number(5e-4, 0, 1)
    schedule: str = toml.choice(SCHEDULES, "one-cycle")
    warm_up: float = toml.number(0.2, 0, 1)
    period: int = toml.number(10, 1, 100_000)
    factor: float = toml.number(0.1, 0.001, 0.999)
    label_smoothing: float = toml.number(0.0, 0, 0.99)
    balance: str = toml.choice(BALANCES, "none")
    averaging: float = toml.number(0.0, 0, 1000)
    patience: int = toml.number(0, 0, 100_000)
    settled: float = toml.number(0.0, 0, 100)
    augmentation: Augmentation = Augmentation()
    distillation: Distillation = Distillation()

    @property
    def picture_size(self) -> int:
        """Width and height of the pictures in pixels: `size`, or the network's own where that is 0."""
        return self.size or networks.size(self.network)

    def replace(self, **changes: Any) -> Recipe:
        """A copy with these keys changed; a key of a table is ``table.key``, given by ``**{"table.key": value}``.

        Raises:
            RecipeError: There is no such key, or a value is of the wrong type or out of its bounds.
        """
        document = toml.changed(self.document(), changes)
        return dataclasses.replace(toml.read(Recipe, document, toml.Origin(f"the changed {self.name}")), name=self.name)

    def document(self) -> dict[str, Any]:
        """Its keys and values as its file would have them, all of them."""
        return {key: value for key, value in dataclasses.asdict(self).items() if key != "name"}

    def dump(self) -> str:
        """The text of a file that says the same."""
        return toml.dump(self.document())

    @classmethod
    def load(cls, path: Path, changes: dict[str, Any] | None = None) -> Self:
        """Read a recipe.

        Args:
            path: A TOML file.
            changes: Values for some keys in place of the file's; a key of a table is ``table.key``.

        Raises:
            RecipeError: The file cannot be read, is no TOML, or has an unknown, missing or wrong key.
        """
        document, text = toml.load(path)
        document.pop(TUNE, None)
        return cls._read(document, changes or {}, toml.Origin(str(path), text, frozenset(changes or ())), path.stem)

    @classmethod
    def of(cls, document: dict[str, Any], name: str, changes: dict[str, Any] | None = None) -> Self:
        """Make a recipe of keys and values that come from no file; the rest is as for `load`."""
        return cls._read(document, changes or {}, toml.Origin(name, changed=frozenset(changes or ())), name)

    @classmethod
    def _read(cls, document: dict[str, Any], changes: dict[str, Any], origin: toml.Origin, name: str) -> Self:
        recipe = toml.read(cls, toml.changed(document, changes), origin)
        if any(not 8 <= width <= 1024 for width in recipe.grow):
            raise RecipeError(
                f"{origin.of('grow')} has grow = {list(recipe.grow)}", "give widths from 8 to 1024 pixels"
            )
        return dataclasses.replace(recipe, name=name)
