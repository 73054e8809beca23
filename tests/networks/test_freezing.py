"""A frozen backbone stays the same to the last bit while the head above it learns."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from fervid import networks
from fervid.errors import EngineError

HEADS = {
    "resnet50-frozen": 624_135,
    "resnet101-frozen": 206_279,
    "resnet152-frozen": 2_626_567,
    "resnet18": 512 * 7 + 7,
    "resnet34-small": 512 * 7 + 7,
    "efficientnet-lite0": 1280 * 7 + 7,
    "emotionnet": 4608 * 512 + 512 + 512 * 7 + 7,
    "cnn6": 4608 * 256 + 256 + 256 * 7 + 7,
}
"""Numbers of parameters that learn when the backbone is frozen."""


def step(network: nn.Module, optimizer: torch.optim.Optimizer, size: int) -> None:
    optimizer.zero_grad()
    nn.functional.cross_entropy(network(torch.randn(4, 1, size, size)), torch.arange(4)).backward()
    optimizer.step()


def snapshot(network: nn.Module) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


@pytest.mark.parametrize("name", HEADS)
def test_only_the_head_is_trainable(name: str) -> None:
    with torch.device("meta"):
        network = networks.create(name)
    networks.freeze(network)
    assert sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad) == HEADS[name]


@pytest.mark.parametrize(
    ("name", "head", "optimizer"),
    [
        ("resnet50-frozen", "head.", lambda network: torch.optim.AdamW(network.parameters(), lr=0.01)),
        ("resnet18", "fc.", lambda network: torch.optim.SGD(network.parameters(), lr=0.01, weight_decay=0.1)),
        ("shallow-bn", "head.", lambda network: torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=0.1)),
    ],
)
def test_steps_change_the_head_alone(
    name: str, head: str, optimizer: Callable[[nn.Module], torch.optim.Optimizer]
) -> None:
    torch.manual_seed(2)
    network = networks.create(name)
    networks.freeze(network)
    before, chosen = snapshot(network), optimizer(network)
    for _ in range(3):
        network.eval()  # as after the evaluation of an epoch
        network.train()
        step(network, chosen, 48)
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, before[key]) != key.startswith(head), key


def test_dropout_is_active_in_the_head_and_not_in_the_backbone() -> None:
    network = networks.create("cnn6")
    networks.freeze(network)
    active = [name for name, part in network.train().named_modules() if isinstance(part, nn.Dropout) and part.training]
    assert active == ["head.3"]
    assert network.training
    assert not any(part.training for part in network.eval().modules())


def test_without_freezing_everything_changes() -> None:
    torch.manual_seed(2)
    network = networks.create("shallow-bn")
    before = snapshot(network)
    step(network, torch.optim.SGD(network.parameters(), lr=0.1), 48)
    assert not any(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())


@pytest.mark.parametrize("name", ["fcnn", "feedforward"])
def test_a_network_of_dense_layers_has_no_backbone(name: str) -> None:
    with pytest.raises(EngineError, match="no backbone to freeze"):
        networks.freeze(networks.create(name))
