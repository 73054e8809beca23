"""The page of a report in a real browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.drawn_timelines import CLASSES, alternating, face, frames, save
from support.footage import Footage
from test_timelines_found import entry, write_manifest

from fervid import Timeline
from fervid.core.emotions import COLOURS
from fervid.core.markers import Marker
from fervid.core.readings import FaceReading, FrameReading
from fervid.report.report_file import write_report

pytestmark = pytest.mark.browser

COUNT = """(canvas, [red, green, blue]) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let found = 0;
    for (let at = 0; at < data.length; at += 4)
        found += data[at] === red && data[at + 1] === green && data[at + 2] === blue;
    return found / (data.length / 4);
}"""
"""The share of a canvas that has a colour."""

CONTRAST = """() => {
    const light = (text) => {
        const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        const [red, green, blue] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => linear(part / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const ground = (element) => {
        const colour = getComputedStyle(element).backgroundColor;
        return /, 0\\)$/.test(colour) && element.parentElement ? ground(element.parentElement) : colour;
    };
    const failing = [];
    for (const element of document.body.querySelectorAll("*")) {
        const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!says || !element.checkVisibility() || element.closest("script, noscript")) continue;
        const [one, other] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => b - a);
        if ((one + 0.05) / (other + 0.05) < 4.5) failing.push(element.outerHTML.slice(0, 120));
    }
    return failing;
}"""
"""The elements whose text has less contrast than WCAG 2 asks for at level AA."""


def comes_and_goes(frame: int, time: float) -> tuple[FaceReading, ...]:
    """The face, and another one between 1 s and 1.5 s."""
    other = (face(frame, time, "surprise", 2, certain=time > 1.25),) if 1 <= time < 1.5 else ()
    return (*alternating(frame, time), *other)


@pytest.fixture(scope="module")
def report(footage: Footage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a video with two faces, a recording of an hour, and one of which nothing is known."""
    folder = tmp_path_factory.mktemp("study")
    save(folder / "results" / "P01" / "smile.csv", frames(2.4, 30, comes_and_goes))
    shutil.copy(footage["smile.mp4"], folder / "results" / "P01" / "smile.mp4")
    later = (FrameReading(n, n / 5, alternating(n, n / 5)) for n in range(17_000, 18_000))
    save(folder / "results" / "P02" / "hour.csv", (*frames(200, 5), *later))
    failed = entry("<b>lost</b>.mp4", "b.csv", outcome="failed", written={}, error="'lost.mp4' is empty")
    write_manifest(folder / "results", entry("smile.mp4", "P01/smile.csv", settings={"rate": 5}), failed)
    write_report([folder / "results"], folder / "report.html")
    return folder / "report.html"


class Reading:
    """A visit of the page, and what the browser complained about."""

    def __init__(self, browser: Browser, path: Path, width: int = 1280, scheme: str = "light") -> None:
        self._context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            has_touch=width < 500,
            offline=True,
        )
        self.complaints: list[str] = []
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *_: object) -> None:
        self._context.close()


@pytest.fixture
def visit(browser: Browser, report: Path) -> Iterator[Reading]:
    with Reading(browser, report) as opened:
        yield opened
        assert opened.complaints == []


def place(page: Page, number: int) -> float:
    """The time of a recording's cursor, in seconds."""
    return float(page.locator(f"#recording-{number} .strip").get_attribute("aria-valuenow") or "nan")


def until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait until a condition holds. The policy of the page forbids Playwright's own way."""
    for _ in range(400):
        if condition():
            return
        page.wait_for_timeout(25)
    raise AssertionError("it never came to hold")


