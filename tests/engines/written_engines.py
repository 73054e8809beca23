"""Engines for the tests, whole and signed."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

import safetensors.torch
import torch

from fervid import networks
from fervid.engines.manifest import MANIFEST, WEIGHTS, Manifest


def write_engine(folder: Path, manifest: Manifest) -> Path:
    """Write a whole engine with weights that were never trained, and return its folder."""
    torch.manual_seed(3)
    folder.mkdir()
    network = networks.create(manifest.network, len(manifest.classes), manifest.input.channels)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    safetensors.torch.save_file(tensors, folder / WEIGHTS)
    (folder / MANIFEST).write_text(manifest.dump())
    sign(folder)
    return folder


def sign(folder: Path) -> None:
    """Let the manifest name the digest of the weights that are there."""
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    manifest = dataclasses.replace(Manifest.load(folder), sha256=digest)
    (folder / MANIFEST).write_text(manifest.dump())
