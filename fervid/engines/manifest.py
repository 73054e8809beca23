"""What an engine says of itself: the small JSON file beside its weights."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import Self

from fervid.engines.document import Keys, is_digest, read
from fervid.errors import EngineError

FORMAT: Final = 1
"""The version of the manifest's layout that this fervid reads and writes."""

MANIFEST: Final = "manifest.json"
WEIGHTS: Final = "weights.safetensors"
"""The two files that make a folder an engine."""

CHANNELS: Final = {"grey": 1, "rgb": 3}
"""How many channels a picture of each colour has."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What pictures the network expects.

    Attributes:
        size: Width and height in pixels.
        colour: ``grey`` or ``rgb``.
        mean: One number a channel, subtracted from values that were first brought to 0 to 1.
        std: One number a channel, above 0; what is left is divided by it.
    """

    size: int
    colour: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def channels(self) -> int:
        """1 for grey, 3 for rgb."""
        return CHANNELS[self.colour]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a trained network expects and answers, and where it comes from.

    Attributes:
        format: The layout of its file.
        name: The engine's name.
        network: The network's name in `fervid.networks`.
        classes: What the outputs mean, in their order.
        input: What pictures it expects.
        temperature: The logits are divided by it before the softmax (Guo et al. 2017, arXiv:1706.04599).
        data_set: What it was trained on.
        recipe: The recipe it was trained by.
        accuracy: Parts of 1 by the name of what they were measured on.
        sha256: Of the weights file, 64 hexadecimal digits.
        fervid: The version of fervid that wrote it.
    """

    format: int = FORMAT
    name: str
    network: str
    classes: tuple[str, ...]
    input: InputSpec
    temperature: float
    data_set: str
    recipe: str
    accuracy: Mapping[str, float]
    sha256: str
    fervid: str

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read the manifest of the engine in `folder`.

        Raises:
            EngineError: It is missing, no JSON, or a key is unknown, missing or wrong.
        """
        needed = f"give a folder that holds {MANIFEST} and {WEIGHTS}"
        return cls._from_document(read(folder / MANIFEST, needed, "restore it, or export the engine again"))

    @classmethod
    def _from_document(cls, keys: Keys) -> Self:
        # The format comes first: another one may have other keys.
        if keys.get("format", int) != FORMAT:
            raise EngineError(
                f"{keys.path} has format {keys.get('format', int)}, this fervid reads {FORMAT}",
                "use the fervid that wrote it, or a newer one",
            )
        keys.only(field.name for field in dataclasses.fields(cls))
        inputs = keys.table("input")
        inputs.only(field.name for field in dataclasses.fields(InputSpec))
        accuracy = keys.table("accuracy")
        manifest = cls(
            name=keys.get("name", str),
            network=keys.get("network", str),
            classes=tuple(keys.list("classes", str)),
            input=InputSpec(
                size=inputs.get("size", int),
                colour=inputs.get("colour", str),
                mean=tuple(inputs.list("mean", float)),
                std=tuple(inputs.list("std", float)),
            ),
            temperature=keys.get("temperature", float),
            data_set=keys.get("data_set", str),
            recipe=keys.get("recipe", str),
            accuracy={key: accuracy.get(key, float) for key in accuracy.values},
            sha256=keys.get("sha256", str),
            fervid=keys.get("fervid", str),
        )
        manifest._check(keys, inputs)
        return manifest

    def _check(self, keys: Keys, inputs: Keys) -> None:
        spec = self.input
        keys.demand("classes", len(set(self.classes)) == len(self.classes) >= 2, "two or more different names")
        keys.demand("temperature", self.temperature > 0, "a number above 0")
        keys.demand("sha256", is_digest(self.sha256), "64 hexadecimal digits")
        inputs.demand("size", 1 <= spec.size <= 1024, "a number from 1 to 1024")
        inputs.demand("colour", spec.colour in CHANNELS, "grey or rgb")
        inputs.demand("mean", len(spec.mean) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.demand("std", len(spec.std) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.demand("std", min(spec.std) > 0, "above 0")

    def dump(self) -> str:
        """The text of its file."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"
