"""The manifest of a trained engine: a small JSON file beside its weights that describes what it takes and returns."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import Self

from fervid.core.names import NAME_RULE, is_safe_name
from fervid.engines.document import Keys, is_digest, read
from fervid.errors import EngineError

FORMAT: Final = 1
"""Version of the manifest format that this fervid reads and writes."""

MANIFEST: Final = "manifest.json"
WEIGHTS: Final = "weights.safetensors"
"""The two files of a trained engine."""

CHANNELS: Final = {"grey": 1, "rgb": 3}
"""Number of channels of an image, by colour."""


@dataclass(frozen=True, slots=True)
class InputSpec:
    """The images that a network takes.

    Attributes:
        size: Width and height in pixels.
        colour: ``grey`` or ``rgb``.
        mean: Mean of each channel, which is subtracted from values scaled to 0 to 1.
        std: Standard deviation of each channel, above 0, by which the difference is divided.
    """

    size: int
    colour: str
    mean: tuple[float, ...]
    std: tuple[float, ...]

    @property
    def channels(self) -> int:
        """The number of channels: 1 for grey, 3 for rgb."""
        return CHANNELS[self.colour]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The description of a trained engine.

    Attributes:
        format: Version of the manifest format.
        name: Name of the engine.
        network: Name of the network in `fervid.networks`.
        classes: Names of the classes, in the order of the outputs.
        input: Images that the network takes.
        temperature: Number by which the logits are divided before the softmax (Guo et al. 2017, arXiv:1706.04599).
        data_set: Name of the data set that it was trained on.
        recipe: Name of the recipe that it was trained with.
        accuracy: Accuracies, 0 to 1, by the name of the split that they were measured on.
        sha256: SHA-256 digest of the weights file, 64 hexadecimal digits.
        fervid: Version of fervid that wrote the manifest.
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
            EngineError: The file is missing or not JSON, or a key is unknown, missing or wrong.
        """
        needed = f"give a folder that holds {MANIFEST} and {WEIGHTS}"
        return cls._from_document(read(folder / MANIFEST, needed, "restore it, or export the engine again"))

    @classmethod
    def _from_document(cls, keys: Keys) -> Self:
        # The format is checked first, because another one may have other keys.
        if keys.get("format", int) != FORMAT:
            raise EngineError(
                f"'{keys.path}' has format {keys.get('format', int)}, but this fervid reads format {FORMAT}",
                "use the version of fervid that wrote it, or a newer one",
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
        keys.require("name", is_safe_name(self.name), NAME_RULE)
        keys.require("recipe", is_safe_name(self.recipe), NAME_RULE)
        keys.require("classes", len(set(self.classes)) == len(self.classes) >= 2, "two or more distinct names")
        keys.require("classes", all(map(is_safe_name, self.classes)), f"names of {NAME_RULE}")
        keys.require("temperature", self.temperature > 0, "a number above 0")
        keys.require("sha256", is_digest(self.sha256), "64 hexadecimal digits")
        inputs.require("size", 1 <= spec.size <= 1024, "a number from 1 to 1024")
        inputs.require("colour", spec.colour in CHANNELS, "grey or rgb")
        inputs.require("mean", len(spec.mean) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.require("std", len(spec.std) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.require("std", min(spec.std) > 0, "above 0")

    def dump(self) -> str:
        """Return the text of its file."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"
