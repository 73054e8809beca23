"""Make the pictures of the README from a sample clip: python docs/make_images.py.

Besides fervid it needs what its tests need: Xvfb, xdotool, openbox, Chromium and the package playwright.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder above holds the package `samples`

from samples.screen import virtual_screen

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SHOWN_AT = 4.4
"""Seconds into the clip, a moment with three different expressions."""

LIVE = [sys.executable, "-m", "fervid", "live"]


def annotated(clip: Path, folder: Path) -> Image.Image:
    """A frame of what `fervid annotate` makes of the clip."""
    target = folder / "annotated.mp4"
    subprocess.run([sys.executable, "-m", "fervid", "annotate", clip, "-o", target, "--crf", "12"], check=True)
    with av.open(str(target)) as container:
        return next(frame for frame in container.decode(video=0) if (frame.time or 0.0) >= SHOWN_AT).to_image()


def window(clip: str, folder: Path) -> Image.Image:
    """The window of `fervid live`."""
    with virtual_screen() as screen, screen.running([*LIVE, clip], "fervid: ", folder) as (_, number):
        time.sleep(SHOWN_AT)
        return screen.picture(number, folder / "window.png")


def page(clip: str, folder: Path) -> Image.Image:
    """The page of `fervid live --serve`, while the clip goes on."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    serving = [*LIVE, clip, "--serve", "127.0.0.1:0"]
    with (
        sync_playwright() as driver,
        # The browser starts before the clip does, because the clip does not wait for it.
        driver.chromium.launch(executable_path=browser, args=["--no-sandbox"]) as chromium,
        subprocess.Popen(serving, cwd=folder, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        try:
            shown = chromium.new_page(viewport={"width": 1180, "height": 760})
            address = process.stdout.readline().strip()
            begin = time.monotonic()
            shown.goto(address)
            time.sleep(max(0.0, begin + SHOWN_AT - time.monotonic()))
            shown.screenshot(path=folder / "page.png")
        finally:
            process.terminate()
    return Image.open(folder / "page.png")


def report(clip: str, folder: Path) -> Image.Image:
    """The page of `fervid report`, at a moment of the clip."""
    (folder / "study" / "P01").mkdir(parents=True)
    shutil.copy(folder / clip, folder / "study" / "P01" / "interview.mp4")
    command = [sys.executable, "-m", "fervid", "timeline", "study/", "--recursive", "-o", "results/"]
    subprocess.run([*command, "--report", "report.html", "--quiet"], cwd=folder, check=True)
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    with (
        sync_playwright() as driver,
        driver.chromium.launch(executable_path=browser, args=["--no-sandbox"]) as chromium,
    ):
        shown = chromium.new_page(viewport={"width": 1180, "height": 1180})
        shown.goto((folder / "report.html").as_uri())
        shown.wait_for_selector("#recording-0 .at:text('neutral')")
        shown.locator("#recording-0 .strip").focus()
        for _ in range(round(100 * SHOWN_AT / 9)):  # each press moves by a hundredth of the nine seconds
            shown.keyboard.press("ArrowRight")
        shown.evaluate("scrollTo(0, 0)")
        time.sleep(1)  # the video seeks
        shown.screenshot(path=folder / "report.png")
    return Image.open(folder / "report.png")


def main() -> None:
    """Render the clip, and keep a frame of each."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, ROOT / "samples" / "render.py", folder, "--clip", "faces"], check=True)
        clip = "faces.mp4"
        annotated(folder / clip, folder).save(IMAGES / "annotated.jpg", quality=88)
        window(clip, folder).convert("RGB").save(IMAGES / "window.jpg", quality=88)
        page(clip, folder).convert("RGB").save(IMAGES / "page.jpg", quality=88)
        report(clip, folder).convert("RGB").save(IMAGES / "report.jpg", quality=88)


if __name__ == "__main__":
    main()
