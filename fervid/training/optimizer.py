"""Optimizers, and saving and restoring their state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from fervid.errors import EngineError
from fervid.training.recipe import Recipe

_ADAM_SECOND_BETA = 0.999
"""The value of Kingma and Ba 2015."""


def create(recipe: Recipe, parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Return the optimizer of `recipe` for `parameters`; the caller sets its learning rate before each step."""
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


def state(optimizer: Optimizer, network: nn.Module) -> dict[str, Tensor]:
    """Return the optimizer's state, by the name of the parameter, a slash, and the name of the value."""
    return {
        f"{name}/{key}": tensor
        for name, parameter in network.named_parameters()
        for key, tensor in optimizer.state.get(parameter, {}).items()
        if tensor is not None
    }


def restore(optimizer: Optimizer, network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Restore the state that `state` returned.

    Raises:
        EngineError: The tensors, read from `path`, belong to another network.
    """
    stored = optimizer.state_dict()
    indices = {parameter: index for index, parameter in enumerate(optimizer.param_groups[0]["params"])}
    parameters = {name: parameter for name, parameter in network.named_parameters() if parameter in indices}
    restored: dict[int, dict[str, Tensor]] = {}
    for place, tensor in tensors.items():
        name, _, key = place.rpartition("/")
        parameter = parameters.get(name)
        if parameter is None or tensor.shape not in (parameter.shape, torch.Size()):
            raise EngineError(f"'{path}' has {place}, which does not fit the network", "start again with --overwrite")
        if tensor.shape == parameter.shape:  # copy into the memory layout of the parameter
            tensor = torch.empty_like(parameter).copy_(tensor).detach()  # noqa: PLW2901
        restored.setdefault(indices[parameter], {})[key] = tensor
    # torch knows on which device each value belongs: a fused optimizer wants even its step count on the GPU.
    optimizer.load_state_dict({**stored, "state": restored})
