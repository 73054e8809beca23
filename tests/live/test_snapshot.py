"""The countdown to a photo, with a viewfinder that decides by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from fervid.core.readings import Frame
from fervid.errors import OutputError, SourceError
from fervid.live.snapshot import Press, take_snapshot
from fervid.settings import Settings
from fervid.sources.paced import Paced
from fervid.testing import FakeSource

pytestmark = pytest.mark.realtime

SETTINGS = Settings(detector="haar", backend="pytorch")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


class Watching:
    """A viewfinder that presses a key after a number of pictures.

    Attributes:
        left: The seconds that it was shown, each once.
        brightest: The brightest pixel that it was shown.
    """

    def __init__(self, press: Press = Press.WAIT, after: int = 3) -> None:
        self.left: list[int] = []
        self.brightest = 0
        self._press = press
        self._after = after

    def count(self, image: NDArray[np.uint8], left: int) -> Press:
        if left not in self.left:
            self.left.append(left)
        self.brightest = max(self.brightest, int(image.max()))
        image[:] = 255  # whatever is painted stays out of the photo
        self._after -= 1
        return Press.WAIT if self._after else self._press


def connect(seconds: float = 3.0) -> Callable[[], Paced]:
    return lambda: Paced(FakeSource([at / 30 for at in range(round(seconds * 30))]))


def test_it_counts_down_and_writes_the_photo_and_its_tables(tmp_path: Path) -> None:
    watching, target = Watching(), tmp_path / "me.png"
    tables = {"csv": str(tmp_path / "me.csv"), "json": None}
    shot = take_snapshot(SETTINGS, connect(), target, watching, countdown=1.2, tables=tables)
    assert shot is not None
    assert watching.left == [2, 1]
    assert shot.written == (target, tmp_path / "me.csv")
    assert (shot.photo.path, shot.photo.width, shot.photo.height, shot.photo.faces) == (target, 64, 48, ())
    assert np.array_equal(shot.image, cv2.imread(str(target)))
    assert shot.image.max() < 255


def test_regions_are_outlined_where_asked(tmp_path: Path) -> None:
    settings = SETTINGS.replace(regions="25%,25%,50%,50%")
    shot = take_snapshot(settings, connect(), tmp_path / "me.png", Watching(Press.TAKE), outline=True)
    assert shot is not None
    assert np.array_equal(shot.image, cv2.imread(str(tmp_path / "me.png")))
    assert shot.image.max() == 255


def test_the_photo_has_square_pixels(tmp_path: Path) -> None:
    class Wide(FakeSource):
        def __iter__(self) -> Iterator[Frame]:
            for frame in super().__iter__():
                yield replace(frame, pixel_aspect=Fraction(2))

    source = Paced(Wide([at / 30 for at in range(30)]))
    shot = take_snapshot(SETTINGS, lambda: source, tmp_path / "me.png", Watching(Press.TAKE), countdown=60)
    assert shot is not None
    assert (shot.photo.width, shot.photo.height) == (128, 48)
    assert cv2.imread(str(tmp_path / "me.png")).shape == (48, 128, 3)


@pytest.mark.parametrize(("press", "written"), [(Press.TAKE, ["me.png"]), (Press.LEAVE, [])])
def test_a_press_takes_the_photo_at_once_or_leaves(press: Press, written: list[str], tmp_path: Path) -> None:
    shot = take_snapshot(SETTINGS, connect(), tmp_path / "me.png", Watching(press), countdown=60)
    assert (shot is not None) == bool(written)
    assert [path.name for path in tmp_path.iterdir()] == written


def test_asked_to_leave_it_writes_nothing(tmp_path: Path) -> None:
    tables = {"csv": str(tmp_path / "me.csv")}
    left = take_snapshot(
        SETTINGS, connect(), tmp_path / "me.png", Watching(), tables=tables, stoppable=lambda: nullcontext(lambda: True)
    )
    assert left is None
    assert list(tmp_path.iterdir()) == []


def test_where_faces_are_to_be_hidden_the_viewfinder_stays_black(tmp_path: Path) -> None:
    watching = Watching()
    settings = SETTINGS.replace(blur=True)
    assert take_snapshot(settings, connect(), tmp_path / "me.png", watching, countdown=0.5) is not None
    assert watching.left
    assert watching.brightest == 0


def test_a_source_that_ends_too_early_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="ended before the photo was taken"):
        take_snapshot(SETTINGS, connect(0.2), tmp_path / "me.png", Watching())
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_is_there_costs_no_photo(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"me\.png' exists already"):
        take_snapshot(SETTINGS, connect(), tmp_path / "me.png", Watching())
    assert (tmp_path / "me.png").read_bytes() == b"mine"
