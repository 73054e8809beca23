"""Weights on disk: safetensors alone, written whole, and checked before a network takes them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors

from fervid.core.files import write_bytes
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import Tensor, nn

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""How files of ``torch.save``, and pickles, begin."""


def read(path: Path, sha256: str) -> dict[str, Tensor]:
    """Read tensors whose file is known by its digest.

    Args:
        path: A safetensors file.
        sha256: What its digest must be.

    Returns:
        The tensors by name, on the CPU.

    Raises:
        EngineError: The file is missing, is another one, is damaged, or is a pickle, which is never loaded.
    """
    content = check(path, sha256)
    from safetensors import torch as files  # and torch with it, which a compiled engine does without

    try:
        return files.load(content)
    except safetensors.SafetensorError as error:
        raise EngineError(f"{path} is not a whole safetensors file ({error})", "export the engine again") from error


def check(path: Path, sha256: str) -> bytes:
    """The content of a file of weights, whose digest must be `sha256`.

    Raises:
        EngineError: The file is missing, is another one, is damaged, or is a pickle, which is never loaded.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EngineError(f"{path} cannot be read ({error.strerror})", "restore it beside its manifest") from error
    if content.startswith(_PICKLES):
        raise EngineError(
            f"{path} is a PyTorch pickle, which fervid never loads because it can run code",
            "save its tensors with safetensors.torch.save_file",
        )
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EngineError(
            f"{path} does not have the sha256 that its manifest names: it is damaged, or of another engine",
            "restore both files from where they came",
        )
    return content


def write(path: Path, tensors: Mapping[str, Tensor], header: dict[str, str] | None = None) -> str:
    """Write tensors as safetensors.

    Args:
        path: The file.
        tensors: By name, on any device, in any layout.
        header: Texts for the file's header.

    Returns:
        The sha256 of the file, as 64 hexadecimal digits.

    Raises:
        OutputError: It cannot be written; what was there before is untouched.
    """
    from safetensors import torch as files

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = files.save(plain, header)
    write_bytes(path, content)
    return hashlib.sha256(content).hexdigest()


def fit(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, remedy: str) -> None:
    """Give `network` its weights.

    Args:
        network: Takes the values; keeps its own device and layout.
        tensors: By name.
        path: Where they come from, for the message.
        remedy: What to do where they do not fit.

    Raises:
        EngineError: A tensor is missing, too many, of another shape or of another type.
    """
    wanted = network.state_dict()
    for name, target in wanted.items():
        if name not in tensors:
            raise EngineError(f"{path} lacks the tensor {name}", remedy)
        found = tensors[name]
        if found.shape != target.shape:
            raise EngineError(
                f"{path} has {name} in shape {tuple(found.shape)} where the network has {tuple(target.shape)}", remedy
            )
        if found.dtype != target.dtype:
            raise EngineError(f"{path} has {name} as {found.dtype} where the network has {target.dtype}", remedy)
    extra = sorted(set(tensors) - set(wanted))
    if extra:
        raise EngineError(f"{path} has the tensor {extra[0]}, which the network does not know", remedy)
    network.load_state_dict(dict(tensors))
