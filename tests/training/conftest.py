"""What the tests of training share."""

from __future__ import annotations

import pytest

from fervid.training.recipe import Recipe


@pytest.fixture
def recipe() -> Recipe:
    """Two short epochs without augmentation."""
    return Recipe(name="short", network="emotionnet", epochs=2, batch=32, seed=7, rate=0.02, averaging=1.0)
