"""The folder of a trained engine, which `fervid.engines.load` takes: weights, manifest, model card and ONNX file."""

from __future__ import annotations

import dataclasses
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from torch import Tensor

from fervid import networks
from fervid.core.files import make_folder, remove, write_text
from fervid.core.whole_folders import replacing_alone, replacing_folder
from fervid.engines import weights
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest
from fervid.errors import MissingPackageError
from fervid.evaluation import onnx_export
from fervid.evaluation.card import CardFacts, card

CARD: Final = "README.md"

_logger = logging.getLogger(__name__)


def write(folder: Path, manifest: Manifest, tensors: Mapping[str, Tensor], facts: CardFacts) -> None:
    """Write the weights, the manifest and the model card of a trained engine.

    The folder is replaced as a whole, so that weights and manifest belong together, also when the process is killed.

    Args:
        folder: Created if it is missing. Files of other names stay, except the ONNX file of earlier weights.
        manifest: The engine's manifest; the digest of the weights is filled in here.
        tensors: The network's weights by name.
        facts: Facts for the model card.

    Raises:
        OutputError: The folder cannot be written.
    """
    make_folder(folder.parent)
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    with replacing_alone(folder, _log_busy), replacing_folder(folder) as new:
        manifest = dataclasses.replace(manifest, sha256=weights.write(new / WEIGHTS, tensors))
        write_text(new / MANIFEST, manifest.dump())
        write_text(new / CARD, card(manifest, facts, parameters))
        _copy_others(folder, new)


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


def _copy_others(folder: Path, new: Path) -> None:
    """Copy what a user has put into the folder of an engine."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name in (WEIGHTS, MANIFEST, CARD, onnx_export.MODEL):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, new / path.name, symlinks=True)
        else:
            shutil.copy2(path, new / path.name, follow_symlinks=False)


def _log_busy(owner: str) -> None:
    _logger.info("waiting for %s, which writes the same engine", owner)
