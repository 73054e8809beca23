"""Every network has its size and shape, all of it learns, and a wrong name gets a suggestion."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

from fervid import networks
from fervid.errors import EngineError

PARAMETERS = {
    "compact": 2_719_975,
    "swift": 684_431,
    "fcnn": 305_607,
    "feedforward": 3_050_247,
    "simple-conv": 63_623,
    "eda-cnn": 428_935,
    "emotionnet": 2_456_071,
    "fcn4": 241_950,
    "lasagne96": 3_641_191,
    "cnn6": 1_469_031,
    "shallow-bn": 276_999,
    "deep-bn": 4_298_951,
    "resnet18": 11_173_831,
    "resnet34": 21_281_991,
    "resnet50": 23_516_103,
    "resnet101": 42_508_231,
    "resnet152": 58_151_879,
    "resnet18-small": 11_171_271,
    "resnet34-small": 21_279_431,
    "resnet50-small": 23_513_543,
    "resnet101-small": 42_505_671,
    "resnet152-small": 58_149_319,
    "efficientnet-lite0": 3_379_399,
    "resnet50-frozen": 24_125_895,
    "resnet101-frozen": 42_700_167,
    "resnet152-frozen": 60_764_103,
}
"""Numbers of parameters for grey images and seven classes, backbones included."""

WIDE = {"lasagne96", "deep-bn", "efficientnet-lite0"}
"""Networks for images of 96x96."""

DEEP = {name for name in networks.NAMES if "101" in name or "152" in name}
"""Networks that take long to initialise; they consist of the same blocks as the ResNets of 50 layers."""

BATCH = 8


@cache
def shapes(name: str, classes: int = 7, channels: int = 1) -> nn.Module:
    """Return a network without values, so that even 152 layers are quick to build."""
    with torch.device("meta"):
        return networks.create(name, classes, channels).eval()


@pytest.mark.parametrize("name", networks.NAMES)
def test_has_the_published_number_of_parameters(name: str) -> None:
    assert sum(parameter.numel() for parameter in shapes(name).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", networks.NAMES)
@pytest.mark.parametrize(("classes", "channels"), [(7, 1), (8, 3)])
def test_returns_one_logit_a_class(name: str, classes: int, channels: int) -> None:
    images = torch.empty(3, channels, networks.size(name), networks.size(name), device="meta")
    assert shapes(name, classes, channels)(images).shape == (3, classes)


@pytest.mark.parametrize("name", networks.NAMES)
def test_knows_its_natural_size(name: str) -> None:
    assert networks.size(name) == (96 if name in WIDE else 48)


@pytest.mark.parametrize("name", [name for name in networks.NAMES if name not in DEEP])
def test_every_parameter_learns_and_logits_are_unbounded(name: str) -> None:
    torch.manual_seed(1)
    network = networks.create(name)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)  # at an initial 0, the layers below learn only from the second step on
    size = 16 if name.endswith("-small") else networks.size(name)  # a ResNet takes any size
    logits = network(torch.randn(BATCH, 1, size, size))
    nn.functional.cross_entropy(logits, torch.arange(BATCH) % 7).backward()
    stuck = [key for key, parameter in network.named_parameters() if parameter.grad is None or not parameter.grad.any()]
    assert not stuck, "no gradient reaches these"
    if name != "fcn4":
        assert (logits < 0).any(), "a softmax or ReLU at the end would hide negative logits"


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("resnet18", (16, 97, 224)),
        ("resnet50-small", (16, 97, 224)),
        ("resnet152-frozen", (16, 97, 224)),
        ("efficientnet-lite0", (16, 48, 97, 224)),
        ("compact", (16, 64, 96, 224)),
    ],
)
def test_some_take_images_of_other_sizes(name: str, sizes: tuple[int, ...]) -> None:
    for size in sizes:
        assert shapes(name)(torch.empty(1, 1, size, size, device="meta")).shape == (1, 7)


def test_the_same_seed_gives_the_same_weights() -> None:
    drawn = []
    for _ in range(2):
        torch.manual_seed(5)
        drawn.append(networks.create("feedforward").state_dict())
    assert all(torch.equal(value, drawn[1][name]) for name, value in drawn[0].items())


@pytest.mark.parametrize("look_up", [networks.create, networks.size])
def test_a_close_name_is_suggested(look_up: Callable[[str], object]) -> None:
    with pytest.raises(EngineError, match="did you mean emotionnet") as caught:
        look_up("emotionet")
    assert "'emotionet'" in caught.value.problem


def test_an_unknown_name_gets_the_list() -> None:
    with pytest.raises(EngineError, match=r"choose one of compact, .*emotionnet, .*resnet152-frozen"):
        networks.create("zzz")


def test_the_document_has_the_table_of_the_networks_as_they_are(root: Path) -> None:
    text = (root / "docs" / "networks.md").read_text(encoding="utf-8")
    renewed = runpy.run_path(str(root / "docs" / "make_networks.py"))["renewed"](text)
    assert text == renewed, "run python docs/make_networks.py"


def test_the_document_describes_every_network(root: Path) -> None:
    layers = (root / "docs" / "networks.md").read_text(encoding="utf-8").split("## Layers")[1]
    for name in networks.NAMES:
        family = "resnet152-small" if name.endswith("-small") else "resnet152"
        assert f"`{name}`" in layers or (name.startswith("resnet") and f"`{family}`" in layers), name
