"""Weights that were trained on ImageNet, from a user's own file into a ResNet of fervid."""

from __future__ import annotations

import logging
import pickle
import struct
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from fervid.errors import EngineError
from fervid.networks.resnet import ResNet

_log = logging.getLogger(__name__)

_STEM: Final = ("conv1.", "bn1.")
_CLASSES: Final = "fc."
_COUNTER: Final = ".num_batches_tracked"
"""Batch norm uses it only where it has no momentum; files from before torch 0.4.1 lack it."""

_DAMAGE: Final = (
    safetensors.SafetensorError,
    struct.error,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What reading a file raises of which bytes are missing or changed, beside `pickle.UnpicklingError`."""

_REMEDY: Final = "give the ImageNet weights of the same ResNet, as torchvision publishes them"


def load(network: nn.Module, path: Path) -> None:
    """Give a ResNet, or a network whose features a ResNet finds, the weights in a file.

    The layers have the names of torchvision's checkpoints. The last layer, ``fc``, keeps its fresh weights, for its
    classes are others. Where the network takes grey pictures, the three channels of the first convolution are summed:
    that gives what a picture with three equal channels would give. Where its first convolution is of another size (a
    small stem), the stem keeps its fresh weights, with a warning.

    Args:
        network: Takes the weights; keeps its device and its type of numbers.
        path: ``.safetensors``; or ``.pth`` or ``.pt``, of which tensors alone are read and no code is run.

    Raises:
        EngineError: The network has no ResNet; or the file is missing, damaged, holds other things than tensors, or
            is of another network. The network is as it was before.
    """
    target = getattr(network, "features", network)
    if not isinstance(target, ResNet):
        raise EngineError(
            f"{path} cannot be used: this network takes no ImageNet weights", "choose a ResNet, or train without them"
        )
    given = {name: tensor for name, tensor in _read(path).items() if not name.startswith(_CLASSES)}
    own = {name: tensor for name, tensor in target.state_dict().items() if not name.startswith(_CLASSES)}
    first = given.get("conv1.weight")
    if first is not None and first.ndim == own["conv1.weight"].ndim:
        if first.shape[2:] != own["conv1.weight"].shape[2:]:
            _log.warning("%s: its first convolution is of another size, so the stem begins fresh", path)
            given, own = _without_stem(given), _without_stem(own)
        elif first.shape[1] == 3 and target.conv1.in_channels == 1:
            given["conv1.weight"] = first.sum(dim=1, keepdim=True)
    _check(given, own, path)
    target.load_state_dict(given, strict=False)


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix not in (".safetensors", ".pth", ".pt"):
        raise EngineError(f"{path} is neither .safetensors nor .pth nor .pt", _REMEDY)
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        with warnings.catch_warnings():  # torch warns of a foreign pickle before it refuses it
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror or error})", "give the path of a file") from error
    except pickle.UnpicklingError as error:
        raise EngineError(
            f"{path} is damaged or holds more than tensors, which fervid never loads because it can run code", _REMEDY
        ) from error
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise EngineError(f"{path} is no whole {path.suffix} file ({reason})", _REMEDY) from error
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    ):
        raise EngineError(f"{path} does not hold tensors by name", "save network.state_dict() alone")
    return content


def _check(given: Mapping[str, Tensor], own: Mapping[str, Tensor], path: Path) -> None:
    for name, wanted in own.items():
        if name not in given:
            if name.endswith(_COUNTER):
                continue
            raise EngineError(f"{path} lacks the tensor {name}", _REMEDY)
        found = given[name]
        if found.shape != wanted.shape:
            shapes = f"in shape {tuple(found.shape)} where the network has {tuple(wanted.shape)}"
            raise EngineError(f"{path} has {name} {shapes}", _REMEDY)
        if found.is_floating_point() != wanted.is_floating_point():
            raise EngineError(f"{path} has {name} as {found.dtype} where the network has {wanted.dtype}", _REMEDY)
    unknown = sorted(set(given) - set(own))
    if unknown:
        raise EngineError(f"{path} has the tensor {unknown[0]}, which the network does not know", _REMEDY)


def _without_stem(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(_STEM)}
