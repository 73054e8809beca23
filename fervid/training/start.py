"""What a network begins with in place of fresh weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from fervid.engines import resolve, weights
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import WEIGHTS
from fervid.errors import RecipeError
from fervid.networks import pretrained


def begin(network: nn.Module, start: str, name: str, classes: Sequence[str]) -> None:
    """Give `network` the weights of a trained one.

    The last layer's row for a class comes from the engine's row for the class of that name; a class that the engine
    does not know keeps its fresh weights.

    Args:
        network: Fresh.
        start: An engine's name or folder; or a file of weights trained on ImageNet, for a ResNet.
        name: The network's name.
        classes: What it has to tell.

    Raises:
        EngineError: There is no such engine or file, or it is damaged, or its tensors do not fit.
        RecipeError: The engine is of another network.
    """
    path = Path(start)
    if path.suffix in (".safetensors", ".pth", ".pt") and path.name != WEIGHTS:
        pretrained.load(network, path)
        return
    folder = resolve(start)
    manifest, trained = read_network(folder)
    if manifest.network != name:
        raise RecipeError(
            f"{start} is of the network {manifest.network}, not {name}", "start from an engine of the same network"
        )
    tensors = trained.state_dict()
    if manifest.classes != tuple(classes):
        fresh = network.state_dict()
        for key in _last_layer(network):
            rows = [
                tensors[key][manifest.classes.index(emotion)] if emotion in manifest.classes else fresh[key][at]
                for at, emotion in enumerate(classes)
            ]
            tensors[key] = torch.stack(rows)
    weights.fit(network, tensors, folder / WEIGHTS, "start from an engine of the same network and colour")


def _last_layer(network: nn.Module) -> list[str]:
    """The names of the tensors of the layer that has a row for each class."""
    name, layer = [pair for pair in network.named_modules() if list(pair[1].parameters(recurse=False))][-1]
    return [f"{name}.{key}" for key, _ in layer.named_parameters(recurse=False)]
