"""The window of ``fervid live`` on a real screen: what it shows, and what its keys do."""

from __future__ import annotations

import ctypes
import itertools
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import av
import numpy as np
import pytest
from PIL import Image
from support.footage import Footage

from fervid import Timeline
from fervid.core.emotions import colour
from fervid.core.markers import markers_path
from fervid.formats.marker_files import read_markers
from fervid.window import missing_display
from samples.screen import Screen
from samples.serve import MjpegServer, jpegs, paced

pytestmark = pytest.mark.realtime

T = TypeVar("T")


@pytest.fixture(scope="module")
def stream(footage: Footage) -> Iterator[MjpegServer]:
    """A face, for ever."""
    pictures = jpegs(footage["smile.mp4"])
    with MjpegServer(lambda: paced(itertools.cycle(pictures), 25)) as server:
        yield server


def wait_for(what: Callable[[], T], seconds: float = 40) -> T:
    deadline = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found


def live(*addresses: str) -> list[str]:
    return [sys.executable, "-m", "fervid", "live", *addresses]


def shows(ink: tuple[int, int, int], picture: Image.Image) -> Image.Image | None:
    """Return a picture that has a colour; None for another."""
    return picture if (np.asarray(picture) == ink).all(axis=-1).any() else None


def shows_red(picture: Image.Image) -> bool:
    """In its first line."""
    red, green, blue = np.asarray(picture, int)[:16].reshape(-1, 3).T
    return bool(((red > 180) & (green < 110) & (blue < 110)).any())


