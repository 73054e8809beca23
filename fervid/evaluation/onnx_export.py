"""Engines as ONNX: one file that TensorRT, OpenVINO and ONNX Runtime read; needs ``fervid[onnx]``.

The graph takes ``images``, (N, channels, size, size) float32 that are normalised as the manifest says, and returns
``logits``, (N, classes) float32, to which the manifest's temperature is not applied yet; N is any number.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from fervid.core.files import write_bytes
from fervid.core.packages import require
from fervid.engines.backends.onnx_graph import INSTALL, graph
from fervid.engines.backends.pytorch import read_network
from fervid.engines.manifest import Manifest
from fervid.errors import EngineError

MODEL: Final = "model.onnx"
"""The file in an engine's folder."""

INPUT: Final = "images"
OUTPUT: Final = "logits"

TOLERANCE: Final = 1e-4
"""How far a logit may be from PyTorch's: this much, or this part of it."""

_BATCHES: Final = (1, 2, 5, 32)
_SEED: Final = 1


def export(folder: Path, path: Path) -> None:
    """Write the engine in `folder` as ONNX, checked against PyTorch.

    Args:
        folder: Holds the manifest and the weights.
        path: The file; replaced where it is there.

    Raises:
        EngineError: The engine is damaged, or cannot be expressed in ONNX, or ONNX Runtime answers otherwise than
            PyTorch; no file is written then.
        OutputError: The file cannot be written.
        MissingPackageError: onnx, onnxscript or onnxruntime is not installed.
    """
    manifest, network = read_network(folder)
    write(manifest, network, path)


def write(manifest: Manifest, network: nn.Module, path: Path) -> None:
    """The same for a network in memory, which is left in evaluation mode; errors are those of `export`."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        require(package, INSTALL)
    content = graph(
        network.eval().cpu().float(),
        _pictures(manifest, 2),
        name=manifest.name,
        input=INPUT,
        output=OUTPUT,
        properties=_properties(manifest),
    )
    _check(manifest, network, content)
    write_bytes(path, content)


def _check(manifest: Manifest, network: nn.Module, content: bytes) -> None:
    """Compare ONNX Runtime with PyTorch on noise, in batches of several sizes."""
    runtime: Any = require("onnxruntime", INSTALL)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    for count in _BATCHES:
        images = _pictures(manifest, count)
        with torch.inference_mode():
            wanted = network(images).numpy()
        (found,) = session.run([OUTPUT], {INPUT: images.numpy()})
        if not np.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE):
            furthest = float(np.abs(found - wanted).max())
            raise EngineError(
                f"ONNX Runtime's logits of {manifest.name} differ from PyTorch's by up to {furthest:.2g}",
                f"report it; no ONNX file was written, as more than {TOLERANCE:g} is too much",
            )


def _pictures(manifest: Manifest, count: int) -> torch.Tensor:
    """Noise of all brightnesses, normalised as the engine's pictures are."""
    spec = manifest.input
    noise = torch.rand(count, spec.channels, spec.size, spec.size, generator=torch.Generator().manual_seed(_SEED))
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
    return (noise - mean) / std


def _properties(manifest: Manifest) -> dict[str, str]:
    """What a user of the file alone must know, as texts."""
    spec = manifest.input
    return {
        "name": manifest.name,
        "network": manifest.network,
        "classes": json.dumps(manifest.classes),
        "colour": spec.colour,
        "mean": json.dumps(spec.mean),
        "std": json.dumps(spec.std),
        "temperature": str(manifest.temperature),
        "weights_sha256": manifest.sha256,
    }
