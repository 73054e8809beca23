"""Initial weights from a trained engine or an ImageNet file, and a first try of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import torch
from torch import nn

from fervid import networks
from fervid.engines import resolve, weights
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import WEIGHTS
from fervid.errors import RecipeError
from fervid.networks import imagenet, pretrained
from fervid.training.recipe import Recipe

IMAGENET: Final = "imagenet"
"""The start from ImageNet weights that fervid fetches itself."""


def begin(network: nn.Module, start: str, name: str, classes: Sequence[str]) -> None:
    """Load the weights of a trained network into `network`.

    In the last layer, the row of each class is taken from the engine's class of the same name; classes that the engine
    does not know keep their random weights.

    Args:
        network: A network with random weights.
        start: The name or folder of an engine; or ImageNet weights: `IMAGENET` or a file of them.
        name: The name of the network.
        classes: The classes of the network's outputs, those of an auxiliary head after the others.

    Raises:
        EngineError: The engine or file does not exist or is damaged, its tensors do not fit, or it cannot be fetched.
        RecipeError: The engine has another network.
    """
    path = imagenet.find(name) if start == IMAGENET else Path(start)
    if path.suffix in (".safetensors", ".pth", ".pt") and path.name != WEIGHTS:
        pretrained.load(network, path)
        return
    folder = resolve(start)
    manifest, trained = read_network(folder)
    if manifest.network != name:
        raise RecipeError(
            f"{start} has the network {manifest.network}, not {name}", "start from an engine of the same network"
        )
    tensors = trained.state_dict()
    if manifest.classes != tuple(classes):
        fresh = network.state_dict()
        for key in networks.last_layer(network):
            rows = [
                tensors[key][manifest.classes.index(emotion)] if emotion in manifest.classes else fresh[key][at]
                for at, emotion in enumerate(classes)
            ]
            tensors[key] = torch.stack(rows)
    weights.fit(network, tensors, folder / WEIGHTS, "start from an engine of the same network and colour")


def try_sizes(network: nn.Module, recipe: Recipe, size: int, channels: int, device: torch.device) -> None:
    """Run one grey image of each size of a run, so that a size that does not fit fails now and not in the middle.

    Raises:
        RecipeError: The network does not take images of a size.
    """
    for width in sorted({size, *recipe.grow}):
        grey = torch.zeros(1, channels, width, width, device=device)
        try:
            with torch.inference_mode():
                network(grey)
        except RuntimeError as error:
            raise RecipeError(
                f"{recipe.network} does not take images of {width}x{width} ({str(error).splitlines()[0]})",
                "change size or grow in the recipe",
            ) from error
