"""Multiply-adds are counted from the network itself."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fervid.networks.cost import Cost, multiply_adds


def test_a_network_small_enough_to_count_by_hand() -> None:
    network = nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),  # 4 channels of 8x8, each from 1 channel of 3x3
        nn.BatchNorm2d(4),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=4),  # 4 channels of 4x4, each from 1 of its group's 3x3
        nn.Conv2d(4, 6, 1),  # 6 channels of 4x4, each from 4 channels
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(6, 3),
    ).eval()
    by_hand = 4 * 8 * 8 * 9 + 4 * 4 * 4 * 9 + 6 * 4 * 4 * 4 + 6 * 3
    assert multiply_adds(network, 1, 8) == by_hand == 3282
    assert multiply_adds(network, 1, 8) == by_hand, "counting again counts the same"
    assert not any(layer._forward_hooks for layer in network.modules())


def test_a_layer_that_is_used_twice_counts_twice() -> None:
    layer = nn.Linear(8, 8, bias=False)
    assert multiply_adds(nn.Sequential(layer, layer), 1, 8) == 2 * 8 * 8 * 8


@pytest.mark.parametrize(
    ("name", "parameters", "millions"), [("compact", 2_719_975, "205"), ("emotionnet", 2_456_071, "24.3")]
)
def test_the_documented_costs(name: str, parameters: int, millions: str) -> None:
    cost = Cost.of(name, 7, 1, 48)
    assert (cost.parameters, cost.millions) == (parameters, millions)


def test_larger_and_coloured_images_cost_more() -> None:
    grey, large, coloured = Cost.of("compact", 7, 1, 48), Cost.of("compact", 7, 1, 96), Cost.of("compact", 8, 3, 48)
    assert large.multiply_adds == pytest.approx(4 * grey.multiply_adds, rel=0.001)
    assert large.parameters == grey.parameters < coloured.parameters
    assert torch.get_default_device().type == "cpu"
