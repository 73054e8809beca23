"""Engines as ONNX: one file that TensorRT, OpenVINO and ONNX Runtime read; needs ``fervid[onnx]``.

The graph takes ``images``, (N, channels, size, size) float32 that are normalised as the manifest says, and returns
``logits``, (N, classes) float32, to which the manifest's temperature is not applied yet; N is any number.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from fervid.engines.manifest import Manifest
from fervid.engines.pytorch import read_network
from fervid.errors import EngineError
from fervid.files import write_bytes
from fervid.packages import require

MODEL: Final = "model.onnx"
"""The file in an engine's folder."""

INPUT: Final = "images"
OUTPUT: Final = "logits"

TOLERANCE: Final = 1e-4
"""How far a logit may be from PyTorch's: this much, or this part of it."""

_OPSET: Final = 18
_INSTALL: Final = "fervid[onnx]"
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
        require(package, _INSTALL)
    content = _graph(manifest, network.eval().cpu().float())
    _check(manifest, network, content)
    write_bytes(path, content)


def _graph(manifest: Manifest, network: nn.Module) -> bytes:
    onnx: Any = require("onnx", _INSTALL)
    with _quiet():
        try:
            program: Any = torch.onnx.export(
                network,
                (_pictures(manifest, 2),),  # of one picture, the exporter would take the number as fixed
                dynamo=True,
                input_names=[INPUT],
                output_names=[OUTPUT],
                dynamic_shapes=({0: torch.export.Dim("batch")},),
                opset_version=_OPSET,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise EngineError(f"{manifest.network} cannot be exported to ONNX ({reason})", "report it") from error
    model = program.model_proto
    _forget_origin(model)
    model.graph.name = manifest.name
    onnx.helper.set_model_props(model, _properties(manifest))
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _check(manifest: Manifest, network: nn.Module, content: bytes) -> None:
    """Compare ONNX Runtime with PyTorch on noise, in batches of several sizes."""
    runtime: Any = require("onnxruntime", _INSTALL)
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


def _forget_origin(model: Any) -> None:
    """Drop what the exporter notes about the source of each node: stack traces with paths of this machine."""
    graph = model.graph
    for part in (*graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer, graph):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's notes about operators of torchvision, and warnings about its own insides, from the user."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
