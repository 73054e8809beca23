"""What moves the weights, and what it remembers from step to step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from fervid.errors import EngineError
from fervid.training.recipe import Recipe

_ADAM_SECOND_BETA = 0.999
"""As in Kingma and Ba 2015."""


def create(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """The optimizer that `recipe` names, over `parameters`; its rate is set anew for each step."""
    if recipe.optimizer == "sgd":
        return SGD(
            parameters,
            lr=recipe.rate,
            momentum=recipe.momentum,
            nesterov=recipe.momentum > 0,
            weight_decay=recipe.weight_decay,
            fused=True,
        )
    kind = AdamW if recipe.optimizer == "adamw" else Adam
    betas = (recipe.momentum, _ADAM_SECOND_BETA)
    return kind(parameters, lr=recipe.rate, betas=betas, weight_decay=recipe.weight_decay, fused=True)


def memory(optimizer: Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """What the optimizer remembers of each parameter: its name, a slash, and the name of the thing remembered."""
    return {
        f"{name}/{key}": tensor
        for name, parameter in network.named_parameters()
        for key, tensor in optimizer.state.get(parameter, {}).items()
        if tensor is not None
    }


def remember(optimizer: Optimizer, network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Give back to the optimizer what `memory` read.

    Raises:
        EngineError: The tensors, which came from `path`, are of another network.
    """
    parameters = dict(network.named_parameters())
    for place, tensor in tensors.items():
        name, _, key = place.rpartition("/")
        parameter = parameters.get(name)
        if parameter is None or tensor.shape not in (parameter.shape, torch.Size()):
            raise EngineError(
                f"{path} has {place}, which does not fit the network", "start the run anew with --overwrite"
            )
        if tensor.shape == parameter.shape:  # in the parameter's own layout and place
            tensor = torch.empty_like(parameter).copy_(tensor).detach()  # noqa: PLW2901
        optimizer.state[parameter][key] = tensor
