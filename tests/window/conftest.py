"""A screen for the tests of windows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from samples.screen import Screen, virtual_screen


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """Yield a screen without a window on it; needs the marker `display`."""
    with virtual_screen() as screen:
        yield screen
