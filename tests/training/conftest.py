"""Fixtures of the tests of training."""

from __future__ import annotations

import pytest

from fervid.training.recipe import Recipe


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """Return a recipe of two short epochs without augmentation."""
    return Recipe(name="short", network="emotionnet", epochs=2, batch=32, seed=7, rate=0.02, averaging=1.0)
