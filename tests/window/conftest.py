"""A screen for the tests of windows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from samples.screen import TOOLS, Screen, virtual_screen


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """A screen without a window on it."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"{', '.join(missing)} not found; CONTRIBUTING.md names what the tests need")
    with virtual_screen() as screen:
        yield screen
