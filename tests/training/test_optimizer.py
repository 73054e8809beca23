"""An optimizer's state survives saving and restoring, on the device and in the layout of the parameters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from fervid.training import optimizer
from fervid.training.recipe import OPTIMIZERS, Recipe


def network(device: str) -> nn.Module:
    """Return a small network in the memory layout that a training uses."""
    torch.manual_seed(1)
    whole = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Flatten(), nn.Linear(4, 2)).to(device)
    return whole.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def trained(recipe: Recipe) -> tuple[nn.Module, torch.optim.Optimizer]:
    """Return a network after one step of training, and its optimizer."""
    whole = network("cpu")
    made = optimizer.create(recipe, whole.parameters())
    whole(torch.ones(2, 1, 3, 3)).square().sum().backward()
    made.step()
    return whole, made


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_all_of_the_state_moves_to_the_device_of_the_network(recipe: Recipe, name: str) -> None:
    recipe = recipe.replace(optimizer=name)
    whole, made = trained(recipe)
    elsewhere = network("meta")
    restored = optimizer.create(recipe, elsewhere.parameters())
    optimizer.restore(restored, elsewhere, optimizer.state(made, whole), Path("run.safetensors"))
    devices = {place: tensor.device.type for place, tensor in optimizer.state(restored, elsewhere).items()}
    assert devices
    assert set(devices.values()) == {"meta"}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_restored_state_has_the_same_values_and_layout(recipe: Recipe, name: str) -> None:
    recipe = recipe.replace(optimizer=name)
    whole, made = trained(recipe)
    again = network("cpu")
    restored = optimizer.create(recipe, again.parameters())
    stored = {place: tensor.contiguous() for place, tensor in optimizer.state(made, whole).items()}  # as in a file
    optimizer.restore(restored, again, stored, Path("run.safetensors"))
    for place, tensor in optimizer.state(restored, again).items():
        assert torch.equal(tensor, stored[place])
    for parameter, state in restored.state.items():
        assert all(tensor.stride() == parameter.stride() for tensor in state.values() if tensor.ndim)
