"""The folder of a trained engine, which `fervid.engines.load` takes: weights, manifest, model card and ONNX file."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch import Tensor

from fervid import networks
from fervid.core.files import make_folder, remove, write_text
from fervid.engines import weights
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import MissingPackageError
from fervid.evaluation import onnx_export
from fervid.evaluation.card import CardFacts, card

CARD: Final = "README.md"

_logger = logging.getLogger(__name__)


def write(folder: Path, manifest: Manifest, tensors: Mapping[str, Tensor], facts: CardFacts) -> None:
    """Write the weights, the manifest and the model card of a trained engine.

    Args:
        folder: Created if it is missing; its three files are replaced.
        manifest: The engine's manifest; the digest of the weights is filled in here.
        tensors: The network's weights by name.
        facts: Facts for the model card.

    Raises:
        OutputError: The folder cannot be written.
    """
    make_folder(folder)
    manifest = dataclasses.replace(manifest, sha256=weights.write(folder / WEIGHTS, tensors))
    write_text(folder / MANIFEST, manifest.dump())
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    write_text(folder / CARD, card(manifest, facts, parameters))


def write_onnx(folder: Path) -> None:
    """Write the engine in `folder` as ONNX beside its weights, or log a warning if the packages for it are missing.

    Raises:
        EngineError: The engine cannot be expressed in ONNX; see `fervid.evaluation.onnx_export`.
        OutputError: The file cannot be written.
    """
    path = folder / onnx_export.MODEL
    remove(path)  # an existing file may belong to other weights
    try:
        onnx_export.export(folder, path)
    except MissingPackageError as error:
        _logger.warning("%s was not written: %s", path, error)
