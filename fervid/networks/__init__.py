"""The networks of fervid, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

from fervid.core.registry import suggestion
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True)
class _Builder:
    """The function that builds a network.

    Attributes:
        module: Module of this package that holds the function. It loads torch, so it is imported only when needed.
        function: Name of the function, which takes the number of classes, the number of channels and `options`.
        size: Width and height in pixels of the images that the network was designed for.
        options: Further keyword arguments of the function.
    """

    module: str
    function: str
    size: int = 48
    options: Mapping[str, int] = field(default_factory=dict)


_BUILDERS: Final = {
    "compact": _Builder("compact", "compact"),
    "swift": _Builder("swift", "swift"),
    "fcnn": _Builder("dense", "fcnn"),
    "feedforward": _Builder("dense", "feedforward"),
    "simple-conv": _Builder("convolutional", "simple_conv"),
    "eda-cnn": _Builder("convolutional", "eda_cnn"),
    "emotionnet": _Builder("convolutional", "emotionnet"),
    "fcn4": _Builder("convolutional", "fcn4"),
    "lasagne96": _Builder("convolutional", "lasagne96", size=96),
    "cnn6": _Builder("convolutional", "cnn6"),
    "shallow-bn": _Builder("convolutional", "shallow_bn"),
    "deep-bn": _Builder("convolutional", "deep_bn", size=96),
    "resnet18": _Builder("resnet", "resnet", options={"depth": 18}),
    "resnet34": _Builder("resnet", "resnet", options={"depth": 34}),
    "resnet50": _Builder("resnet", "resnet", options={"depth": 50}),
    "resnet101": _Builder("resnet", "resnet", options={"depth": 101}),
    "resnet152": _Builder("resnet", "resnet", options={"depth": 152}),
    "resnet18-small": _Builder("resnet", "resnet", options={"depth": 18, "small": True}),
    "resnet34-small": _Builder("resnet", "resnet", options={"depth": 34, "small": True}),
    "resnet50-small": _Builder("resnet", "resnet", options={"depth": 50, "small": True}),
    "resnet101-small": _Builder("resnet", "resnet", options={"depth": 101, "small": True}),
    "resnet152-small": _Builder("resnet", "resnet", options={"depth": 152, "small": True}),
    "efficientnet-lite0": _Builder("efficientnet", "efficientnet_lite0", size=96),
    "resnet50-frozen": _Builder("resnet", "resnet50_frozen"),
    "resnet101-frozen": _Builder("resnet", "resnet101_frozen"),
    "resnet152-frozen": _Builder("resnet", "resnet152_frozen"),
}

NAMES: Final = tuple(_BUILDERS)
"""The names that `create` accepts."""


def create(name: str, classes: int = 7, channels: int = 1) -> nn.Module:
    """Build a network with fresh weights.

    Args:
        name: One of `NAMES`.
        classes: Number of classes.
        channels: 1 for grey images, 3 for colour.

    Returns:
        A module that maps (N, channels, size, size) normalised floats to (N, classes) logits. The function `size`
        gives the size; ResNets, ``efficientnet-lite0`` and ``compact`` accept others too.

    Raises:
        EngineError: There is no network of that name.
    """
    builder = _builder(name)
    build = getattr(import_module(f"fervid.networks.{builder.module}"), builder.function)
    network: nn.Module = build(classes, channels, **builder.options)
    return network


def size(name: str) -> int:
    """Return the width and height in pixels of the images that the network `name` was designed for.

    Raises:
        EngineError: There is no network of that name.
    """
    return _builder(name).size


def freeze(network: nn.Module) -> None:
    """Freeze the backbone of a network, so that only its head goes on learning.

    The parameters below the head get no gradients, and the batch norms and dropouts there stay in evaluation mode
    even after ``network.train()``.

    Raises:
        EngineError: The network has no backbone apart from its head.
    """
    from fervid.networks.base import Headed

    if not isinstance(network, Headed):
        remedy = "train the whole network, or choose one with convolutions"
        raise EngineError("this network has no backbone to freeze", remedy)
    network.freeze()


def last_layer(network: nn.Module) -> list[str]:
    """Return the names of the tensors of the last layer, which have a row for each class."""
    name, layer = [pair for pair in network.named_modules() if list(pair[1].parameters(recurse=False))][-1]
    return [f"{name}.{key}" for key, _ in layer.named_parameters(recurse=False)]


def _builder(name: str) -> _Builder:
    if name in _BUILDERS:
        return _BUILDERS[name]
    remedy = suggestion(name, NAMES) or f"choose one of {', '.join(NAMES)}"
    raise EngineError(f"there is no network {name!r}", remedy)
