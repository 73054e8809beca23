"""The average follows what learns, and nothing else."""

from __future__ import annotations

import torch
from torch import nn

from fervid import networks
from fervid.training.average import Average


def moved(network: nn.Module) -> nn.Module:
    """Add 1 to every weight of a network."""
    with torch.no_grad():
        for tensor in network.state_dict().values():
            tensor.add_(1)
    return network


def test_the_average_moves_towards_the_weights() -> None:
    network = networks.create("simple-conv")
    average = Average(network, 1.0)
    before = dict(average.best)
    moved(network)
    average.follow(step=1_000_000, batches=4)
    for name, tensor in average.network.state_dict().items():
        expected = before[name] + 0.25 if tensor.is_floating_point() else before[name]
        torch.testing.assert_close(tensor, expected)


def test_what_is_frozen_is_not_averaged() -> None:
    network = networks.create("resnet50-frozen")
    networks.freeze(network)
    average = Average(network, 1.0)
    moved(network)
    average.follow(step=0, batches=4)
    changed = {
        name.partition(".")[0]
        for name, tensor in average.network.state_dict().items()
        if not torch.equal(tensor, average.best[name])
    }
    assert changed == {network.HEAD}


def test_without_averaging_an_epoch_ends_with_the_weights_as_they_are() -> None:
    network = networks.create("simple-conv")
    average = Average(network, 0.0)
    moved(network)
    average.follow(step=0, batches=4)
    average.end_epoch()
    for name, tensor in network.state_dict().items():
        assert torch.equal(average.network.state_dict()[name], tensor)
    assert not torch.equal(average.best["features.0.weight"], network.state_dict()["features.0.weight"])
