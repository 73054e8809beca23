"""Measurements of a live run: latency, dropped frames and memory, seen from a window or from the page.

It reads /proc, so it runs on Linux only.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fervid.live.analysis import LiveAnalysis, Result
from fervid.live.controls import Controls
from fervid.live.meter import Meter
from fervid.run.models import Models
from fervid.web.address import Address
from fervid.web.live_site import LiveSite
from fervid.web.server import Page
from fervid.window import Window

_SERVE = Path(__file__).resolve().parent.parent / "samples" / "serve.py"
_VIEWER = """
import sys
from websockets.sync.client import connect
with connect(sys.argv[1], max_size=None) as pictures:
    while True:
        pictures.send("next")
        pictures.recv()
"""


@dataclass
class Measurements:
    """The measurements of one run.

    Attributes:
        latencies: The time from the arrival of each frame to its being shown, in seconds, after the first second.
        dropped: How many frames were dropped after the first second.
        memory: The memory of this process in bytes, about once a second.
    """

    latencies: list[float] = field(default_factory=list)
    dropped: int = 0
    memory: list[int] = field(default_factory=list)

    def drops(self) -> str:
        """Return the dropped frames out of all, for printing."""
        return f"{self.dropped} of {len(self.latencies) + self.dropped}"

    def latency(self) -> str:
        """Return the median and the 99th percentile of the latency, for printing."""
        median, worst = np.quantile(self.latencies, [0.5, 0.99]) * 1000
        return f"median {median:.1f} ms, 99 % {worst:.1f} ms"

    def memory_growth(self, parts: int) -> str:
        """Return the memory after the first of `parts` equal parts of the run, and its growth since, for printing."""
        settled = self.memory[min(len(self.memory) - 1, max(1, len(self.memory) // parts))]
        return f"{settled / 1e6:.0f} MB, then {(max(self.memory) - settled) / 1e6:+.1f} MB at most"


Measure = Callable[[LiveAnalysis, Models, float], Measurements]
"""Shows a live picture for a number of seconds, and returns its measurements."""


def measure(live: LiveAnalysis, seconds: float, show: Callable[[Result], None] = lambda _: None) -> Measurements:
    """Show each newest result, and measure for `seconds` after the first one."""
    measurements = Measurements()
    begin = sampled = 0.0
    dropped_before: int | None = None
    for result in live.results.watch(0.1):
        if result is None:
            continue
        show(result)
        now = time.monotonic()
        begin = begin or now
        if now - begin >= 1:
            dropped_before = live.dropped if dropped_before is None else dropped_before
            measurements.latencies.append(now - result.arrived)
        if now - sampled >= 1:
            measurements.memory.append(_resident_bytes())
            sampled = now
        if now - begin > seconds:
            break
    measurements.dropped = live.dropped - (dropped_before or 0)
    return measurements


def measure_page(live: LiveAnalysis, models: Models, seconds: float) -> Measurements:
    """Serve the page to one viewer, and measure the latency until a picture is handed to it."""
    controls = Controls(live, models.engine.manifest.classes)
    site = LiveSite(controls, models.engine.manifest.classes, detector="", engine="")
    with live, Page(site, Address(port=0)) as page, page_viewer(page.url):
        live.start()
        measure(live, 2)
        latencies: list[float] = []
        site.feed.meter = RecordingMeter(latencies)
        measurements = measure(live, seconds)
    measurements.latencies = latencies
    return measurements


def measure_window(live: LiveAnalysis, models: Models, seconds: float) -> Measurements:
    """Show a window, and measure the latency until a frame is painted in it."""
    controls = Controls(live, models.engine.manifest.classes)
    with live, Window([controls], ["detector", "engine"], title="fervid: benchmark") as window:
        live.start()
        meter = Meter()

        def show(result: Result) -> None:
            window.views[0].show(result.frame.image, result.reading, meter.read(live.dropped))
            meter.add(result.arrived)

        measure(live, 2, show)
        return measure(live, seconds, show)


class RecordingMeter(Meter):
    """A meter that records every latency.

    Args:
        latencies: The list to which each latency is appended, in seconds.
    """

    def __init__(self, latencies: list[float]) -> None:
        super().__init__()
        self._latencies = latencies

    def add(self, arrived: float) -> None:
        """Record the latency of a picture that is shown now."""
        super().add(arrived)
        self._latencies.append(time.monotonic() - arrived)


@contextmanager
def clip_stream(clip: Path, rate: float) -> Iterator[str]:
    """Serve `clip` in a loop from another process until the block ends, and yield the address."""
    command = [sys.executable, str(_SERVE), str(clip), "--port", "0", "--rate", str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@contextmanager
def page_viewer(address: str) -> Iterator[None]:
    """View the pictures of the page from another process until the block ends."""
    with subprocess.Popen([sys.executable, "-c", _VIEWER, f"{address.replace('http', 'ws')}picture"]) as process:
        try:
            yield
        finally:
            process.terminate()


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096
