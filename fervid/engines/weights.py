"""Weights on disk, as safetensors files whose digest is checked before they are used."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import safetensors

from fervid.core.files import write_bytes
from fervid.core.regular_files import LARGE, read_regular
from fervid.errors import EngineError

if TYPE_CHECKING:
    from torch import Tensor, nn

_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
"""First bytes of pickles and of files written by ``torch.save``."""


def read(path: Path, sha256: str) -> dict[str, Tensor]:
    """Read the tensors in a file of weights.

    Args:
        path: Path of a safetensors file.
        sha256: Its expected SHA-256 digest.

    Returns:
        The tensors by name, on the CPU.

    Raises:
        EngineError: The file is missing or damaged, has another digest, or is a pickle, which is never loaded.
    """
    content = check(path, sha256)
    from safetensors import torch as files  # loads torch, which compiled engines do without

    try:
        return files.load(content)
    except safetensors.SafetensorError as error:
        raise EngineError(
            f"'{path}' is damaged or not a safetensors file ({error})", "export the engine again"
        ) from error


def check(path: Path, sha256: str) -> bytes:
    """Return the content of a file of weights, whose SHA-256 digest must be `sha256`.

    Raises:
        EngineError: The file is missing, has another digest, or is a pickle, which is never loaded.
    """
    try:
        content = read_regular(path, LARGE)
    except OSError as error:
        raise EngineError(f"'{path}' cannot be read ({error.strerror})", "restore it beside its manifest") from error
    if content.startswith(_PICKLES):
        raise EngineError(
            f"'{path}' is a PyTorch pickle, which fervid does not load because it could run code",
            "save its tensors with safetensors.torch.save_file",
        )
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EngineError(
            f"'{path}' does not have the SHA-256 digest in its manifest: it is damaged, or of another engine",
            "restore both files from their source",
        )
    return content


def write(path: Path, tensors: Mapping[str, Tensor], header: dict[str, str] | None = None) -> str:
    """Write tensors to a safetensors file.

    Args:
        path: Path of the file.
        tensors: Tensors by name, on any device and in any memory layout.
        header: Metadata for the header of the file.

    Returns:
        The SHA-256 digest of the file, 64 hexadecimal digits.

    Raises:
        OutputError: The file cannot be written; an existing one is left unchanged.
    """
    from safetensors import torch as files

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    content = files.save(plain, header)
    write_bytes(path, content)
    return hashlib.sha256(content).hexdigest()


def fit(network: nn.Module, tensors: Mapping[str, Tensor], path: Path, remedy: str) -> None:
    """Load weights into a network.

    Args:
        network: Network that receives the weights; it keeps its device and memory layout.
        tensors: Weights by name.
        path: File that they come from, for messages.
        remedy: Remedy if they do not fit.

    Raises:
        EngineError: A tensor is missing or unknown, or has another shape or dtype.
    """
    wanted = network.state_dict()
    for name, target in wanted.items():
        if name not in tensors:
            raise EngineError(f"'{path}' lacks the tensor {name}", remedy)
        found = tensors[name]
        if found.shape != target.shape:
            raise EngineError(
                f"'{path}' has {name} of shape {tuple(found.shape)}, but the network expects {tuple(target.shape)}",
                remedy,
            )
        if found.dtype != target.dtype:
            problem = f"'{path}' has {name} as {found.dtype}, but the network expects {target.dtype}"
            raise EngineError(problem, remedy)
    extra = sorted(set(tensors) - set(wanted))
    if extra:
        raise EngineError(f"'{path}' has the tensor {extra[0]}, which the network lacks", remedy)
    network.load_state_dict(dict(tensors))
