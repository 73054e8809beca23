"""The networks that fervid knows, by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a network is built.

    Attributes:
        module: Of this package; it is imported, and torch with it, only for a network that is wanted.
        function: In that module; takes classes and channels, and `options`.
        size: Natural width and height of its pictures in pixels.
        options: What else the function takes.
    """

    module: str
    function: str
    size: int = 48
    options: Mapping[str, int] = field(default_factory=dict)


_PLANS: Final = {
    "compact": _Plan("compact", "compact"),
    "fcnn": _Plan("dense", "fcnn"),
    "feedforward": _Plan("dense", "feedforward"),
    "simple-conv": _Plan("plain", "simple_conv"),
    "eda-cnn": _Plan("plain", "eda_cnn"),
    "emotionnet": _Plan("plain", "emotionnet"),
    "fcn4": _Plan("plain", "fcn4"),
    "lasagne96": _Plan("plain", "lasagne96", size=96),
    "cnn6": _Plan("normalised", "cnn6"),
    "shallow-bn": _Plan("normalised", "shallow_bn"),
    "deep-bn": _Plan("normalised", "deep_bn", size=96),
    "resnet18": _Plan("resnet", "resnet", options={"depth": 18}),
    "resnet34": _Plan("resnet", "resnet", options={"depth": 34}),
    "resnet50": _Plan("resnet", "resnet", options={"depth": 50}),
    "resnet101": _Plan("resnet", "resnet", options={"depth": 101}),
    "resnet152": _Plan("resnet", "resnet", options={"depth": 152}),
    "resnet18-small": _Plan("resnet", "resnet", options={"depth": 18, "small": True}),
    "resnet34-small": _Plan("resnet", "resnet", options={"depth": 34, "small": True}),
    "resnet50-small": _Plan("resnet", "resnet", options={"depth": 50, "small": True}),
    "resnet101-small": _Plan("resnet", "resnet", options={"depth": 101, "small": True}),
    "resnet152-small": _Plan("resnet", "resnet", options={"depth": 152, "small": True}),
    "resnet50-frozen": _Plan("frozen", "resnet50_frozen"),
    "resnet101-frozen": _Plan("frozen", "resnet101_frozen"),
    "resnet152-frozen": _Plan("frozen", "resnet152_frozen"),
}

NAMES: Final = tuple(_PLANS)
"""Every name that `create` takes."""


def create(name: str, classes: int = 7, channels: int = 1) -> nn.Module:
    """Build a network with fresh weights.

    Args:
        name: One of `NAMES`.
        classes: How many outputs it has.
        channels: 1 for grey pictures, 3 for colour.

    Returns:
        A module that takes (N, channels, size, size) floats and returns (N, classes) logits. `size` gives the size; a
        ResNet takes any.

    Raises:
        EngineError: There is no network of that name.
    """
    plan = _plan(name)
    build = getattr(import_module(f"fervid.networks.{plan.module}"), plan.function)
    network: nn.Module = build(classes, channels, **plan.options)
    return network


def size(name: str) -> int:
    """The natural width and height in pixels of the pictures that the network `name` takes.

    Raises:
        EngineError: There is no network of that name.
    """
    return _plan(name).size


def freeze(network: nn.Module) -> None:
    """Let the network's head alone learn from here on.

    Everything below it, the backbone, gets no gradient any more, and its batch norms and dropouts stay in evaluation
    mode whatever `train` says.

    Raises:
        EngineError: The network is not made of a backbone and a head.
    """
    from fervid.networks.base import Headed

    if not isinstance(network, Headed):
        remedy = "train all of it, or choose a network with convolutions"
        raise EngineError("this network has no backbone that could be frozen", remedy)
    network.freeze()


def _plan(name: str) -> _Plan:
    if name in _PLANS:
        return _PLANS[name]
    close = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(NAMES)}"
    raise EngineError(f"there is no network {name!r}", hint)
