"""The live page in a real browser, with a real stream."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route, expect
from support.footage import Footage
from support.full_disk import largest_file
from web_lives import Looping, Served, grey, served, stays

from fervid.core.emotions import COLOURS
from fervid.core.geometry import Box
from fervid.core.markers import is_markers_path
from fervid.core.readings import Face
from fervid.formats.marker_files import read_markers
from fervid.formats.timeline import Timeline
from fervid.sources.stream import Stream
from fervid.testing import FakeDetector
from fervid.web.address import Address
from samples.serve import MjpegServer, jpegs, paced

pytestmark = [pytest.mark.realtime, pytest.mark.browser]

HASH = "canvas => canvas.toDataURL()"

WHERE = Box(232.0, 100.0, 175.0, 175.0)
"""The face, when it does not lean."""

COUNT = """(canvas, [red, green, blue]) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
        found += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
    return found;
}"""
"""How many pixels of a canvas have a colour."""


INKS = {"light": [23, 26, 32], "dark": [236, 239, 244]}
"""The colours of text and of the lines of markers, on a light page and on a dark one."""


@pytest.fixture(scope="module")
def stream(footage: Footage) -> Iterator[MjpegServer]:
    """A woman whose face fills the picture, without end."""
    pictures = jpegs(footage["lean.mp4"])[:60]
    with MjpegServer(lambda: paced(itertools.cycle(pictures), 20)) as server:
        yield server


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Served]:
    """The same in memory, with plain pictures."""
    with served(Looping(grey(640, 360), 20), tmp_path, detector=stays(WHERE)) as opened:
        yield opened


class Visit:
    """A visit of a page, and what the browser complained about."""

    def __init__(self, browser: Browser, url: str, width: int = 1280, scheme: str = "light") -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce" if scheme == "dark" else "no-preference",
            accept_downloads=True,
        )
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)

    def __enter__(self) -> Visit:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()


def test_it_shows_the_picture_the_faces_and_their_last_minute(
    stream: MjpegServer, browser: Browser, tmp_path: Path
) -> None:
    with (
        served(Stream(stream.address), tmp_path, detector=stays(WHERE)) as shown,
        Visit(browser, shown.page.url) as visit,
    ):
        page = visit.page
        # The picture moves.
        picture, chart = page.locator("#picture"), page.locator(".chart canvas")
        expect(page.locator("#link")).to_have_text("live")
        expect(page.locator("#picture")).to_have_js_property("width", 640)
        first = picture.evaluate(HASH)
        page.wait_for_timeout(300)
        assert picture.evaluate(HASH) != first

        # The face is in the table and in a chart, in its emotion's colour.
        expect(page.locator("#faces tbody tr")).to_have_count(1)
        expect(page.locator("#faces tbody tr")).to_have_text("1happy90 %")
        expect(chart).to_have_count(1)
        expect(chart).to_have_attribute("aria-label", "Emotions of face 1 over the last minute, now happy 90 %")
        early = chart.evaluate(COUNT, COLOURS["happy"])
        page.wait_for_timeout(700)
        assert chart.evaluate(COUNT, COLOURS["happy"]) > early > 0
        assert float(page.locator("#rate").inner_text()) > 0
        expect(page.locator("#engine")).to_have_text("fake (cpu)")

        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 248)"
        page.screenshot(path=tmp_path / "live-light.png")
        assert visit.complaints == []


def test_it_does_what_it_is_asked_to(shown: Served, browser: Browser, tmp_path: Path) -> None:
    with Visit(browser, shown.page.url) as visit:
        page = visit.page
        expect(page.locator("#faces tbody tr")).to_have_count(1)

        # The last minute as CSV.
        with page.expect_download() as loading:
            page.get_by_role("link", name="CSV").click()
        loading.value.save_as(tmp_path / "minute.csv")
        assert {face.emotion for face in Timeline.load(tmp_path / "minute.csv").readings} == {"happy"}

        # A snapshot.
        with page.expect_download() as loading:
            page.get_by_role("button", name="Snapshot").click()
        loading.value.save_as(tmp_path / "snapshot.jpg")
        assert (tmp_path / "snapshot.jpg").read_bytes().startswith(b"\xff\xd8")

        # A recording, ended by its key, whose files play and can be fetched.
        record = page.locator("#record")
        record.click()
        expect(record).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#link")).to_have_text("live, recording")
        page.wait_for_timeout(600)
        page.keyboard.press("r")
        expect(record).to_have_attribute("aria-pressed", "false")
        expect(page.locator("#recordings a")).to_have_count(2)
        with page.expect_download() as loading:
            page.locator("#recordings a").first.click()
        loading.value.save_as(tmp_path / "fetched.mp4")
        with av.open(str(tmp_path / "fetched.mp4")) as clip:
            assert len(list(clip.decode(video=0))) > 5

        # Pause, mirror, smoothing.
        page.keyboard.press(" ")
        expect(page.locator("#notice")).to_have_text("Paused")
        assert shown.live.paused
        page.get_by_role("button", name="Resume").click()
        expect(page.locator("#notice")).to_be_hidden()
        page.get_by_role("button", name="Mirror").click()
        expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "true")
        assert shown.live.mirror
        page.get_by_role("button", name="Longer smoothing").click()
        expect(page.locator("#smoothing-time")).to_have_text("0.5 s")
        assert visit.complaints == []


LINES = """(canvas, [red, green, blue]) => {
    const y = canvas.height - 30; // below the names of markers, above the times
    const { data } = canvas.getContext("2d").getImageData(0, y, canvas.width, 1);
    const is = (at) => data[4 * at] === red && data[4 * at + 1] === green && data[4 * at + 2] === blue;
    const columns = [...Array(canvas.width).keys()];
    return columns.filter((at) => is(at) && !is(at - 1)).map((at) => [...data.slice(4 * at - 4, 4 * at - 1)]);
}"""
"""The colours on the left of each line that has a colour."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_marker_is_a_line_that_stands_out_where_no_face_was_detected(
    scheme: str, browser: Browser, tmp_path: Path
) -> None:
    """The face comes half a second after the marker, on the ground of the chart."""
    faces: list[Face] = []
    with (
        served(Looping(grey()), tmp_path, detector=FakeDetector(lambda _: faces)) as shown,
        Visit(browser, shown.page.url, scheme=scheme) as visit,
    ):
        next(filter(None, shown.live.results.watch(1)))
        shown.site._controls.mark("stimulus")
        visit.page.wait_for_timeout(500)
        faces.append(Face(Box(20.0, 10.0, 40.0, 40.0), 0.9))
        chart = visit.page.locator(".chart canvas")
        expect(chart).to_have_count(1)
        visit.page.wait_for_timeout(1500)
        visit.page.screenshot(path=tmp_path / f"marker-{scheme}.png")
        (beside,) = chart.evaluate(LINES, INKS[scheme])
    assert contrast(INKS[scheme], beside) > 7


