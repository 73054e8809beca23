"""A browser for the pages, and that no test leaves a thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from support.requirements import browser_path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield Chromium without a window; needs the marker `browser`.

    It serves one module only: Playwright keeps an event loop in this thread meanwhile.
    """
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    deadline = time.monotonic() + 1  # workers of a loop that has ended go by themselves
    while left() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert left() == []


def left() -> list[str]:
    """The names of the threads that pages begin."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("fervid", "AnyIO"))]
