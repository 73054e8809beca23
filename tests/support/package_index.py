"""A pytest plugin with a package index of our own, for what fervid fetches."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

MEDIAPIPE = "mediapipe-0.10.21-cp311-cp311-manylinux_2_28_x86_64"
"""The wheel that holds the models of the face detectors."""

Offer = Callable[..., None]
"""Puts a wheel with these files into the index, or none for None: ``offer(files, folder, wheel)``."""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Offer:
    """Make pip know one folder alone, and return a function that puts a wheel into it."""
    packages = tmp_path / "index"
    packages.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(packages))

    def offer(
        files: dict[str, bytes] | None, folder: str = "mediapipe/modules/face_detection", wheel: str = MEDIAPIPE
    ) -> None:
        if files is None:
            return
        name, version, tag = wheel.split("-", 2)
        about = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(packages / f"{wheel}.whl", "w") as archive:
            archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            archive.writestr(f"{about}/WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n")
            archive.writestr(f"{about}/RECORD", "")
            for file, content in files.items():
                archive.writestr(f"{folder}/{file}", content)

    return offer
