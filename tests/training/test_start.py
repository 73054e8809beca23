"""A training can begin with the weights of a trained engine."""

from __future__ import annotations

import pytest
import torch

from fervid import networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.engines import resolve
from fervid.engines.backends.pytorch import read_network
from fervid.errors import RecipeError
from fervid.training.start import begin


def test_a_start_from_other_classes_keeps_what_both_know() -> None:
    trained = read_network(resolve("emotionnet"))[1].state_dict()
    network = networks.create("emotionnet", len(FERPLUS))
    fresh = network.state_dict()["head.4.bias"].clone()
    begin(network, "emotionnet", "emotionnet", FERPLUS)
    bias = network.state_dict()["head.4.bias"]
    assert bias[FERPLUS.index("happy")] == trained["head.4.bias"][FER2013.index("happy")]
    assert bias[FERPLUS.index("contempt")] == fresh[FERPLUS.index("contempt")]
    assert torch.equal(network.state_dict()["features.0.weight"], trained["features.0.weight"])


def test_a_start_from_another_network() -> None:
    with pytest.raises(RecipeError, match="emotionnet has the network emotionnet, not fcnn"):
        begin(networks.create("fcnn"), "emotionnet", "fcnn", FER2013)
