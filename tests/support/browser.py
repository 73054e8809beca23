"""One browser for all tests of a process."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from system_packages import BROWSERS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright


def browser_path() -> str | None:
    """Return the path of an installed Chromium."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


class SharedBrowser:
    """Chromium without a window, started when a test first needs it, and again when it has crashed since."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def lent(self) -> Iterator[Browser]:
        """Yield the browser. Playwright's event loop runs in this thread until the block ends, and then rests."""
        asyncio._set_running_loop(self._loop)
        try:
            if not self._works():
                self._stop()
                self._start()
            assert self._browser is not None
            yield self._browser
        finally:
            self._loop = asyncio._get_running_loop()
            asyncio._set_running_loop(None)  # or no other test could run a loop of its own

    def close(self) -> None:
        """End the browser, if it was started."""
        asyncio._set_running_loop(self._loop)
        self._stop()

    def _start(self) -> None:
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])

    def _works(self) -> bool:
        from playwright.sync_api import Error

        if self._browser is None:
            return False
        try:  # is_connected() does not know yet what has happened since the last test
            self._browser.new_context().close()
        except Error:
            return False
        return True

    def _stop(self) -> None:
        from playwright.sync_api import Error

        browser, playwright = self._browser, self._playwright
        self._browser = self._playwright = None
        if browser is not None:
            with suppress(Error):
                browser.close()
        if playwright is not None:
            playwright.stop()
        asyncio._set_running_loop(None)
