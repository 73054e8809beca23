"""The tests of pages share one browser, and a crash of it concerns one test alone."""

from __future__ import annotations

import asyncio

import pytest
from playwright.sync_api import Browser, Error
from support.browser import SharedBrowser

pytestmark = pytest.mark.browser

LENT: list[Browser] = []


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_has_the_same_browser(browser: Browser, turn: int) -> None:
    LENT.append(browser)
    assert browser.new_page().evaluate("1 + 1") == 2
    assert all(lent is browser for lent in LENT)


def test_between_two_tests_its_event_loop_rests(shared_browser: SharedBrowser) -> None:
    async def answer() -> int:
        return 42

    with shared_browser.lent() as browser:
        browser.new_page()
    assert asyncio.run(answer()) == 42
    with shared_browser.lent() as again:
        assert again is browser


def test_after_a_crash_the_next_test_has_another_one(shared_browser: SharedBrowser) -> None:
    with shared_browser.lent() as browser, pytest.raises(Error):
        browser.new_browser_cdp_session().send("Browser.crash")
    with shared_browser.lent() as another:
        assert another.new_page().evaluate("1 + 1") == 2
        assert another is not browser
