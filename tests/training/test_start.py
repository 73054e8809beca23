"""A training can begin with the weights of a trained engine."""

from __future__ import annotations

from pathlib import Path

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


def test_a_start_from_a_file_of_imagenet_weights(tmp_path: Path) -> None:
    published = networks.create("resnet18", classes=1000, channels=3).state_dict()
    torch.save(published, tmp_path / "published.pth")
    network = networks.create("resnet18", len(FER2013), channels=3)
    begin(network, str(tmp_path / "published.pth"), "resnet18", FER2013)
    assert torch.equal(network.state_dict()["layer1.0.conv1.weight"], published["layer1.0.conv1.weight"])


def test_a_start_from_another_network() -> None:
    with pytest.raises(RecipeError, match="emotionnet has the network emotionnet, not fcnn"):
        begin(networks.create("fcnn"), "emotionnet", "fcnn", FER2013)
