"""Untrained engines for tests, with matching digests."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import safetensors.torch
import torch

from fervid import networks
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest


def write_engine(folder: Path, manifest: Manifest) -> Path:
    """Write an engine with untrained weights and return its folder."""
    torch.manual_seed(3)
    folder.mkdir()
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    safetensors.torch.save_file(tensors, folder / WEIGHTS)
    (folder / MANIFEST).write_text(manifest.dump())
    sign(folder)
    return folder


def sign(folder: Path) -> None:
    """Put the digest of the weights into the manifest."""
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    manifest = dataclasses.replace(Manifest.load(folder), sha256=digest)
    (folder / MANIFEST).write_text(manifest.dump())
