"""Every network by name: its size, its shape, and what a wrong name gets."""

from __future__ import annotations

import pytest
import torch

from fervid import networks
from fervid.errors import EngineError

PARAMETERS = {"emotionnet": 2_456_071}


@pytest.mark.parametrize("name", networks.NAMES)
def test_has_the_published_number_of_parameters(name: str) -> None:
    network = networks.create(name)
    assert sum(parameter.numel() for parameter in network.parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", networks.NAMES)
@pytest.mark.parametrize(("count", "classes", "channels"), [(1, 7, 1), (3, 8, 3), (0, 2, 1)])
def test_gives_one_logit_a_class(name: str, count: int, classes: int, channels: int) -> None:
    network = networks.create(name, classes, channels).eval()
    with torch.inference_mode():
        logits = network(torch.randn(count, channels, 48, 48))
    assert logits.shape == (count, classes)
    if count:
        assert (logits < 0).any(), "a softmax or ReLU at the end would hide negative logits"


def test_a_close_name_is_suggested() -> None:
    with pytest.raises(EngineError, match="did you mean emotionnet") as caught:
        networks.create("emotionet")
    assert "'emotionet'" in caught.value.problem


def test_a_name_like_no_other_gets_the_list() -> None:
    with pytest.raises(EngineError, match="choose one of emotionnet"):
        networks.create("zzz")
