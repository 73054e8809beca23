"""ImageNet weights from a file, loaded into a network."""

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

from fervid.core.regular_files import LARGE, check_regular
from fervid.errors import EngineError
from fervid.networks.base import Published

_log = logging.getLogger(__name__)

_COUNTER: Final = ".num_batches_tracked"
"""Suffix of a counter that batch norm ignores when it has a momentum; files from before torch 0.4.1 lack it."""

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
"""Exceptions raised by reading a damaged file, besides `pickle.UnpicklingError`."""

_REMEDY: Final = "give the published ImageNet weights of the same network"


def load(network: nn.Module, path: Path) -> None:
    """Load the weights in a file into a network, or into its backbone.

    The file names its layers as the published checkpoints do: torchvision's for a ResNet. The last layer keeps its
    fresh weights, because its classes differ. If the network takes grey images, the three channels of the first
    convolution are summed, which equals feeding it an image with three equal channels. If the first convolution is of
    another size (a small stem), the stem keeps its fresh weights and a warning is logged.

    Args:
        network: Network that receives the weights; it keeps its device and dtype.
        path: A ``.safetensors``, ``.pth`` or ``.pt`` file. Of the latter two only tensors are read; no code is run.

    Raises:
        EngineError: There are no ImageNet weights for this network, or the file is missing or damaged, holds more than
            tensors, or belongs to another network. The network is left unchanged.
    """
    target = getattr(network, "features", network)
    if not isinstance(target, Published):
        raise EngineError(
            f"this network cannot take the ImageNet weights of '{path}'",
            "choose a ResNet or efficientnet-lite0, or train without them",
        )
    given = {target.own_name(name): tensor for name, tensor in _read(path).items()}
    given, own = (_without(tensors, f"{target.HEAD}.") for tensors in (given, target.state_dict()))
    name = f"{target.STEM[0]}weight"
    first = given.get(name)
    if first is not None and first.ndim == own[name].ndim:
        if first.shape[2:] != own[name].shape[2:]:
            _log.warning("the first convolution of '%s' has another size, so the stem keeps its fresh weights", path)
            given, own = _without(given, *target.STEM), _without(own, *target.STEM)
        elif first.shape[1] == 3 and own[name].shape[1] == 1:
            given[name] = first.sum(dim=1, keepdim=True)
    _check(given, own, path)
    target.load_state_dict(given, strict=False)


def _read(path: Path) -> dict[str, Tensor]:
    if path.suffix not in (".safetensors", ".pth", ".pt"):
        raise EngineError(f"'{path}' is not a .safetensors, .pth or .pt file", _REMEDY)
    try:
        check_regular(path, LARGE)
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        with warnings.catch_warnings():  # torch warns about an unsafe pickle before it rejects it
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise EngineError(
            f"'{path}' cannot be read ({error.strerror or error})", "give the path of a file of weights"
        ) from error
    except pickle.UnpicklingError as error:
        raise EngineError(
            f"'{path}' is damaged, or holds more than tensors, which fervid does not load because it could run code",
            _REMEDY,
        ) from error
    except _DAMAGE as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise EngineError(f"'{path}' is damaged or not a {path.suffix} file ({reason})", _REMEDY) from error
    if not isinstance(content, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in content.items()
    ):
        raise EngineError(f"'{path}' is not a mapping of names to tensors", "save network.state_dict() alone")
    return content


def _check(given: Mapping[str, Tensor], own: Mapping[str, Tensor], path: Path) -> None:
    for name, wanted in own.items():
        if name not in given:
            if name.endswith(_COUNTER):
                continue
            raise EngineError(f"'{path}' lacks the tensor {name}", _REMEDY)
        found = given[name]
        if found.shape != wanted.shape:
            shapes = f"of shape {tuple(found.shape)}, but the network expects {tuple(wanted.shape)}"
            raise EngineError(f"'{path}' has {name} {shapes}", _REMEDY)
        if found.is_floating_point() != wanted.is_floating_point():
            raise EngineError(f"'{path}' has {name} as {found.dtype}, but the network expects {wanted.dtype}", _REMEDY)
    unknown = sorted(set(given) - set(own))
    if unknown:
        raise EngineError(f"'{path}' has the tensor {unknown[0]}, which the network lacks", _REMEDY)


def _without(tensors: Mapping[str, Tensor], *beginnings: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if not name.startswith(beginnings)}
