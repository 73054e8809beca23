"""A small cut of real FER2013, as archives and in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fervid.training import fer2013
from fervid.training.dataset import DataSet
from fervid.training.recipe import Recipe

PARTS = {"training-0": 40, "training-1": 24, "public_test": 32, "private_test": 32}


@pytest.fixture(scope="session")
def archives(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of archives with the first faces of each real one: 64 to learn from, 32 and 32 to test."""
    folder = tmp_path_factory.mktemp("fer2013")
    for name, count in PARTS.items():
        with np.load(shared / "data" / "fer2013" / f"{name}.npz") as arrays:
            np.savez(folder / f"{name}.npz", images=arrays["images"][:count], fer_label=arrays["fer_label"][:count])
    return folder


@pytest.fixture(scope="session")
def small(archives: Path) -> DataSet:
    """The same in memory."""
    return fer2013.read(archives)


@pytest.fixture
def recipe() -> Recipe:
    """Two short epochs without augmentation."""
    return Recipe(name="short", network="emotionnet", epochs=2, batch=32, seed=7, max_rate=0.02)
