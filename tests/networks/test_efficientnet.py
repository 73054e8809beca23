"""EfficientNet-Lite0 has the layers of the published one, and its ImageNet weights see what is in a photo."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
import skimage.data
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from fervid import networks
from fervid.networks import imagenet, pretrained
from fervid.networks.efficientnet import Margin

NORM = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
CATS = {281, 282, 285}
"""ImageNet's classes tabby, tiger cat and Egyptian cat."""

ESPRESSO = 967


def published_names() -> list[str]:
    """Return the names of the tensors in the published file, but for the last layer."""
    names = ["_conv_stem.weight", *(f"_bn0.{part}" for part in NORM)]
    for block in range(16):
        at = f"_blocks.{block}"
        if block > 0:
            names += [f"{at}._expand_conv.weight", *(f"{at}._bn0.{part}" for part in NORM)]
        names += [f"{at}._depthwise_conv.weight", *(f"{at}._bn1.{part}" for part in NORM)]
        names += [f"{at}._project_conv.weight", *(f"{at}._bn2.{part}" for part in NORM)]
    return [*names, "_conv_head.weight", *(f"_bn1.{part}" for part in NORM)]


def as_published(network: nn.Module) -> dict[str, Tensor]:
    """Return the tensors of a network with the published names."""
    own = [tensor for name, tensor in network.state_dict().items() if not name.startswith("fc.")]
    return dict(zip(published_names(), own, strict=True))


def test_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        network = networks.create("efficientnet-lite0", classes=1000, channels=3)
    assert sum(parameter.numel() for parameter in network.parameters()) == 4_652_008


def test_a_file_with_the_published_names_is_loaded_for_grey_images(tmp_path: Path) -> None:
    colour, grey = (networks.create("efficientnet-lite0", channels=channels).eval() for channels in (3, 1))
    published = as_published(colour) | {"_fc.weight": torch.zeros(1000, 1280), "_fc.bias": torch.zeros(1000)}
    torch.save(published, tmp_path / "published.pth")
    fresh = {name: tensor.clone() for name, tensor in grey.state_dict().items()}
    pretrained.load(grey, tmp_path / "published.pth")
    for (name, found), wanted in zip(grey.state_dict().items(), published.values(), strict=False):
        if name.startswith("fc."):
            assert torch.equal(found, fresh[name])
        elif name == "conv_stem.weight":
            assert torch.equal(found, wanted.sum(1, keepdim=True))
        else:
            assert torch.equal(found, wanted), name


@pytest.mark.parametrize("side", [3, 5])
@pytest.mark.parametrize("length", [7, 12, 48])
def test_pads_as_tensorflow_does(side: int, length: int) -> None:
    missing = max(0, (-(-length // 2) - 1) * 2 + side - length)
    before, after = missing // 2, missing - missing // 2
    images = torch.randn(1, 2, length, length)
    torch.testing.assert_close(Margin(side)(images), F.pad(images, (before, after, before, after)))


@pytest.mark.parametrize(("photo", "classes"), [("chelsea.png", CATS), ("coffee.png", {ESPRESSO})])
def test_the_imagenet_weights_name_what_is_in_a_photo(photo: str, classes: set[int]) -> None:
    path = imagenet.located("efficientnet-lite0")
    if path is None:
        pytest.skip("the ImageNet weights of efficientnet-lite0 were never fetched on this machine")
    network = networks.create("efficientnet-lite0", classes=1000, channels=3).eval()
    pretrained.load(network, path)
    last = torch.load(path, weights_only=True)
    network.get_submodule("fc.1").load_state_dict({"weight": last["_fc.weight"], "bias": last["_fc.bias"]})
    image = cv2.cvtColor(cv2.imread(str(Path(skimage.data.__file__).with_name(photo))), cv2.COLOR_BGR2RGB)
    side = min(image.shape[:2])
    top, left = (image.shape[0] - side) // 2, (image.shape[1] - side) // 2
    image = cv2.resize(image[top : top + side, left : left + side], (224, 224), interpolation=cv2.INTER_AREA)
    with torch.inference_mode():
        logits = network((torch.from_numpy(image).permute(2, 0, 1)[None].float() - 127) / 128)
    assert int(logits.argmax()) in classes