def test_it_shows_faces_bands_and_tables(visit: Reading, tmp_path: Path) -> None:
    page = visit.page
    expect(page.locator("#tiles dd").nth(0)).to_have_text("2")
    expect(page.locator(".comparison tbody tr")).to_have_count(3)
    expect(page.locator("#recording-0 .lane h3")).to_have_text(["Face 1", "Face 2"])
    bands = page.locator("#recording-0 .plot canvas").first
    expect(page.locator("#recording-0 .at").first).to_have_text("happy 70 %, angry 5 %")
    assert bands.evaluate(COUNT, COLOURS["happy"]) > 0.4
    assert bands.evaluate(COUNT, COLOURS["sad"]) > 0.05
    second = page.locator("#recording-0 .plot canvas").nth(1)
    assert 0.05 < second.evaluate(COUNT, COLOURS["surprise"]) < 0.25
    expect(page.locator("#left-out")).to_contain_text("<b>lost</b>.mp4")
    expect(page.locator("#how-made")).to_contain_text("rate = 5")
    expect(page.locator("#how-made")).to_contain_text("nor a sidecar tells how P02/hour were analysed.")
    expect(page.locator("#recording-1 .film")).to_contain_text("The video was not found.")
    page.screenshot(path=tmp_path / "report-light.png", full_page=True)


def test_a_click_seeks_the_video_and_the_cursor_runs_along(visit: Reading) -> None:
    page = visit.page
    video = page.locator("#recording-0 video")
    expect(video).to_have_js_property("readyState", 4)
    box = page.locator("#recording-0 .plot").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 30)
    assert place(page, 0) == pytest.approx(1.2, abs=0.02)
    until(page, lambda: abs(float(video.evaluate("video => video.currentTime")) - 1.2) < 0.05)
    expect(page.locator("#recording-0 .at").nth(1)).to_have_text("uncertain (surprise 80 %, angry 3 %)")
    page.keyboard.press(" ")
    until(page, lambda: place(page, 0) > 1.5)
    page.keyboard.press(" ")
    expect(video).to_have_js_property("paused", True)
    left = page.locator("#recording-0 .cursor").first.evaluate("cursor => parseFloat(cursor.style.left)")
    assert left == pytest.approx(100 * place(page, 0) / 2.4, abs=1)


def test_a_recording_whose_clock_begins_far_from_zero_is_shown_too(browser: Browser, tmp_path: Path) -> None:
    """As that of a stream whose times are those of the day, counted from 1970."""
    save(tmp_path / "stream.csv", frames(60, 5, begin=1_764_182_400.0))
    write_report([tmp_path / "stream.csv"], tmp_path / "report.html")
    with Reading(browser, tmp_path / "report.html") as visit:
        bands = visit.page.locator("#recording-0 .plot canvas").first
        expect(visit.page.locator("#recording-0 .at").first).to_contain_text("happy")
        assert bands.evaluate(COUNT, COLOURS["happy"]) > 0.25
        assert bands.evaluate(COUNT, COLOURS["sad"]) > 0.05
        assert visit.complaints == []


def test_markers_are_flags_that_lead_to_their_moments(browser: Browser, tmp_path: Path) -> None:
    markers = (Marker(1, -3.0, "before"), Marker(2, 3.0, "go <b>"), Marker(3, 15.0, "stop"), Marker(4, 19.9, "the end"))
    Timeline(CLASSES, frames(20, 5), markers=markers).save(tmp_path / "talk.csv")
    write_report([tmp_path], tmp_path / "report.html")
    with Reading(browser, tmp_path / "report.html") as visit:
        page = visit.page
        expect(page.locator("#recording-0 header")).to_contain_text("3 markers · 1 marker before or after it")
        flags = page.locator("#recording-0 .flag")
        expect(flags).to_have_text(["go <b>", "stop", "the end"])
        page.get_by_role("button", name="Marker stop, 0:15.0").click()
        assert place(page, 0) == 15
        for _ in range(3):
            page.keyboard.press("+")
        expect(flags.nth(0)).to_be_hidden()
        flags.nth(1).click()
        edges = page.evaluate(
            "[...document.querySelectorAll('#recording-0 .plot, #recording-0 .flag:not([hidden])')]"
            ".map((each) => each.getBoundingClientRect().left)"
        )
        cursor = page.locator("#recording-0 .cursor").first.bounding_box()
        assert cursor is not None
        assert edges[0] == pytest.approx(cursor["x"] + 1, abs=2), "the flag stands on its line"
        expect(page.locator("#passed-over")).to_have_count(0)
        page.screenshot(path=tmp_path / "markers.png", full_page=True)
        assert visit.complaints == []


