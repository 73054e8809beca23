"""A class of which the network is too sure, or too unsure, is put right by the last layer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from fervid import networks
from fervid.core.emotions import FER2013
from fervid.data.dataset import PRIVATE_TEST, PUBLIC_TEST, Split
from fervid.engines.manifest import InputSpec, Manifest
from fervid.errors import DataError
from fervid.training.class_scaling import fit, scaled


def manifest(network: str) -> Manifest:
    return Manifest(
        name="mine",
        network=network,
        classes=FER2013,
        input=InputSpec(48, "grey", (0.5,), (0.25,)),
        temperature=1.0,
        data_set="",
        recipe="",
        accuracy={},
        sha256="",
        fervid="",
    )


def labels_of(logits: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return a label for each row, drawn with the row's own probabilities."""
    chances = softmax(logits, axis=1).cumsum(1)
    drawn: np.ndarray = (random.random((len(logits), 1)) > chances[:, :-1]).sum(1)
    return drawn


def test_scales_and_biases_that_were_applied_are_found_again() -> None:
    random = np.random.default_rng(1)
    true = random.normal(0, 2, (40_000, 3))
    scale, bias = np.array([2.0, 1.0, 0.5]), np.array([0.5, 0.0, -0.5])
    found_scale, found_bias = fit((true - bias) / scale, labels_of(true, random))
    np.testing.assert_allclose(found_scale, scale, atol=0.06)
    np.testing.assert_allclose(found_bias - found_bias.mean(), bias, atol=0.06)


def test_a_few_faces_hardly_change_anything() -> None:
    random = np.random.default_rng(1)
    scale, bias = fit(random.normal(0, 1, (5, 3)), np.array([0, 1, 2, 0, 1]))
    assert abs(scale - 1).max() < 0.3
    assert abs(bias).max() < 0.3


def faces(usage: str) -> Split:
    """Return noise, every image of which is labelled 0."""
    images = np.random.default_rng(1).integers(0, 256, (64, 1, 48, 48), dtype=np.uint8)
    return Split(usage, images, np.zeros(64, np.int64))


@pytest.mark.parametrize("name", ["fcnn", "swift"])
def test_only_the_last_layer_changes(name: str) -> None:
    torch.manual_seed(1)
    network = networks.create(name).eval()
    before = network.state_dict()
    after = scaled(manifest(name), before, faces(PUBLIC_TEST), torch.device("cpu"))
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed == set(networks.last_layer(network))
    images = torch.rand(8, 1, 48, 48)
    with torch.inference_mode():
        unsure = network(images).softmax(1)[:, 0]
        network.load_state_dict(after)
        assert (network(images).softmax(1)[:, 0] > unsure).all(), "every face of public_test bore this label"


def test_the_test_set_is_refused() -> None:
    with pytest.raises(DataError, match="private_test must not be used as public_test"):
        scaled(manifest("fcnn"), networks.create("fcnn").state_dict(), faces(PRIVATE_TEST), torch.device("cpu"))