@pytest.mark.display
def test_keys_record_mark_save_pause_and_quit(
    stream: MjpegServer, screen: Screen, assets: Path, tmp_path: Path
) -> None:
    with screen.running(live(stream.address), "fervid: ", tmp_path) as (process, window):
        wait_for(lambda: shows(colour("happy"), screen.picture(window, tmp_path / "window.png")))

        screen.do("key", "r")
        (video,) = wait_for(lambda: list(tmp_path.glob("live-*.mp4")))
        wait_for(lambda: video.stat().st_size > 30_000)
        wait_for(lambda: shows_red(screen.picture(window, tmp_path / "recording.png")))
        screen.do("key", "m")
        wait_for(lambda: read_markers(video))
        screen.do("key", "r")

        time.sleep(0.3)
        screen.do("key", "s")
        (saved,) = wait_for(lambda: list(tmp_path.glob("live-*.jpg")))

        screen.do("key", "space")
        time.sleep(0.5)
        before = still(screen, window, tmp_path)
        time.sleep(0.5)
        assert np.array_equal(before, still(screen, window, tmp_path))
        screen.do("key", "space")
        wait_for(lambda: not np.array_equal(before, still(screen, window, tmp_path)))

        screen.do("key", "q")
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert f"wrote {video.name}" in said
    assert f"wrote {saved.name}" in said
    with av.open(str(video)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    timeline = Timeline.load(video.with_suffix(".csv"))
    assert len(timeline.frames) == frames > 10
    for file in (video, video.with_suffix(".csv")):
        (marker,) = read_markers(file)
        assert (marker.name, marker.source) == ("marker 1", "window")
        assert f"wrote {file.name}.markers.csv" in said
    assert timeline.frames[0].time < marker.time < timeline.frames[-1].time + 1
    with Image.open(saved) as picture:
        assert picture.size == (640, 360)


@pytest.mark.display
def test_v_outlines_the_regions(stream: MjpegServer, screen: Screen, assets: Path, tmp_path: Path) -> None:
    command = [*live(stream.address), "-v", "--region", "0,0,45%,100%"]
    with screen.running(command, "fervid: ", tmp_path) as (_, window):
        picture = np.asarray(screen.picture(window, tmp_path / "outlined.png").convert("RGB"))
        screen.do("key", "q")
    white = (picture[100:-100] == 255).all(axis=-1).all(axis=0)  # without the line at the top, and the bands
    edges = np.flatnonzero(white)
    assert (edges.min(), edges.max()) == pytest.approx((0, 0.45 * picture.shape[1]), abs=8)


def still(screen: Screen, window: str, folder: Path) -> np.ndarray:
    """The middle of the picture, where neither the line nor the bands are."""
    width, height = screen.size(window)
    return np.asarray(screen.picture(window, folder / "still.png").crop((0, height // 4, width, height * 3 // 4)))


def is_framed(picture: Image.Image) -> bool:
    """The second one of two."""
    return bool((np.asarray(picture)[20:-20, 630:650] == 255).all(axis=(0, 2)).any())


@pytest.mark.display
def test_several_sources_stand_side_by_side_and_keys_operate_all_or_the_one_that_is_chosen(
    stream: MjpegServer, screen: Screen, assets: Path, tmp_path: Path
) -> None:
    """Recording is a switch: where some sources have it on, it is switched off for these, otherwise on for all."""

    def recorded(*numbers: int) -> bool:
        return all(list(tmp_path.glob(f"live-{number}-*.csv")) for number in numbers)

    command = live(stream.address, f"{stream.address}?again")
    with screen.running(command, "fervid: 2 sources", tmp_path) as (process, window):
        assert screen.size(window) == (1280, 360)
        for number in (0, 1):  # each has its picture, with the colour of its face
            box = (640 * number, 0, 640 * (number + 1), 360)
            wait_for(lambda box=box: shows(colour("happy"), screen.picture(window, tmp_path / "two.png").crop(box)))
        screen.do("key", "2")
        wait_for(lambda: is_framed(screen.picture(window, tmp_path / "chosen.png")))
        screen.do("key", "r")
        wait_for(lambda: recorded(2))
        assert not recorded(1)
        screen.do("key", "0")
        wait_for(lambda: not is_framed(screen.picture(window, tmp_path / "all.png")))
        screen.do("key", "r")  # which ends the one of the second source
        wait_for(lambda: not shows_red(screen.picture(window, tmp_path / "ended.png")))
        screen.do("key", "r")
        wait_for(lambda: recorded(1))
        screen.do("key", "m")
        wait_for(lambda: all(list(tmp_path.glob(f"live-{number}-*.csv.markers.csv")) for number in (1, 2)))
        screen.do("key", "q")
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert len(list(tmp_path.glob("live-1-*.mp4"))) == 1
    assert len(list(tmp_path.glob("live-2-*.mp4"))) == 2
    marked = [read_markers(path) for path in sorted(tmp_path.glob("live-*.csv")) if markers_path(path).exists()]
    (first,), (second,) = marked
    assert (first.time, first.name, first.placed) == (second.time, second.name, second.placed)


@pytest.mark.display
def test_it_keeps_its_aspect_and_its_cross_closes_it(
    footage: Footage, screen: Screen, assets: Path, tmp_path: Path
) -> None:
    """With a name that has a byte which is no text: as a title it would be the end of Qt."""
    film = tmp_path / "caf\udce9.mp4"
    shutil.copy(footage["lean.mp4"], film)
    with screen.running(live(str(film)), "fervid: ", tmp_path) as (process, window):
        wait_for(lambda: shows(colour("happy"), screen.picture(window, tmp_path / "window.png")))
        screen.do("key", "h")
        screen.do("windowsize", window, "1200", "900")
        wait_for(lambda: screen.size(window) == (1200, 900))
        wait_for(lambda: tall(screen.picture(window, tmp_path / "help.png")) == pytest.approx(675, abs=8))
        cross(screen, window)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said


def cross(screen: Screen, window: str) -> None:
    """Ask a window to close, as the desktop does for a click on its cross (ICCCM, 4.2.8.1)."""
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(screen.environment["DISPLAY"].encode()))
    protocols, delete = (x11.XInternAtom(display, name, 0) for name in (b"WM_PROTOCOLS", b"WM_DELETE_WINDOW"))
    # An XClientMessageEvent in the room of an XEvent: type, serial, sent, display, window, kind, format, data.
    event = (ctypes.c_long * 24)(33, 0, 0, 0, int(window), protocols, 32, delete)
    x11.XSendEvent(display, ctypes.c_ulong(int(window)), 0, 0, event)
    x11.XCloseDisplay(display)


def tall(picture: Image.Image) -> int:
    """How many rows of the window the picture takes, the rest being of one colour."""
    rows = np.asarray(picture)[:, 4:-4]  # the window has a thin edge
    return int((rows.std(axis=1).max(axis=1) > 3).sum())


class TestWithoutADisplay:
    def test_none_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("DISPLAY", raising=False)
        assert missing_display() == "there is no display"

    def test_one_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DISPLAY", ":4711")
        assert missing_display() == "the display :4711 cannot be opened"

    @pytest.mark.display
    def test_one_that_is_there(self, screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DISPLAY", screen.name)
        assert missing_display() is None
