"""Live readings for the tests of the pages: of pictures in memory, with fakes for detector and engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.core.regions import Regions
from fervid.detect.search import EveryFrame
from fervid.live.analysis import LiveAnalysis
from fervid.live.controls import Controls
from fervid.run.analyser import Analyser
from fervid.smooth.ema import Exponential
from fervid.sources.base import LiveSource
from fervid.testing import FakeDetector, FakeEngine
from fervid.track.tracker import MotionTracker
from fervid.video.clock import MICROSECOND
from fervid.web.address import Address
from fervid.web.live_site import LiveSite
from fervid.web.server import Page

ANY = Address(port=0)
"""On this machine, at any port that is free."""


class Looping(Closing):
    """A live source that shows its pictures again and again, at real times.

    Args:
        pictures: The pictures.
        rate: Pictures a second.
    """

    undecodable = 0

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], rate: float = 50) -> None:
        self.name = "looping"
        self.arrived = 0.0
        self._pictures = pictures
        self._rate = rate
        self._stopped = threading.Event()
        self.running = threading.Event()
        self.running.set()

    def __iter__(self) -> Iterator[Frame]:
        begin = time.monotonic()
        index = 0
        while not self._stopped.wait(1 / self._rate):
            if self.running.is_set():
                self.arrived = time.monotonic()
                image = self._pictures[index % len(self._pictures)]
                yield Frame(image, index, round((self.arrived - begin) / MICROSECOND), MICROSECOND)
                index += 1

    def stop(self) -> None:
        self._stopped.set()

    def close(self) -> None:
        self.stop()


def grey(width: int = 160, height: int = 96) -> list[NDArray[np.uint8]]:
    """Pictures that get brighter and darker again; darker at the left, so that none looks like a cut."""
    pictures = [np.full((height, width, 3), 40 + 4 * min(step, 40 - step), np.uint8) for step in range(40)]
    for picture in pictures:
        picture[:, : width // 4] //= 2
    return pictures


@dataclass(frozen=True)
class Served:
    """A live reading with its page."""

    live: LiveAnalysis
    site: LiveSite
    page: Page

    @property
    def http(self) -> str:
        """The address without its slash."""
        return f"http://127.0.0.1:{self.page.address.port}"

    @property
    def ws(self) -> str:
        """The same for WebSockets."""
        return f"ws://127.0.0.1:{self.page.address.port}"


def stays(box: Box) -> FakeDetector:
    """A detector that finds one face, always there."""
    return FakeDetector(lambda _: [Face(box, 0.9)])


@contextmanager
def served(
    source: LiveSource,
    folder: Path,
    *,
    detector: FakeDetector | None = None,
    engine: FakeEngine | None = None,
    address: Address = ANY,
    choice: Regions | None = None,
) -> Iterator[Served]:
    """A page of `source`; recordings land in `folder`."""
    analyser = Analyser(
        EveryFrame(detector or FakeDetector()), MotionTracker(), engine or FakeEngine(), Exponential(0.3), batch=1
    )
    with ExitStack() as stack:
        live = stack.enter_context(LiveAnalysis(source, analyser, choice=choice))
        controls = Controls(live, FER2013, folder=folder)
        site = LiveSite(controls, FER2013, detector="fake", engine="fake (cpu)")
        page = stack.enter_context(Page(site, address))
        live.start()
        yield Served(live, site, page)
