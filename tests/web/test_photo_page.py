"""The page for still pictures, with the real analysis in a real browser."""

from __future__ import annotations

import csv
import io
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from support.astronaut import smile
from support.still_faces import still_faces
from test_live_page import Visit

from fervid import formats
from fervid.detect.detector_pair import DetectorPair
from fervid.settings import Settings
from fervid.web import photo_site
from fervid.web.address import Address
from fervid.web.photo_site import PhotoSite
from fervid.web.server import Page

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder: a picture as a phone writes it, two people, a wall, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("phone")
    face, exif = smile(), Image.Exif()
    exif[0x0112] = 6
    upright = Image.fromarray(np.ascontiguousarray(face[..., ::-1]))
    upright.rotate(90, expand=True).save(folder / "phone.jpg", exif=exif, quality=95)
    cv2.imwrite(str(folder / "two people.png"), np.hstack([face, face[:, ::-1]]))
    cv2.imwrite(str(folder / "wall.png"), np.full((180, 320, 3), 128, np.uint8))
    (folder / "bad.jpg").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def site(assets: Path) -> Iterator[PhotoSite]:
    with PhotoSite(Settings(detector="mediapipe", backend="pytorch")) as opened:
        yield opened


@pytest.fixture
def page(site: PhotoSite, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setattr(site, "close", lambda: None)  # the models serve all tests
    with Page(site, Address(port=0)) as opened:
        yield opened


def send(page: Page, path: Path, name: str | None = None) -> httpx.Response:
    return httpx.post(f"{page.url}photo", params={"name": name or path.name}, content=path.read_bytes(), timeout=None)


@pytest.mark.browser
def test_pictures_are_read_shown_and_saved(page: Page, pictures: Path, browser: Browser, tmp_path: Path) -> None:
    names = ["wall.png", "bad.jpg", "phone.jpg", "two people.png"]
    with Visit(browser, page.url, 1100, "dark") as visit:
        shown = visit.page
        shown.set_input_files("#pick", [pictures / name for name in names])
        expect(shown.locator("article h2")).to_have_text(names[::-1])
        expect(shown.locator("article[aria-busy]")).to_have_count(0, timeout=20_000)
        two, phone, bad, wall = shown.locator("article").all()
        expect(two.locator(".face h3")).to_have_text(["1happy", "2happy"])
        expect(phone.locator(".face h3")).to_have_text(["1happy"])
        assert phone.locator("img").evaluate("image => [image.naturalWidth, image.naturalHeight]") == [640, 360]
        expect(bad.get_by_role("alert")).to_have_text(
            "'bad.jpg' is not a picture, or is damaged; check whether another program opens it"
        )
        expect(wall).to_contain_text("No face detected")
        expect(shown.locator("#count")).to_have_text("3 pictures analysed")

        for table in ("CSV", "JSON"):
            with shown.expect_download() as loading:
                shown.get_by_role("link", name=table).click()
            loading.value.save_as(tmp_path / f"faces.{table.lower()}")
        rows = list(csv.DictReader(io.StringIO((tmp_path / "faces.csv").read_text())))
        assert [row["file"] for row in rows] == ["wall.png", "phone.jpg", "two people.png", "two people.png"]
        assert len(json.loads((tmp_path / "faces.json").read_text())["pictures"]) == 3

        with shown.expect_download() as loading:
            two.get_by_role("button", name="Save").click()
        assert loading.value.suggested_filename == "two people.annotated.png"
        loading.value.save_as(tmp_path / "saved.png")
        painted, plain = cv2.imread(str(tmp_path / "saved.png")), cv2.imread(str(pictures / "two people.png"))
        assert painted.shape == plain.shape
        assert (painted != plain).any()

        shown.screenshot(path=tmp_path / "photo-dark.png", full_page=True)
        shown.set_viewport_size({"width": 360, "height": 780})
        assert shown.evaluate("document.documentElement.scrollWidth") <= 360
        shown.screenshot(path=tmp_path / "photo-phone.png", full_page=True)
        # Chromium itself notes each answer that is no success: here, that of the damaged picture.
        assert len(visit.complaints) == 1
        assert "422" in visit.complaints[0]

        shown.get_by_role("button", name="Clear").click()
        expect(shown.locator("article")).to_have_count(0)


def test_programs_get_the_same(page: Page, pictures: Path) -> None:
    answer = send(page, pictures / "phone.jpg", "C:\\holiday\\..\\phone.jpg").json()
    assert (answer["file"], answer["saved_as"]) == ("phone.jpg", "phone.annotated.jpg")
    assert (answer["width"], answer["height"]) == (640, 360)
    assert [face["emotion"] for face in answer["faces"]] == ["happy"]
    picture = httpx.get(f"{page.url}{answer['picture']}")
    assert picture.headers["Content-Type"] == "image/jpeg"
    setup = httpx.get(f"{page.url}setup").json()
    assert setup["tables"] == {form.name: f"faces{form.suffix}" for form in formats.of_kind("table")}
    assert set(answer["faces"][0]["strengths"]) == set(setup["classes"]) == set(setup["colours"]) - {"uncertain"}


def test_what_is_no_picture_or_too_large_is_one_line(
    page: Page, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = send(page, pictures / "bad.jpg")
    assert (answer.status_code, list(answer.json())) == (422, ["error"])
    assert httpx.post(f"{page.url}photo").status_code == 422
    monkeypatch.setattr(photo_site, "MOST_BYTES", 2_000_000)
    answer = httpx.post(f"{page.url}photo", params={"name": "a.jpg"}, content=b"\xff" * 2_000_001)
    assert (answer.status_code, answer.json()) == (413, {"error": "'a.jpg' is larger than 2 MB; save it smaller"})
    chunked = httpx.post(f"{page.url}photo", params={"name": "a.jpg"}, content=iter([b"\xff" * 2_000_001]))
    assert chunked.status_code == 413


@pytest.mark.browser
def test_while_fervid_is_busy_the_page_sends_a_picture_again(page: Page, pictures: Path, browser: Browser) -> None:
    with ExitStack() as held, Visit(browser, page.url) as visit:
        for _ in range(photo_site.MOST_UPLOADS):
            upload = held.enter_context(socket.create_connection(("127.0.0.1", page.address.port)))
            upload.sendall(b"POST /photo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n")
        with visit.page.expect_response(lambda answer: answer.status == 503):
            visit.page.set_input_files("#pick", [pictures / "wall.png"])
        held.close()
        expect(visit.page.locator("article")).to_contain_text("No face detected", timeout=20_000)


def test_a_picture_that_is_too_long_for_a_jpeg_comes_back_as_png(page: Page) -> None:
    _, content = cv2.imencode(".png", np.zeros((2, 65_501, 3), np.uint8))
    answer = httpx.post(f"{page.url}photo", params={"name": "wall.jpg"}, content=content.tobytes()).json()
    assert (answer["width"], answer["saved_as"]) == (65_501, "wall.annotated.png")
    assert httpx.get(f"{page.url}{answer['picture']}").headers["Content-Type"] == "image/png"


def test_only_the_last_few_are_held(page: Page, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo_site, "_PICTURES", 2)
    monkeypatch.setattr(photo_site, "_PHOTOS", 3)
    numbers = [send(page, pictures / "wall.png").json()["photo"] for _ in range(12)]
    held = [number for number in numbers if httpx.get(f"{page.url}photo/{number}").status_code == 200]
    assert held[-2:] == numbers[-2:]
    assert len(held) <= 8
    assert httpx.get(f"{page.url}faces.csv", params={"photo": numbers[-3:]}).text.count("wall.png") == 3
    lost = httpx.get(f"{page.url}faces.csv", params={"photo": [10**6]})
    assert (lost.status_code, list(lost.json())) == (404, ["error"])


def test_regions_are_outlined_where_asked(pictures: Path) -> None:
    settings = Settings(detector="haar", backend="pytorch", regions="25%,25%,50%,50%")
    with Page(PhotoSite(settings, outline=True), Address(port=0)) as page:
        picture = httpx.get(f"{page.url}{send(page, pictures / 'wall.png').json()['picture']}").content
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert image.max() == 255


def test_blur_hides_faces_and_the_readings_go_on(pictures: Path, assets: Path) -> None:
    with Page(PhotoSite(Settings(detector="mediapipe", backend="pytorch", blur=True)), Address(port=0)) as page:
        answer = send(page, pictures / "two people.png").json()
        picture = httpx.get(f"{page.url}{answer['picture']}").content
    assert [face["emotion"] for face in answer["faces"]] == ["happy", "happy"]
    image = np.asarray(cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR), np.uint8)
    with DetectorPair(Settings(detector="mediapipe")) as pair:
        assert still_faces(pair, image) == []
