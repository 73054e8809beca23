"""The site of several sources: each below its number, the first one at the root too, and a page with all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from web_lives import ANY, Looping, grey, stays
from websockets.sync.client import connect

from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.markers import is_markers_path
from fervid.detect.search import EveryFrame
from fervid.formats.marker_files import read_markers
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.testing import FakeEngine
from fervid.track.tracker import MotionTracker
from fervid.web.group_site import GroupSite
from fervid.web.live_site import LiveSite
from fervid.web.server import Page

pytestmark = pytest.mark.realtime

STARTED = "2026-11-26T19:30:05.250000Z"


@contextmanager
def served(folder: Path, sizes: list[tuple[int, int]]) -> Iterator[tuple[Page, list[LiveAnalysis]]]:
    """A page of a source for each size; recordings land in `folder`."""
    with ExitStack() as stack:
        lives, sites = [], []
        for number, size in enumerate(sizes, 1):
            source = Looping(grey(*size), 20)
            source.name = f"camera {number - 1}"
            detector = stays(Box(20.0 * number, 10, 40, 40))
            analyser = Analyser(EveryFrame(detector), MotionTracker(), FakeEngine(), Exponential(0.3), batch=1)
            live = stack.enter_context(LiveAnalysis(source, analyser))
            controls = Controls(live, FER2013, folder=folder, label=str(number))
            lives.append(live)
            sites.append(LiveSite(controls, FER2013, detector="fake", engine="fake (cpu)"))
        page = stack.enter_context(Page(GroupSite(sites, started=STARTED), ANY))
        for live in lives:
            live.start()
        yield page, lives


def test_each_source_lies_below_its_number_and_the_first_one_at_the_root_too(tmp_path: Path) -> None:
    with served(tmp_path, [(160, 96), (320, 180)]) as (page, lives):
        http = page.url.rstrip("/")
        ws = http.replace("http", "ws")
        assert httpx.get(f"{http}/sources").json() == {
            "started": STARTED,
            "sources": [
                {"number": 1, "name": "camera 0", "path": "1/"},
                {"number": 2, "name": "camera 1", "path": "2/"},
            ],
        }
        assert [httpx.get(f"{http}{path}/setup").json()["source"] for path in ("", "/1", "/2")] == [
            *("camera 0", "camera 0", "camera 1")
        ]
        for path, width in (("", 160), ("/1", 160), ("/2", 320)):
            with connect(f"{ws}{path}/readings") as readings:
                assert json.loads(readings.recv(timeout=5))["width"] == width
        assert httpx.post(f"{http}/2/pause").json()["state"]["paused"]
        assert [live.paused for live in lives] == [False, True]
        snapshot = httpx.post(f"{http}/2/snapshot")
        assert "live-2-" in snapshot.headers["content-disposition"]
        assert httpx.get(f"{http}/3/setup").status_code == 404
        assert httpx.get(f"{http}/2", follow_redirects=True).text == httpx.get(f"{http}/2/").text


def test_a_single_source_has_its_own_page_at_the_root(tmp_path: Path) -> None:
    with served(tmp_path, [(160, 96)]) as (page, _):
        assert httpx.get(page.url).text == httpx.get(f"{page.url}1/").text
        assert len(httpx.get(f"{page.url}sources").json()["sources"]) == 1


def test_a_marker_at_the_root_is_in_all_sources_and_one_below_a_number_in_that_source(tmp_path: Path) -> None:
    with served(tmp_path, [(160, 96), (320, 180)]) as (page, lives):
        http = page.url.rstrip("/")
        for live in lives:
            next(filter(None, live.results.watch(1)))
        assert httpx.post(f"{http}/2/markers").json()["name"] == "marker 1"
        files = {httpx.post(f"{http}/{number}/record").json()["files"][1] for number in (1, 2)}
        placed = httpx.post(f"{http}/markers", json={"source": "test"}).json()
        first, second = placed.pop("markers")
        assert (first["path"], second["path"]) == ("1/", "2/")
        assert (first["number"], second["number"]) == (1, 2)
        marked = placed.pop("files")
        assert marked == [*first["files"], *second["files"]]
        assert {f"{name}.markers.csv" for name in files} < set(marked)
        assert placed == {key: first[key] for key in placed} == {key: second[key] for key in placed}
        assert (placed["name"], placed["source"]) == ("marker 2", "test"), "as the second source has one already"
        listed = httpx.get(f"{http}/markers").json()["markers"]
        assert [(each["path"], each["number"], each["name"]) for each in listed] == [
            *(("1/", 1, "marker 2"), ("2/", 1, "marker 1"), ("2/", 2, "marker 2"))
        ]
        assert [len(httpx.get(f"{http}/{number}/markers").json()["markers"]) for number in (1, 2)] == [1, 2]
        assert httpx.post(f"{http}/markers", json={"time": 1e6}).status_code == 400
        lives[0].close()
        (only,) = httpx.post(f"{http}/markers", json={"name": "end"}).json()["markers"]
        assert only["path"] == "2/"
        lives[1].close()
        refused = httpx.post(f"{http}/markers")
        assert (refused.status_code, refused.json()) == (409, {"error": "all sources have ended"})


@pytest.mark.browser
def test_the_page_shows_all_and_its_buttons_operate_all(browser: Browser, tmp_path: Path) -> None:
    complaints: list[str] = []
    with served(tmp_path, [(320, 180), (320, 180)]) as (site, lives):
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.set_default_timeout(10_000)
        page.goto(site.url)
        expect(page.locator(".source h2")).to_have_text(["1  camera 0", "2  camera 1"])
        expect(page.locator(".source .pill")).to_have_text(["live", "live"])
        expect(page.locator(".source .chart .now")).to_have_text(["happy", "happy"])
        for canvas in page.locator(".source .screen canvas").all():
            expect(canvas).to_have_js_property("width", 320)
        page.screenshot(path=tmp_path / "several.png")

        lives[1].paused = True
        expect(page.locator("#pause")).to_have_text("Resume")
        page.keyboard.press("Space")  # one is paused, so it goes on, and none is paused
        expect(page.locator("#pause")).to_have_text("Pause")
        assert [live.paused for live in lives] == [False, False]
        page.locator("#record").click()
        expect(page.locator(".source .pill")).to_have_text(["live, recording", "live, recording"])
        page.keyboard.press("m")
        page.locator("#marker-name").fill("spoken")
        page.keyboard.press("m")  # a letter of the name
        page.keyboard.press("Enter")
        expect(page.locator("#marker-name")).to_have_value("")
        page.keyboard.press("Escape")
        expect(page.locator("#record")).to_have_text("Stop")
        page.screenshot(path=tmp_path / "marked.png")
        page.keyboard.press("r")
        expect(page.locator(".source .pill")).to_have_text(["live", "live"])

        lives[0].close()  # a source that ends: its charts stay, and the other goes on
        expect(page.locator(".source .pill")).to_have_text(["ended", "live"])
        chart = page.locator(".source .chart").first.element_handle()
        page.wait_for_timeout(1200)  # it has tried again meanwhile
        assert chart.evaluate("chart => chart.isConnected")
        expect(page.locator(".source .pill")).to_have_text(["ended", "live"])

        page.locator(".source h2 a").last.click()
        expect(page.locator("#source")).to_have_text("camera 1")
        expect(page.locator("#faces tbody tr")).to_have_count(1)
        page.close()
    assert complaints == []
    assert {path.name[:7] + path.suffix for path in tmp_path.glob("live-*")} == {
        *("live-1-.mp4", "live-1-.csv", "live-2-.mp4", "live-2-.csv")
    }
    tables = [path for path in tmp_path.glob("live-*.csv") if not is_markers_path(path)]
    first, second = (
        [(marker.time, marker.name, marker.placed, marker.source) for marker in read_markers(table)] for table in tables
    )
    assert first == second
    assert [(name, source) for _, name, _, source in first] == [("marker 1", "page"), ("spokenm", "page")]
    assert len(list(tmp_path.glob("live-*.mp4.markers.csv"))) == 2
