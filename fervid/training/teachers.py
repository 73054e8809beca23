"""Teachers for distillation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from typing_extensions import Self

from fervid import networks
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import MANIFEST, InputSpec, Manifest
from fervid.errors import EngineError, RecipeError
from fervid.training.preprocess import fit, in_batches, normalise
from fervid.training.recipe import Distillation
from fervid.training.run_folders import Folders


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """A trained network with one head or two.

    Attributes:
        name: The name or folder of the engine, or the folder of the run.
        spec: The images that it takes.
        network: The network, whose outputs are the classes of all heads, one head after the other.
        heads: The classes of each head.
        digests: The SHA-256 digests of its files of weights.
    """

    name: str
    spec: InputSpec
    network: nn.Module
    heads: tuple[tuple[str, ...], ...]
    digests: tuple[str, ...]

    @classmethod
    def load(cls, name: str) -> Self:
        """Load an engine, or both engines of a run with an auxiliary head as one network.

        Args:
            name: The name or folder of an engine, or the folder of a run.

        Raises:
            EngineError: There is no such engine, or it is damaged.
        """
        run = Folders(Path(name))
        if run.root.name != name and not run.root.exists():
            remedy = "train it first, by a recipe of its own, or name others in distillation.teachers"
            raise EngineError(f"the teacher '{name}' does not exist", remedy)
        if not (run.engine / MANIFEST).exists():
            manifest, network = read_network(resolve(name))
            return cls(name, manifest.input, network, (manifest.classes,), (manifest.sha256,))
        manifest, network = read_network(run.engine)
        if not (run.auxiliary.engine / MANIFEST).exists():
            return cls(name, manifest.input, network, (manifest.classes,), (manifest.sha256,))
        second, other = read_network(run.auxiliary.engine)
        joined = _joined(manifest, network.state_dict(), other.state_dict(), len(second.classes))
        digests = manifest.sha256, second.sha256
        return cls(name, manifest.input, joined, (manifest.classes, second.classes), digests)

    def columns(self, heads: Sequence[Sequence[str]]) -> list[list[int] | None]:
        """Return the outputs that answer each head of a student.

        A head of the teacher with just the classes of a student's head teaches that head alone. A teacher without such
        a head teaches whatever it knows all classes of, although other labels may mean something else by them.

        Args:
            heads: The classes of each head of the student.

        Returns:
            The indices of the outputs for each head, in the order of its classes; None for a head that is not taught.
        """
        same = [[own for own in self.heads if set(own) == set(classes)] for classes in heads]
        more = [[own for own in self.heads if set(own) >= set(classes)] for classes in heads]
        return [
            self._outputs(found[0], classes) if found else None
            for found, classes in zip(same if any(same) else more, heads, strict=True)
        ]

    def _outputs(self, head: tuple[str, ...], classes: Sequence[str]) -> list[int]:
        begin = sum(map(len, self.heads[: self.heads.index(head)]))
        return [begin + head.index(emotion) for emotion in classes]


class Teachers:
    """An ensemble of trained networks.

    A teacher may know more classes than the student; its logits for the other classes are ignored.

    Args:
        settings: The names of the teachers and their temperature.
        heads: The classes of each head of the student.
        device: The device on which the teachers run.

    Raises:
        EngineError: A teacher does not exist or is damaged.
        RecipeError: A teacher knows the classes of no head, or no teacher knows those of a head.
    """

    def __init__(self, settings: Distillation, heads: Sequence[Sequence[str]], device: torch.device) -> None:
        self._temperature = settings.temperature
        self._teachers = [Teacher.load(name) for name in settings.teachers]
        # As tensors on the device: a list would be copied there anew for each batch.
        self._columns = [
            [None if each is None else torch.tensor(each, device=device) for each in teacher.columns(heads)]
            for teacher in self._teachers
        ]
        for teacher, columns in zip(self._teachers, self._columns, strict=True):
            if all(each is None for each in columns):
                raise _ignorant(f"the teacher {teacher.name} does not know", heads[0], [teacher])
            teacher.network.eval().requires_grad_(False).to(device)
            teacher.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        for at, classes in enumerate(heads):
            if self._teachers and all(columns[at] is None for columns in self._columns):
                raise _ignorant("no teacher knows", classes, self._teachers)

    @property
    def digests(self) -> list[str]:
        """The SHA-256 digests of all files of weights."""
        return [digest for teacher in self._teachers for digest in teacher.digests]

    def predictions(self, images: Tensor, has_bf16: bool) -> Tensor:
        """Return the mean of the teachers' probabilities at the temperature.

        Args:
            images: (N, channels, size, size) float, 0 to 1.
            has_bf16: True to run the teachers in bfloat16.

        Returns:
            (N, outputs) float: the probabilities of each head's classes, one head after the other.
        """
        found: list[list[Tensor]] = [[] for _ in self._columns[0]]
        with torch.no_grad(), torch.autocast(images.device.type, torch.bfloat16, enabled=has_bf16):
            for teacher, columns in zip(self._teachers, self._columns, strict=True):
                spec = teacher.spec
                parts = (fit(part, spec.size, spec.channels) for part in in_batches(images, images.device))
                faces = (normalise(part, spec.mean, spec.std) for part in parts)
                logits = torch.cat([teacher.network(part).float() for part in faces])
                for places, into in zip(columns, found, strict=True):
                    if places is not None:
                        into.append(F.softmax(logits[:, places] / self._temperature, 1))
        return torch.cat([torch.stack(each).mean(0) for each in found], 1)

    def mirrored(self, images: Tensor, has_bf16: bool) -> Tensor:
        """Return the mean of the `predictions` for the images and for their mirror images."""
        seen, mirrored = self.predictions(torch.cat((images, images.flip(-1))), has_bf16).chunk(2)
        return (seen + mirrored) / 2


def _joined(manifest: Manifest, one: Mapping[str, Tensor], other: Mapping[str, Tensor], more: int) -> nn.Module:
    """Return one network with the last layers of two, which have the other layers in common."""
    network = networks.create(manifest.network, len(manifest.classes) + more, manifest.input.channels)
    last = networks.last_layer(network)
    network.load_state_dict({key: torch.cat((one[key], other[key])) if key in last else one[key] for key in one})
    return network


def _ignorant(problem: str, classes: Sequence[str], teachers: Sequence[Teacher]) -> RecipeError:
    known = {emotion for teacher in teachers for head in teacher.heads for emotion in head}
    missing = [emotion for emotion in classes if emotion not in known] or classes
    return RecipeError(f"{problem} {', '.join(missing)}", "use a teacher that knows every class")