def test_keys_move_zoom_and_show_all(visit: Reading) -> None:
    page = visit.page
    page.locator("#recording-1 .strip").focus()
    page.keyboard.press("End")
    assert place(page, 1) == pytest.approx(3600)
    page.keyboard.press("Home")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert place(page, 1) == pytest.approx(360, rel=0.01)
    bands = page.locator("#recording-1 .plot canvas").first
    page.wait_for_timeout(100)
    assert bands.evaluate(COUNT, COLOURS["happy"]) < 0.1  # 400 of 3600 s
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press("+")
    page.wait_for_timeout(100)
    assert bands.evaluate(COUNT, COLOURS["happy"]) > 0.25
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    assert place(page, 1) == pytest.approx(3600 / 64 / 10, rel=0.02)
    page.keyboard.press("0")
    page.keyboard.press("ArrowRight")
    assert place(page, 1) == pytest.approx(3600 / 64 / 10 + 36, rel=0.02)


def test_the_wheel_zooms_where_it_points_and_the_strip_chooses(visit: Reading) -> None:
    page = visit.page
    plot = page.locator("#recording-1 .plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 30)
    page.keyboard.down("Control")
    for _ in range(8):
        page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    assert plot.locator("canvas").evaluate(COUNT, COLOURS["happy"]) > 0.25
    strip = page.locator("#recording-1 .strip").bounding_box()
    assert strip is not None
    page.mouse.click(strip["x"] + strip["width"] / 2, strip["y"] + 10)  # amid the gap
    page.wait_for_timeout(100)
    assert plot.locator("canvas").evaluate(COUNT, COLOURS["happy"]) == 0


def test_the_comparison_sorts_and_counts(visit: Reading) -> None:
    page = visit.page
    first = page.locator(".comparison tbody tr").first
    page.get_by_role("button", name="Seen", exact=True).click()
    expect(first).to_contain_text("P02/hour")
    page.get_by_role("button", name="Time", exact=True).click()
    expect(first.locator("td")).to_have_text(
        ["P02/hour face 1", "6 min 40 s", "100 %", *["0:00.0"] * 3, "3:20.0", "3:20.0", *["0:00.0"] * 3, "0.95"]
    )
    page.get_by_role("button", name="Recordings", exact=True).click()
    expect(page.locator(".comparison tbody tr")).to_have_count(2)
    page.get_by_role("button", name="sad", exact=True).first.click()


def test_an_emotion_of_the_legend_stands_out(visit: Reading) -> None:
    page = visit.page
    bands = page.locator("#recording-0 .plot canvas").first
    expect(page.locator("#recording-0 .at").first).to_have_text("happy 70 %, angry 5 %")
    assert bands.evaluate(COUNT, COLOURS["happy"]) > 0.3
    page.locator(".key").get_by_role("button", name="sad").click()
    page.wait_for_timeout(100)
    assert bands.evaluate(COUNT, COLOURS["happy"]) == 0
    assert bands.evaluate(COUNT, COLOURS["sad"]) > 0.05


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(browser: Browser, report: Path, scheme: str, tmp_path: Path) -> None:
    with Reading(browser, report, scheme=scheme) as visit:
        expect(visit.page.locator("#recording-0 .at").first).to_have_text("happy 70 %, angry 5 %")
        assert visit.page.evaluate(CONTRAST) == []
        visit.page.screenshot(path=tmp_path / f"report-{scheme}.png", full_page=True)


def test_it_fits_a_phone(browser: Browser, report: Path, tmp_path: Path) -> None:
    with Reading(browser, report, width=360) as visit:
        page = visit.page
        expect(page.locator("#recording-0 .at").first).to_have_text("happy 70 %, angry 5 %")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.locator("#recording-0 .plot").first.tap()
        assert place(page, 0) == pytest.approx(1.2, abs=0.05)
        page.screenshot(path=tmp_path / "report-phone.png", full_page=True)
        assert visit.complaints == []
