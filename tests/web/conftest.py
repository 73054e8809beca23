"""A browser for the pages, and that no test leaves a thread."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, without a window. Only for the module: Playwright keeps an event loop in this thread meanwhile."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        pytest.fail(f"there is no {', '.join(CHROMIUM)}; run: sudo apt-get install chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
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