def contrast(one: Sequence[int], other: Sequence[int]) -> float:
    """The contrast of two colours, red green blue, from 1 to 21 (WCAG 2.2)."""

    def luminance(colour: Sequence[int]) -> float:
        parts = [part / 255 for part in colour]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def test_markers_are_placed_by_button_key_and_field_and_shown_whoever_places_them(
    shown: Served, browser: Browser, tmp_path: Path
) -> None:
    with Visit(browser, shown.page.url) as visit:
        page = visit.page
        chart, newest = page.locator(".chart canvas"), page.locator("#markers li")
        expect(chart).to_have_count(1)
        page.locator("#mark").click()
        expect(page.get_by_role("note")).to_contain_text('Placed "marker 1", but nothing is being recorded')
        expect(newest.first).to_contain_text("marker 1 (not recorded)")
        page.keyboard.press("r")
        expect(page.locator("#record")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("m")
        expect(newest.first).to_contain_text("marker 2")
        page.locator("#marker-name").fill("r")
        page.locator("#marker-name").type("m")
        page.keyboard.press("Enter")
        expect(newest.first).to_contain_text("rm")
        expect(page.locator("#marker-name")).to_have_value("")
        page.keyboard.press("Escape")
        shown.site._controls.mark("by a program")
        expect(newest).to_have_count(4)
        expect(newest.first).to_contain_text("by a program")
        page.wait_for_timeout(300)
        assert chart.evaluate(COUNT, INKS["light"]) > 0
        page.screenshot(path=tmp_path / "markers.png")
        page.keyboard.press("r")
        expect(page.locator("#recordings a")).to_have_count(4)
        assert visit.complaints == []
    (table,) = (path for path in tmp_path.glob("*.csv") if not is_markers_path(path))
    assert [(marker.name, marker.source) for marker in read_markers(table)] == [
        ("marker 2", "page"),
        ("rm", "page"),
        ("by a program", "python"),
    ]


def test_on_a_phone_in_the_dark_a_page_that_is_opened_later_has_the_whole_chart(
    shown: Served, browser: Browser, tmp_path: Path
) -> None:
    while not shown.live.history.strips() or shown.live.history.strips()[0].times[-1] < 1.5:
        time.sleep(0.05)
    with Visit(browser, shown.page.url, 360, "dark") as visit:
        page = visit.page
        chart = page.locator(".chart canvas")
        expect(chart).to_have_count(1)
        expect(page.locator("#picture")).to_have_js_property("width", 640)
        page.wait_for_timeout(1100)  # with less motion, charts are drawn once a second
        width = chart.evaluate("canvas => canvas.width")
        floor = chart.evaluate("canvas => canvas.height") - 18
        assert chart.evaluate(COUNT, COLOURS["happy"]) > 0.8 * floor * width * 1.4 / 60
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 20)"
        for button in page.locator(".tools button, .tools a, .marking > *:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44, "too small for a finger"
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 360
        page.screenshot(path=tmp_path / "live-phone-dark.png", full_page=True)
        assert visit.complaints == []


def test_what_cannot_be_done_is_a_line_and_a_lost_page_comes_back(browser: Browser, tmp_path: Path) -> None:
    """The folder for recordings is missing; then fervid ends, and begins again at the same place."""
    with served(Looping(grey(), 20), tmp_path / "missing") as first, Visit(browser, first.page.url) as visit:
        page = visit.page
        page.get_by_role("button", name="Record").click()
        expect(page.get_by_role("alert")).to_contain_text("missing")
        expect(page.locator("#record")).to_have_attribute("aria-pressed", "false")
        first.page.close()
        expect(page.locator("#link")).to_have_text("ended")
        expect(page.locator("#notice")).to_contain_text("The session has ended")
        page.screenshot(path=tmp_path / "live-ended.png")
        with served(Looping(grey(), 20), tmp_path, address=Address(port=first.page.address.port)):
            expect(page.locator("#link")).to_have_text("live")
            expect(page.locator("#notice")).to_be_hidden()
            before = page.locator("#picture").evaluate(HASH)
            for _ in range(100):  # its socket comes back by itself, a few seconds later at most
                if page.locator("#picture").evaluate(HASH) != before:
                    return
                page.wait_for_timeout(100)
            pytest.fail("the picture stands still")


@pytest.mark.skipif(os.name == "nt", reason="limits the size of files, as Unix can")
def test_a_recording_that_fails_is_told_and_the_button_records_again(browser: Browser, tmp_path: Path) -> None:
    noise = [np.random.default_rng(seed).integers(0, 255, (96, 160, 3), np.uint8) for seed in range(9)]
    with served(Looping(noise, 30), tmp_path) as shown, Visit(browser, shown.page.url) as visit:
        page = visit.page
        expect(page.locator("#link")).to_have_text("live")
        with largest_file(20_000):
            page.get_by_role("button", name="Record").click()
            expect(page.get_by_role("alert")).to_contain_text("The recording has ended")
        expect(page.locator("#record")).to_have_attribute("aria-pressed", "false")
        page.get_by_role("button", name="Record").click()
        expect(page.locator("#record")).to_have_attribute("aria-pressed", "true")


def test_an_analysis_that_fails_is_told_with_its_error(browser: Browser, tmp_path: Path) -> None:
    broken = threading.Event()
    detector = FakeDetector(lambda _: [Face(WHERE, 1 / 0 if broken.is_set() else 0.9)])
    source = Looping(grey(), 20)
    with served(source, tmp_path, detector=detector) as shown, Visit(browser, shown.page.url) as visit:
        expect(visit.page.locator("#link")).to_have_text("live")
        held: list[Route] = []
        visit.page.route("**/history", lambda route: held.append(route))  # noqa: PLW0108 - Playwright inspects it
        broken.set()
        with pytest.raises(ZeroDivisionError):
            for _ in shown.live.results.watch(1):
                pass
        shown.site.close()
        expect(visit.page.locator("#link")).to_have_text("failed")
        # The page connects again, is told again, and only then learns what it asks for first.
        while not held:
            visit.page.wait_for_timeout(20)
        with visit.page.expect_response("**/history"):
            held[0].continue_()
        visit.page.wait_for_timeout(200)
        shown.page.close()
        expect(visit.page.locator("#link")).to_have_text("failed")
        expect(visit.page.locator("#notice")).to_contain_text(
            "The analysis has failed: unexpected ZeroDivisionError: division by zero"
        )


def test_the_page_shows_gaps_from_the_time_that_python_says(shown: Served, browser: Browser) -> None:
    """Samples at 0, 0.55 and 0.6 seconds; the page was told that a gap is longer than half a second."""
    chart = """async () => {
        const { Faces } = await import("./faces.js");
        const faces = new Faces({ charts: document.createElement("div"), noChart: document.createElement("p") });
        const runs = [];
        faces.chart = () => ({ draw: (samples, now, gap) => runs.push([...samples.runs(gap)]) });
        faces.drop = () => {};
        faces.begin(await (await fetch("setup")).json(), { faces: [] });
        const socket = new WebSocket(location.href.replace("http", "ws") + "readings");
        const told = await new Promise((done) => { socket.onmessage = (event) => done(JSON.parse(event.data).state); });
        const { Samples } = await import("./minute.js");
        faces.samples.set(1, new Samples(60, [0, 0.55, 0.6], [[], [], []]));
        faces.drawCharts();
        faces.gap = told.gap_s;
        faces.drawCharts();
        return [told.gap_s, runs];
    }"""
    with Visit(browser, shown.page.url) as visit:
        gap, runs = visit.page.evaluate(chart)
    assert gap == shown.live.history.gap == 0.5
    assert runs == [[[0, 0], [1, 2]]]  # nothing is drawn before the page knows


def test_elsewhere_the_page_works_by_its_token(browser: Browser, tmp_path: Path) -> None:
    with (
        served(Looping(grey(), 20), tmp_path, address=Address("0.0.0.0", 0)) as shown,
        Visit(browser, shown.page.url) as visit,
    ):
        page = visit.page
        expect(page.locator("#link")).to_have_text("live")
        assert "token" not in page.url
        expect(page.locator("#faces tbody tr")).to_have_count(1)
        page.get_by_role("button", name="Mirror").click()
        expect(page.locator("#mirror")).to_have_attribute("aria-pressed", "true")
        assert visit.complaints == []
