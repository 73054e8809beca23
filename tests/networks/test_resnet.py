"""ResNets have the names, shapes and numbers of parameters of torchvision's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from fervid import networks

STANDARD = {18: 11_689_512, 34: 21_797_672, 50: 25_557_032, 101: 44_549_160, 152: 60_192_808}
"""Numbers of parameters with three channels and the thousand classes of ImageNet."""

BLOCKS = {18: (2, 2, 2, 2), 50: (3, 4, 6, 3)}
CONVOLUTIONS = {18: 2, 50: 3}
"""Numbers of convolutions in a block."""

NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def imagenet(name: str) -> nn.Module:
    with torch.device("meta"):
        return networks.create(name, classes=1000, channels=3)


def torchvisions_names(depth: int) -> list[str]:
    names = ["conv1.weight", *(f"bn1.{part}" for part in NORM)]
    for layer, blocks in enumerate(BLOCKS[depth], start=1):
        for block in range(blocks):
            at = f"layer{layer}.{block}"
            for number in range(1, CONVOLUTIONS[depth] + 1):
                names += [f"{at}.conv{number}.weight", *(f"{at}.bn{number}.{part}" for part in NORM)]
            # The first block of a layer changes the shape, except in layer1 of a ResNet whose blocks keep their width.
            if block == 0 and (layer > 1 or depth == 50):
                names += [f"{at}.downsample.0.weight", *(f"{at}.downsample.1.{part}" for part in NORM)]
    return [*names, "fc.weight", "fc.bias"]


@pytest.mark.parametrize("depth", STANDARD)
def test_has_the_standard_number_of_parameters(depth: int) -> None:
    assert sum(parameter.numel() for parameter in imagenet(f"resnet{depth}").parameters()) == STANDARD[depth]


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnet18-small", "resnet50-small"])
def test_has_torchvisions_names_in_their_order(name: str) -> None:
    depth = int(name.removeprefix("resnet").removesuffix("-small"))
    assert list(imagenet(name).state_dict()) == torchvisions_names(depth)


def test_some_shapes_of_torchvisions_resnet50() -> None:
    shapes = {name: tuple(tensor.shape) for name, tensor in imagenet("resnet50").state_dict().items()}
    assert shapes["conv1.weight"] == (64, 3, 7, 7)
    assert shapes["layer1.0.downsample.0.weight"] == (256, 64, 1, 1)
    assert shapes["layer2.0.conv2.weight"] == (128, 128, 3, 3)
    assert shapes["layer4.2.conv3.weight"] == (2048, 512, 1, 1)
    assert shapes["fc.weight"] == (1000, 2048)


@pytest.mark.parametrize(("name", "side"), [("resnet18", 2), ("resnet50", 2), ("resnet18-small", 6)])
def test_the_small_stem_keeps_more_of_a_small_image(name: str, side: int) -> None:
    network = imagenet(name).eval()
    seen: list[torch.Size] = []
    network.get_submodule("layer4").register_forward_hook(lambda _module, _inputs, output: seen.append(output.shape))
    network(torch.empty(1, 3, 48, 48, device="meta"))
    assert seen[0][2:] == (side, side)


def test_the_middle_convolution_of_a_bottleneck_has_the_stride() -> None:
    first = imagenet("resnet50").get_submodule("layer2.0")
    strides = [module.stride for module in first.children() if isinstance(module, nn.Conv2d)]
    assert strides == [(1, 1), (2, 2), (1, 1)]
