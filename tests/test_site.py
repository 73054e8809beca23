"""The documents as a site: every link leads somewhere, and a reader needs no network."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from PIL import Image
from playwright.sync_api import Browser

import fervid
from docs.elan_picture import draw_tiers, tiers

pytest.importorskip("mkdocs")


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built without a warning."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    process = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stderr
    return folder


def pages(site: Path) -> dict[Path, str]:
    """The text of every page."""
    return {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}


def test_a_reader_of_the_site_needs_no_network(site: Path) -> None:
    loads = re.compile(
        r"<(?:script|link|img|iframe|source|video)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)"
    )
    found = {address for text in pages(site).values() for address in loads.findall(text)}
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    found |= {address for text in styles for address in re.findall(r"(?:url\(|@import )[\"']?(https?:[^\"')]+)", text)}
    assert found == set()


@pytest.mark.browser
def test_the_site_is_searched_from_its_folder_without_a_server(site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.locator("input.md-search__input").press_sequentially("uncertain")
    page.wait_for_selector(".md-search-result__meta:has-text('matching documents')")
    assert page.locator(".md-search-result__link").count() > 3
    page.close()


def test_every_link_of_the_site_leads_to_a_file_of_it(site: Path) -> None:
    lost = set()
    for page, text in pages(site).items():
        if page.name == "404.html":  # a server shows it under any address, so its links begin at the root
            continue
        for link in re.findall(r"\b(?:src|href)=[\"']?([^\"'\s>]+)", text):
            target = urljoin(page.as_uri(), link.partition("#")[0])
            if target.startswith("file:") and not Path(unquote(target.removeprefix("file://"))).exists():
                lost.add(link)
    assert lost == set()


def test_the_site_has_every_document_of_the_repository(site: Path, root: Path) -> None:
    names = {path.relative_to(root / "docs").with_suffix("") for path in (root / "docs").rglob("*.md")}
    names |= {path.relative_to(root).with_suffix("") for path in root.glob("*.md")}
    names |= {path.relative_to(root).with_suffix("") for path in root.glob("engines/*/README.md")}
    written = {path.relative_to(site).with_suffix("") for path in pages(site)}
    assert {Path(str(name).replace("README", "index")) for name in names} <= written


def test_the_page_about_the_python_interface_has_every_public_name(site: Path, root: Path) -> None:
    text = (root / "docs" / "api.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^::: fervid\.[\w.]+\.(\w+)$", text, re.MULTILINE)) == sorted(
        name for name in fervid.__all__ if not name.startswith("_")
    )
    page = (site / "api.html").read_text(encoding="utf-8")
    for entry in re.findall(r"^::: ([\w.]+)$", text, re.MULTILINE):
        assert f'id="{entry}"' in page or f"id={entry}" in page


def test_the_table_of_options_is_what_the_settings_say(root: Path) -> None:
    written = (root / "docs" / "settings.md").read_text(encoding="utf-8")
    assert written == runpy.run_path(str(root / "docs" / "make_settings.py"))["reference"](), (
        "run python docs/make_settings.py"
    )


def test_the_picture_of_elan_shows_the_exported_tiers(drawn_clip: Path, assets: Path, tmp_path: Path) -> None:
    timeline = fervid.timeline(drawn_clip, tmp_path / "drawn.eaf", every=5)
    found = tiers(tmp_path / "drawn.eaf")
    stretches = fervid.segments(timeline)
    assert list(found) == [f"face {number}" for number in sorted({each.face_id for each in stretches})]
    for number, name in enumerate(found, 1):
        expected = [each for each in stretches if each.face_id == number]
        assert [each.text for each in found[name]] == [each.emotion for each in expected]
        assert [each.start for each in found[name]] == pytest.approx([each.start for each in expected], abs=0.001)
    blank = Image.new("RGB", (320, 180), "green")
    picture = draw_tiers(found, blank, 1.0, 0.5)
    assert picture.width == 1180
    assert picture.getpixel((200, 100)) == (0, 128, 0)
