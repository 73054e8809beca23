"""Every network runs in an engine, on crops such as the pipeline cuts."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fervid import networks
from fervid.core.emotions import FER2013, FERPLUS
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.manifest import InputSpec, Manifest
from fervid.errors import EngineError

LIGHT = [name for name in networks.NAMES if "101" not in name and "152" not in name]
"""Networks that are quick to initialise; deeper ResNets consist of the same blocks and take seconds."""


def engine(name: str, classes: tuple[str, ...], size: int, colour: str) -> PyTorchEngine:
    channels = {"grey": 1, "rgb": 3}[colour]
    manifest = Manifest(
        name="tried",
        network=name,
        classes=classes,
        input=InputSpec(size, colour, (0.5,) * channels, (0.25,) * channels),
        temperature=1.5,
        data_set="none",
        recipe="none",
        accuracy={},
        sha256="0" * 64,
        fervid="0.1.0",
    )
    torch.manual_seed(4)
    return PyTorchEngine(manifest, networks.create(name, len(classes), channels), torch.device("cpu"))


@pytest.mark.parametrize(
    ("name", "classes", "colour"),
    [
        *((name, FER2013, "grey") for name in LIGHT),
        *((name, FERPLUS, "rgb") for name in ("compact", "emotionnet", "deep-bn", "lasagne96", "resnet50-frozen")),
    ],
)
def test_classifies_crops_of_its_natural_size(name: str, classes: tuple[str, ...], colour: str) -> None:
    tried = engine(name, classes, networks.size(name), colour)
    spec = tried.manifest.input
    crops = np.random.default_rng(2).integers(0, 256, (3, spec.channels, spec.size, spec.size), np.uint8)
    rows = tried.classify(crops)
    assert rows.shape == (3, len(classes))
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-5)
    assert rows.min() > 0
    assert tried.classify(crops[:0]).shape == (0, len(classes))


def test_a_resnet_in_colour_at_another_size() -> None:
    rows = engine("resnet18", FER2013, 96, "rgb").classify(np.full((2, 3, 96, 96), 99, np.uint8))
    assert rows.shape == (2, 7)


@pytest.mark.parametrize("name", ["emotionnet", "lasagne96"])
def test_a_size_that_the_network_does_not_take_is_one_line(name: str) -> None:
    with pytest.raises(EngineError, match=f"the network '{name}' does not run on images of 64x64"):
        engine(name, FER2013, 64, "grey")
