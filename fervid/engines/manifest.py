"""What an engine says of itself: the small JSON file beside its weights."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from typing_extensions import Self

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
        path = folder / MANIFEST
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise EngineError(
                f"{path} cannot be read ({error.strerror})", f"give a folder that holds {MANIFEST} and {WEIGHTS}"
            ) from error
        except UnicodeDecodeError as error:
            raise _damaged(path, "is not text") from error
        try:
            document = json.loads(text)
        except json.JSONDecodeError as error:
            raise _damaged(path, f"is not JSON (line {error.lineno}: {error.msg})") from error
        return cls._from_document(_Keys(path, "", document))

    @classmethod
    def _from_document(cls, keys: _Keys) -> Self:
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

    def _check(self, keys: _Keys, inputs: _Keys) -> None:
        spec = self.input
        keys.demand("classes", len(set(self.classes)) == len(self.classes) >= 2, "two or more different names")
        keys.demand("temperature", self.temperature > 0, "a number above 0")
        digits = len(self.sha256) == 64 and set(self.sha256) <= set("0123456789abcdef")
        keys.demand("sha256", digits, "64 hexadecimal digits")
        inputs.demand("size", 1 <= spec.size <= 1024, "a number from 1 to 1024")
        inputs.demand("colour", spec.colour in CHANNELS, "grey or rgb")
        inputs.demand("mean", len(spec.mean) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.demand("std", len(spec.std) == spec.channels, f"{spec.channels} number(s) for {spec.colour}")
        inputs.demand("std", min(spec.std) > 0, "above 0")

    def dump(self) -> str:
        """The text of its file."""
        return json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Keys:
    """One table of the document, read strictly; every complaint names the file and the key."""

    path: Path
    prefix: str
    values: Any

    def __post_init__(self) -> None:
        if not isinstance(self.values, dict):
            raise self._wrong("", "a table of keys")

    def only(self, allowed: Any) -> None:
        """Refuse keys beside the `allowed`."""
        unknown = sorted(set(self.values) - set(allowed))
        if unknown:
            raise _damaged(self.path, f"has the unknown key {self.prefix}{unknown[0]}")

    def get(self, key: str, kind: type) -> Any:
        """The value of `key`, which must be there and of that kind; a whole number passes for a float."""
        if key not in self.values:
            raise _damaged(self.path, f"lacks the key {self.prefix}{key}")
        return self._typed(key, self.values[key], kind)

    def list(self, key: str, kind: type) -> list[Any]:
        """The values of the list `key`, each of that kind."""
        return [self._typed(key, value, kind) for value in self.get(key, list)]

    def table(self, key: str) -> _Keys:
        """The table at `key`."""
        return _Keys(self.path, f"{self.prefix}{key}.", self.get(key, dict))

    def demand(self, key: str, holds: bool, wanted: str) -> None:
        """Complain about the value of `key` unless `holds`."""
        if not holds:
            raise self._wrong(key, wanted)

    def _typed(self, key: str, value: Any, kind: type) -> Any:
        if kind is float and type(value) in (int, float) and math.isfinite(value):
            return float(value)
        if kind is float or type(value) is not kind:
            raise self._wrong(key, _KINDS[kind])
        return value

    def _wrong(self, key: str, wanted: str) -> EngineError:
        return _damaged(self.path, f"has a wrong value for {self.prefix}{key} (it must be {wanted})")


_KINDS: Final[dict[type, str]] = {
    int: "a whole number",
    float: "a finite number",
    str: "a text",
    list: "a list",
    dict: "a table of keys",
}


def _damaged(path: Path, what: str) -> EngineError:
    return EngineError(f"{path} {what}", "restore it, or export the engine again")
