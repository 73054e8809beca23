"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fervid", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("fervid")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real clips and research data, which are not committed; a test that needs it fails without it."""
    folder = Path(os.environ.get("FERVID_TEST_DATA", ROOT.parent / "shared"))
    if not (folder / "videos").is_dir():
        pytest.fail(f"no real clips in {folder}/videos; FERVID_TEST_DATA names the folder that holds videos/ and data/")
    return folder


@pytest.fixture(scope="session")
def videos(shared: Path) -> Path:
    """The real clips and their labels."""
    return shared / "videos"


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder with MediaPipe's detector models, fetched by fervid itself where they are not there yet."""
    from fervid.detect import assets

    return assets.find("mediapipe").parent
