"""Augmented copies of the training faces, with the teachers' predictions for each, kept on disk.

A student that learns for hundreds of epochs from a consistent teacher, one that sees the very image that the student
sees, comes closest to it (Beyer et al. 2022, arXiv:2106.05237). Teachers are slow, so each copy is classified once.

The folder of the copies is named by a digest of all that determines them, so students that learn from the same copies
share it. It holds one pair of files for each time that all faces were copied. A pair is complete or absent.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fervid.core.files import replacing, write_text
from fervid.data.dataset import Split
from fervid.engines.backends.pytorch import has_bf16
from fervid.errors import OutputError
from fervid.training.augment import augment
from fervid.training.claim import claimed
from fervid.training.preprocess import to_floats
from fervid.training.recipe import Augmentation, Recipe
from fervid.training.seeds import seeded
from fervid.training.teachers import Teachers

_DESCRIPTION: Final = "copies.json"
_CHUNK: Final = 256
"""The number of faces that are copied and classified at once. It determines the random numbers."""

_LATER: Final = ("mixup", "cutmix")
"""The augmentation of whole batches, which copies do not have."""

_RESERVE: Final = 200_000_000
"""Bytes to leave free on the disk."""


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """One augmented copy of each training face.

    Attributes:
        images: (N, channels, size, size) uint8, mapped from a file.
        predictions: (N, outputs) float16, the teachers' probabilities for each head, one head after the other.
    """

    images: NDArray[np.uint8]
    predictions: NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Copies:
    """The files with the copies of all training faces.

    Attributes:
        folder: Their folder.
        count: The number of copies of each face.
        shape: (faces, channels, size, size).
        outputs: The number of the teachers' probabilities for each copy.
    """

    folder: Path
    count: int
    shape: tuple[int, int, int, int]
    outputs: int

    @property
    def missing(self) -> list[int]:
        """The numbers, from 0, of the copies that are not made yet or whose files are damaged."""
        return [number for number in range(self.count) if not self._is_whole(number)]

    def size(self, count: int) -> int:
        """Return the size in bytes of `count` copies of all faces."""
        faces, *rest = self.shape
        return count * faces * (math.prod(rest) + 2 * self.outputs)

    def for_epoch(self, number: int) -> Copy:
        """Return the copies for epoch `number`, counted from 1; the epochs take them in turn."""
        images, predictions = self.files((number - 1) % self.count)
        # Copy-on-write maps cost no memory, and unlike read-only ones they become tensors without a warning.
        return Copy(np.load(images, mmap_mode="c"), np.load(predictions, mmap_mode="c"))

    def files(self, number: int) -> tuple[Path, Path]:
        """Return the paths of the images and the predictions of one copy of all faces."""
        return self.folder / f"images-{number:04d}.npy", self.folder / f"predictions-{number:04d}.npy"

    def _is_whole(self, number: int) -> bool:
        try:
            images, predictions = (np.load(path, mmap_mode="r").shape for path in self.files(number))
        except (OSError, ValueError):  # absent, or shorter than its header says
            return False
        return (images, predictions) == (self.shape, (self.shape[0], self.outputs))


class Copier:
    """Makes augmented copies of the training faces and lets teachers classify them.

    Args:
        recipe: The number of copies, their augmentation, size and seed, and the teachers.
        training: The faces.
        heads: The classes of each head of the student.
        device: The device on which the teachers run.
        root: The folder that holds copies of all kinds.

    Raises:
        EngineError: A teacher does not exist or is damaged.
        RecipeError: A teacher knows the classes of no head, or no teacher knows those of a head.
    """

    def __init__(
        self, recipe: Recipe, training: Split, heads: Sequence[Sequence[str]], device: torch.device, root: Path
    ) -> None:
        self._recipe, self._training, self._device = recipe, training, device
        self._teachers = Teachers(recipe.distillation, heads, device)
        size, channels = recipe.picture_size, training.images.shape[1]
        self._description = {
            "faces": hashlib.sha256(training.images.tobytes()).hexdigest(),
            "size": size,
            "augmentation": {
                key: float(value) for key, value in dataclasses.asdict(recipe.augmentation).items() if key not in _LATER
            },
            "seed": recipe.seed,
            "clear": recipe.distillation.clear,
            "teachers": self._teachers.digests,
            "temperature": recipe.distillation.temperature,
            "heads": [list(classes) for classes in heads],
        }
        digest = hashlib.sha256(json.dumps(self._description, sort_keys=True).encode()).hexdigest()
        shape = (len(training), channels, size, size)
        self.copies = Copies(root / digest[:16], recipe.distillation.copies, shape, sum(map(len, heads)))

    def make(self, tell: Callable[[str], None], stop: Callable[[], bool]) -> None:
        """Make the copies that are missing.

        Args:
            tell: Called with lines of progress for people; the first one says how large the files will be.
            stop: Called after each chunk of faces; if it returns True, the copy that was begun is removed.

        Raises:
            OutputError: The disk is too full, a file cannot be written, or another training makes the same copies.
            KeyboardInterrupt: `stop` returned True. The complete copies are kept, and the next call goes on after them.
        """
        if self.copies.missing:
            with claimed(self.copies.folder):
                self._make_missing(tell, stop)

    def _make_missing(self, tell: Callable[[str], None], stop: Callable[[], bool]) -> None:
        copies = self.copies
        missing = copies.missing
        needed, free = copies.size(len(missing)), shutil.disk_usage(copies.folder).free
        tell(f"copying {copies.shape[0]:,} faces {len(missing)} times; the copies take {needed / 1e9:.2f} GB")
        if free < needed + _RESERVE:
            problem = f"'{copies.folder}' has only {free / 1e9:.1f} GB of free space"
            raise OutputError(problem, "free some, or set fewer distillation.copies")
        write_text(copies.folder / _DESCRIPTION, json.dumps(self._description, indent=2) + "\n")
        for number in missing:
            began = time.monotonic()
            self._make_one(number, stop)
            tell(f"copy {number + 1} of {copies.count} made in {time.monotonic() - began:.0f} s")

    def _make_one(self, number: int, stop: Callable[[], bool]) -> None:
        faces = self.copies.shape[0]
        images, predictions = self.copies.files(number)
        with (
            _array(images, self.copies.shape, np.uint8) as write_images,
            _array(predictions, (faces, self.copies.outputs), np.float16) as write_predictions,
        ):
            for start in range(0, faces, _CHUNK):
                if stop():
                    raise KeyboardInterrupt
                chunk = slice(start, start + _CHUNK)
                copied = self._copied(chunk, number, self._recipe.augmentation)
                write_images(copied.cpu().numpy())
                if self._recipe.distillation.clear:
                    copied = self._copied(chunk, number, self._recipe.augmentation.clear)
                taught = self._teachers.mirrored(to_floats(copied, self._device), has_bf16(self._device))
                write_predictions(taught.half().cpu().numpy())

    def _copied(self, chunk: slice, number: int, augmentation: Augmentation) -> Tensor:
        recipe = self._recipe
        generator = seeded(recipe.seed, number, chunk.start, _CHUNK)
        faces = to_floats(torch.from_numpy(self._training.images[chunk]), self._device)
        return (augment(faces, augmentation, generator, recipe.picture_size) * 255).round().byte()


@contextmanager
def _array(path: Path, shape: tuple[int, ...], kind: type[np.generic]) -> Iterator[Callable[[NDArray[Any]], object]]:
    """Write an array of that shape and type to a NumPy file, part by part, which replaces `path` when complete.

    Writing into a map of the file would be simpler, but a full disk would end the process.
    """
    with replacing(path) as partial, partial.open("wb") as file:
        header = {"descr": np.dtype(kind).str, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        yield lambda part: file.write(np.ascontiguousarray(part).tobytes())
