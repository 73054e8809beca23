"""Recipes: all settings of a training run, as a TOML file."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import Self

from fervid import networks
from fervid.core.names import NAME_RULE, is_safe_name
from fervid.data.dataset import AUXILIARY_LABELS, COLOUR, LABELS, NONE
from fervid.engines.manifest import CHANNELS
from fervid.errors import RecipeError
from fervid.training import SEEDS, toml

OPTIMIZERS: Final = ("sgd", "adam", "adamw")
SCHEDULES: Final = ("constant", "step", "cyclical", "one-cycle", "cosine", "plateau")
BALANCES: Final = ("none", "sampling", "weights")

TUNE: Final = "tune"
"""The table of a recipe's file with the search space of `fervid tune`; it is not part of the recipe itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """The strength of each random change of a training image; 0 disables it.

    Attributes:
        mirror: Probability of mirroring.
        rotation: Largest rotation to either side, in degrees.
        shift: Largest shift to each side, as a fraction of the width or height.
        scale: Largest enlargement or reduction, as a fraction.
        brightness: Largest change of brightness, where 1 is from black to white.
        contrast: Largest change of contrast, as a fraction.
        erase: Probability of erasing one rectangle.
        erase_area: Largest fraction of the image that is erased.
        glasses: Probability of glasses, a third of them dark.
        mask: Probability of a mask over mouth and nose.
        video: Probability of each of the effects of video that follow.
        darken: Largest fraction of the light that is missing.
        blur: Largest standard deviation of a Gaussian blur, as a fraction of the width.
        motion: Largest length of a motion blur, as a fraction of the width.
        shrink: Largest fraction of the width that a face loses before it is enlarged again.
        noise: Largest standard deviation of noise, where 1 is from black to white.
        compression: Largest loss by compression, where 0.9 is a JPEG of quality 10.
        mixup: The alpha of mixup, which blends whole images and their labels.
        cutmix: The alpha of CutMix, which inserts a rectangle of another image. With both, each batch uses either at
            random.
    """

    mirror: float = toml.number(0.0, 0, 1)
    rotation: float = toml.number(0.0, 0, 180)
    shift: float = toml.number(0.0, 0, 0.5)
    scale: float = toml.number(0.0, 0, 0.9)
    brightness: float = toml.number(0.0, 0, 1)
    contrast: float = toml.number(0.0, 0, 1)
    erase: float = toml.number(0.0, 0, 1)
    erase_area: float = toml.number(0.0, 0, 1)
    glasses: float = toml.number(0.0, 0, 1)
    mask: float = toml.number(0.0, 0, 1)
    video: float = toml.number(0.0, 0, 1)
    darken: float = toml.number(0.0, 0, 1)
    blur: float = toml.number(0.0, 0, 0.2)
    motion: float = toml.number(0.0, 0, 0.5)
    shrink: float = toml.number(0.0, 0, 0.9)
    noise: float = toml.number(0.0, 0, 0.5)
    compression: float = toml.number(0.0, 0, 1)
    mixup: float = toml.number(0.0, 0, 10)
    cutmix: float = toml.number(0.0, 0, 10)

    @property
    def of_copies(self) -> Augmentation:
        """The changes that are still made to augmented copies, which leave the teachers' predictions valid."""
        return Augmentation(mirror=self.mirror, mixup=self.mixup, cutmix=self.cutmix)

    @property
    def clear(self) -> Augmentation:
        """The same framing and light, but nothing that hides the face: nothing worn, no effect of video, no erasing."""
        return dataclasses.replace(self, glasses=0.0, mask=0.0, video=0.0, erase=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Auxiliary:
    """An auxiliary head, which learns other labels from the same features (Caruana 1997, multitask learning).

    Attributes:
        labels: The labels of the head, as in `Recipe.labels`; ``none`` for no auxiliary head.
        weight: The weight of the head in the loss; the main head has the rest.
    """

    labels: str = toml.choice(AUXILIARY_LABELS, NONE)
    weight: float = toml.number(0.5, 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distillation:
    """Distillation: learning from trained engines (Hinton et al. 2015, arXiv:1503.02531).

    Attributes:
        teachers: Names or folders of engines, whose probabilities are averaged; empty for no distillation.
        weight: The weight of the teachers in the loss; the labels have the rest.
        temperature: The divisor of both teachers' and student's logits.
        copies: The number of augmented copies of each face that the teachers classify once, before the training, which
            then learns from the copies (a patient and consistent teacher, Beyer et al. 2022, arXiv:2106.05237); 0 to
            classify each batch during the training.
        clear: True to let the teachers classify each copy before anything is put on, degraded or erased, so that the
            student learns to see in the spoilt image what they see in the good one; it needs copies.
    """

    teachers: tuple[str, ...] = ()
    weight: float = toml.number(0.5, 0, 1)
    temperature: float = toml.number(2.0, 0.1, 100)
    copies: int = toml.number(0, 0, 10_000)
    clear: bool = False

    @property
    def has_teachers(self) -> bool:
        """True if teachers take part in the loss."""
        return bool(self.teachers) and self.weight > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The settings of a training run, apart from the data and the machine.

    Attributes:
        name: The name of the file without its suffix; it names the results.
        network: One of `fervid.networks.NAMES`.
        epochs: The number of passes over the training faces.
        labels: The labels to learn: ``class``, the data set's own; ``majority``, the emotion with most FER+ votes;
            ``distribution``, the distribution of FER+'s votes (Barsoum et al. 2016, arXiv:1608.01041).
        size: Width and height of the images in pixels; 0 for the network's own.
        colour: ``grey`` or ``rgb``.
        mean: The value subtracted from pixels, which range from 0 to 1.
        std: The divisor of pixels after the mean is subtracted.
        batch: The number of faces in a step.
        seed: The seed of random numbers; the same seed on the same machine gives the same weights.
        start: The initial weights: an engine's name or folder; ``imagenet`` for weights that fervid fetches, or a file
            of ImageNet weights; empty for random weights.
        frozen: True to train the head alone and keep the backbone.
        grow: Widths of the images over equal parts of the run, such as 32, 40, 48; early epochs on small images are
            cheap (progressive learning, Tan and Le 2021, arXiv:2104.00298).
        optimizer: ``sgd`` with Nesterov momentum, ``adam`` (Kingma and Ba 2015, arXiv:1412.6980) or ``adamw``
            (Loshchilov and Hutter 2019, arXiv:1711.05101).
        rate: The highest learning rate.
        momentum: The momentum of SGD, or the first beta of Adam.
        weight_decay: The L2 penalty of all weights; decoupled from the gradient in ``adamw``.
        schedule: The schedule of the learning rate; see `fervid.training.schedule`.
        warm_up: The fraction of the run in which the rate of ``one-cycle`` and ``cosine`` rises.
        period: The epochs between two drops of ``step``, in a cycle of ``cyclical``, or without progress before
            ``plateau`` drops the rate.
        factor: The factor by which ``step`` and ``plateau`` multiply the rate.
        label_smoothing: The probability that is spread over all classes (Szegedy et al. 2015, arXiv:1512.00567).
        balance: ``sampling`` draws each class equally often, ``weights`` gives faces of rare classes more weight.
        averaging: The approximate number of epochs over which weights are averaged (exponentially, Polyak and Juditsky
            1992); 0 disables averaging.
        patience: The number of epochs without a rise of the accuracy on public_test after which the run ends; 0 for
            never.
        settled: The change of the training loss between two epochs below which the run ends; 0 for never.
        auxiliary: The table ``[auxiliary]``.
        augmentation: The table ``[augmentation]``.
        distillation: The table ``[distillation]``.
    """

    name: str
    network: str = toml.choice(networks.NAMES)
    epochs: int = toml.number(None, 1, 100_000)
    labels: str = toml.choice(LABELS, LABELS[0])
    size: int = toml.number(0, 0, 1024)
    colour: str = toml.choice(tuple(CHANNELS), COLOUR)
    mean: float = toml.number(0.5, 0, 1)
    std: float = toml.number(0.25, 0.001, 1)
    batch: int = toml.number(128, 2, 65_536)
    seed: int = toml.number(1, *SEEDS)
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
    auxiliary: Auxiliary = Auxiliary()
    augmentation: Augmentation = Augmentation()
    distillation: Distillation = Distillation()

    @property
    def picture_size(self) -> int:
        """The width and height of the images in pixels: `size`, or the network's own if that is 0."""
        return self.size or networks.size(self.network)

    def replace(self, **changes: Any) -> Recipe:
        """Return a copy with some keys changed; pass a key of a table as ``**{"table.key": value}``.

        Raises:
            RecipeError: A key is unknown, or a value has the wrong type or is out of bounds.
        """
        document = toml.changed(self.document(), changes)
        return dataclasses.replace(toml.read(Recipe, document, toml.Origin(f"the changed {self.name}")), name=self.name)

    def document(self) -> dict[str, Any]:
        """Return all keys and values, as its file would hold them."""
        return {key: value for key, value in dataclasses.asdict(self).items() if key != "name"}

    def dump(self) -> str:
        """Return the recipe as TOML."""
        return toml.dump(self.document())

    @classmethod
    def load(cls, path: Path, changes: dict[str, Any] | None = None) -> Self:
        """Read a recipe.

        Args:
            path: A TOML file.
            changes: Values that replace those of the file; a key of a table is ``table.key``.

        Raises:
            RecipeError: The file cannot be read or is not TOML, a key is unknown or missing, or a value is invalid.
        """
        document, text = toml.load(path)
        document.pop(TUNE, None)
        return cls._read(document, changes or {}, toml.Origin(str(path), text, frozenset(changes or ())), path.stem)

    @classmethod
    def of(cls, document: dict[str, Any], name: str, changes: dict[str, Any] | None = None) -> Self:
        """Build a recipe from keys and values; otherwise like `load`."""
        return cls._read(document, changes or {}, toml.Origin(name, changed=frozenset(changes or ())), name)

    @classmethod
    def _read(cls, document: dict[str, Any], changes: dict[str, Any], origin: toml.Origin, name: str) -> Self:
        if not is_safe_name(name):
            raise RecipeError(f"{origin.name} cannot name an engine", f"rename the file: {NAME_RULE}")
        recipe = toml.read(cls, toml.changed(document, changes), origin)
        if any(not 8 <= width <= 1024 for width in recipe.grow):
            raise RecipeError(f"{origin.of('grow')} has grow = {list(recipe.grow)}", "use widths from 8 to 1024 pixels")
        if recipe.distillation.copies and not recipe.distillation.has_teachers:
            problem = f"{origin.of('distillation.copies')} has copies of the faces but no teachers to classify them"
            raise RecipeError(problem, "name distillation.teachers with a weight above 0, or leave out the copies")
        if recipe.distillation.clear and not recipe.distillation.copies:
            problem = f"{origin.of('distillation.clear')} is for copies of the faces, but there are none"
            raise RecipeError(problem, "set distillation.copies, or leave out clear")
        if recipe.auxiliary.labels == recipe.labels:
            problem = f"{origin.of('auxiliary.labels')} has the labels of the main head ({recipe.labels})"
            raise RecipeError(problem, "choose other labels for auxiliary.labels, or leave it out")
        return dataclasses.replace(recipe, name=name)
