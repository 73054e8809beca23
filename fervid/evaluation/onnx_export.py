"""Export of engines to ONNX files, which TensorRT, OpenVINO and ONNX Runtime read; needs ``fervid[onnx]``.

The input ``images`` is (N, channels, size, size) float32, normalised as the manifest says. The output ``logits`` is (N,
classes) float32, without the manifest's temperature. N is any number.
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
"""Name of the ONNX file in an engine's folder."""

INPUT: Final = "images"
OUTPUT: Final = "logits"

TOLERANCE: Final = 1e-4
"""Largest accepted difference of a logit from PyTorch's, both absolute and relative."""

_BATCHES: Final = (1, 2, 5, 32)
_SEED: Final = 1


def export(folder: Path, path: Path) -> None:
    """Export the trained engine in `folder` to an ONNX file, checked against PyTorch.

    Args:
        folder: Folder with the manifest and the weights.
        path: Path of the ONNX file; an existing one is replaced.

    Raises:
        EngineError: The engine is damaged, ONNX cannot express it, or the logits of ONNX Runtime differ from PyTorch's.
            No file is written.
        OutputError: The file cannot be written.
        MissingPackageError: onnx, onnxscript or onnxruntime is not installed.
    """
    manifest, network = read_network(folder)
    write(manifest, network, path)


def write(manifest: Manifest, network: nn.Module, path: Path) -> None:
    """Export a network to an ONNX file, as `export` does; the network is left in evaluation mode."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        require(package, INSTALL)
    content = graph(
        network.eval().cpu().float(),
        _noise(manifest, 2),
        name=manifest.name,
        input=INPUT,
        output=OUTPUT,
        properties=_properties(manifest),
    )
    _check(manifest, network, content)
    write_bytes(path, content)


def _check(manifest: Manifest, network: nn.Module, content: bytes) -> None:
    """Compare the logits of ONNX Runtime and PyTorch for noise, in batches of several sizes."""
    runtime: Any = require("onnxruntime", INSTALL)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    for count in _BATCHES:
        images = _noise(manifest, count)
        with torch.inference_mode():
            wanted = network(images).numpy()
        (found,) = session.run([OUTPUT], {INPUT: images.numpy()})
        if not np.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE):
            largest = float(np.abs(found - wanted).max())
            raise EngineError(
                f"ONNX Runtime's logits of '{manifest.name}' differ from PyTorch's by up to {largest:.2g}, more than "
                f"{TOLERANCE:g}, so no ONNX file was written",
                "report this as a bug",
            )


def _noise(manifest: Manifest, count: int) -> torch.Tensor:
    """Return (count, channels, size, size) images of uniform noise, normalised as the engine's input is."""
    spec = manifest.input
    noise = torch.rand(count, spec.channels, spec.size, spec.size, generator=torch.Generator().manual_seed(_SEED))
    mean, std = (torch.tensor(values).view(-1, 1, 1) for values in (spec.mean, spec.std))
    return (noise - mean) / std


def _properties(manifest: Manifest) -> dict[str, str]:
    """Return the metadata that users of the file need."""
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
