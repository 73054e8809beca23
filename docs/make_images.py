"""Make the pictures of the documents from a sample clip: python docs/make_images.py [NAME ...].

Besides fervid it needs what its tests need: Xvfb, xdotool, openbox, Chromium and the package playwright. `elan` and
`annotated` need fervid alone.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import av
from PIL import Image
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder above holds the package `samples`

from docs.elan_picture import draw_tiers, tiers
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


def elan(clip: Path, folder: Path) -> Image.Image:
    """The tiers that `fervid timeline` exports for ELAN, drawn from the file."""
    target = folder / "faces.eaf"
    subprocess.run([sys.executable, "-m", "fervid", "timeline", clip, "-o", target, "--quiet"], check=True)
    with av.open(str(clip)) as container:
        assert container.duration is not None
        seconds = container.duration / av.time_base
        frame = next(frame for frame in container.decode(video=0) if (frame.time or 0.0) >= SHOWN_AT).to_image()
    return draw_tiers(tiers(target), frame, seconds, SHOWN_AT)


PICTURES: Final[dict[str, Callable[[Path, Path], Image.Image]]] = {
    "annotated": annotated,
    "elan": elan,
    "window": lambda clip, folder: window(clip.name, folder),
    "page": lambda clip, folder: page(clip.name, folder),
    "report": lambda clip, folder: report(clip.name, folder),
}


def main(names: Sequence[str]) -> None:
    """Render the clip, and make the pictures of these names, or all."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, ROOT / "samples" / "render.py", folder, "--clip", "faces"], check=True)
        for picture in names or PICTURES:
            made = PICTURES[picture](folder / "faces.mp4", folder)
            made.convert("RGB").save(IMAGES / f"{picture}.jpg", quality=88)


if __name__ == "__main__":
    main(sys.argv[1:])
