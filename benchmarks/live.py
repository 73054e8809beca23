"""Measure what `fervid live` promises: python benchmarks/live.py [--quick] [FIGURE ...].

A clip with one face is drawn and sent as MJPEG over HTTP by a process of its own on this machine. It measures:

page: at 720p and 30 frames a second, how many frames are dropped after the first second, and the latency from a frame's
    arrival, still encoded, to its being painted, encoded and handed to a viewer, who is a process of its own;
window: the same to its being shown in a window (`xvfb-run -s '-screen 0 1600x1000x24' python benchmarks/live.py window`
    where there is no display);
blur: the same as page, with `--blur`;
slow: the same as page, when every analysis takes ten times as long;
hour: how much memory grows over an hour of frames, sent ten times faster and recorded, after the first minute of them;
reconnections: how many threads and open files a hundred of them leave.

It reads /proc, so it runs on Linux alone.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder above holds the package `samples`

from fervid import formats, smooth
from fervid.core.closing import Closing
from fervid.core.readings import Face
from fervid.detect.base import Detector
from fervid.draw.painter import Painter
from fervid.formats.base import Context
from fervid.formats.output import InPlace
from fervid.live.analysis import Live
from fervid.live.controls import Controls
from fervid.live.meter import Meter
from fervid.live.result import Result
from fervid.run.analyser import Analyser
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import open_live, open_source
from fervid.sources.reconnecting import Reconnecting
from fervid.sources.stream import Stream
from fervid.track.tracker import OverlapTracker
from fervid.web.address import Address
from fervid.web.live_site import LiveSite
from fervid.web.server import Page
from fervid.window import Window, missing_display
from samples.clips import CLIPS
from samples.render import adapted, render
from samples.serve import MjpegServer, jpegs

SERVE = Path(__file__).resolve().parent.parent / "samples" / "serve.py"
RATE = 30
SETTINGS = Settings(batch=1)
FIGURES = ("page", "window", "blur", "slow", "hour", "reconnections")
VIEWER = """
import sys
from websockets.sync.client import connect
with connect(sys.argv[1], max_size=None) as pictures:
    while True:
        pictures.send("next")
        pictures.recv()
"""


@dataclass
class Watched:
    """What a run was like, picture by picture.

    Attributes:
        late: From a frame's arrival to its being shown, in seconds.
        dropped: Frames dropped, but for the first second.
        memory: Bytes held, about once a second.
    """

    late: list[float] = field(default_factory=list)
    dropped: int = 0
    memory: list[int] = field(default_factory=list)

    def latency(self) -> str:
        """The latency of half and of almost all pictures."""
        median, worst = np.quantile(self.late, [0.5, 0.99]) * 1000
        return f"median {median:.1f} ms, 99 % {worst:.1f} ms"

    def growth(self, part: int) -> str:
        """How much memory grew after the first of so many parts of the time."""
        settled = self.memory[min(len(self.memory) - 1, max(1, len(self.memory) // part))]
        return f"{settled / 1e6:.0f} MB, then {(max(self.memory) - settled) / 1e6:+.1f} MB at most"


class Slowed(Closing):
    """A detector that takes longer.

    Args:
        detector: The real one; stays open.
        seconds: How much longer.
    """

    def __init__(self, detector: Detector, seconds: float) -> None:
        self.name = detector.name
        self._detector = detector
        self._seconds = seconds

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """The same faces, later."""
        time.sleep(self._seconds)
        return self._detector.detect(image)

    def close(self) -> None:
        """Nothing is its own."""


Way = Callable[[Live, Models, float], Watched]
"""Shows a live picture for some seconds."""


@contextmanager
def sent(clip: Path, rate: float) -> Iterator[str]:
    """Send `clip` in a loop from another process, for the length of the block; gives its address."""
    command = [sys.executable, str(SERVE), str(clip), "--port", "0", "--rate", str(rate)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def watch(live: Live, seconds: float, show: Callable[[Result], None] = lambda _: None) -> Watched:
    """Show every newest picture for `seconds` after the first one."""
    watched = Watched()
    begin = sampled = 0.0
    early: int | None = None
    for result in live.results.watch(0.1):
        if result is None:
            continue
        show(result)
        now = time.monotonic()
        begin = begin or now
        if now - begin >= 1:
            early = live.dropped if early is None else early
            watched.late.append(now - result.arrived)
        if now - sampled >= 1:
            watched.memory.append(resident())
            sampled = now
        if now - begin > seconds:
            break
    watched.dropped = live.dropped - (early or 0)
    return watched


@contextmanager
def viewed(address: str) -> Iterator[None]:
    """Somebody who looks at the page's pictures, for the length of the block."""
    with subprocess.Popen([sys.executable, "-c", VIEWER, f"{address.replace('http', 'ws')}picture"]) as process:
        try:
            yield
        finally:
            process.terminate()


def served(live: Live, models: Models, seconds: float) -> Watched:
    """Serve a page to one viewer meanwhile; latency is that of the pictures that are handed to the viewer."""
    controls = Controls(live, models.engine.manifest.classes)
    site = LiveSite(controls, models.engine.manifest.classes, detector="", engine="")
    with live, Page(site, Address(port=0)) as page, viewed(page.url):
        live.start()
        watch(live, 2)
        handed: list[float] = []
        site.feed.meter = Handed(handed)
        watched = watch(live, seconds)
    watched.late = handed
    return watched


class Handed(Meter):
    """Keeps all latencies.

    Args:
        late: Where to.
    """

    def __init__(self, late: list[float]) -> None:
        super().__init__()
        self._late = late

    def shown(self, arrived: float) -> None:
        """Keep it."""
        super().shown(arrived)
        self._late.append(time.monotonic() - arrived)


def in_window(live: Live, models: Models, seconds: float) -> Watched:
    """Show a window meanwhile; latency is to the end of its painting."""
    controls = Controls(live, models.engine.manifest.classes)
    with live, Window(controls, ["detector", "engine"], title="fervid: benchmark") as window:
        live.start()
        meter = Meter()

        def show(result: Result) -> None:
            window.show(result.frame.image, result.reading, meter.read(live.dropped))
            meter.shown(result.arrived)

        watch(live, 2, show)
        return watch(live, seconds, show)


def analysis_seconds(models: Models, clip: Path) -> float:
    """The median time of one frame's analysis."""
    analyser, times = models.analyser(), []
    with open_source(clip) as frames:
        for frame in itertools.islice(frames, 100):
            begin = time.perf_counter()
            list(analyser.read(analyser.find([frame])))
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def real_time(models: Models, clip: Path, seconds: float, way: Way, what: str) -> None:
    """Print the figures of page, window and blur."""
    with sent(clip, RATE) as address:
        live = Live(open_live(address), models.analyser(live=True), blur=models.lookout is not None)
        watched = way(live, models, seconds)
    print(f"720p, {RATE} frames/s, one face, {seconds:.0f} s: {what}")
    print(f"  dropped                          {watched.dropped} of {len(watched.late) + watched.dropped}")
    print(f"  latency                          {watched.latency()}")


def slowed_down(models: Models, clip: Path, seconds: float) -> None:
    """Print the figures of slow."""
    usual = analysis_seconds(models, clip)
    detector = Slowed(models.detector, 9 * usual)
    analyser = Analyser(detector, OverlapTracker(), models.engine, smooth.create(SETTINGS), batch=1)
    with sent(clip, RATE) as address:
        watched = served(Live(open_live(address), analyser), models, seconds)
    print(f"every analysis ten times as long: {10_000 * usual:.0f} ms instead of {1000 * usual:.1f} ms")
    print(f"  dropped                          {watched.dropped} of {len(watched.late) + watched.dropped}")
    print(f"  latency                          {watched.latency()}; two analyses are {20_000 * usual:.0f} ms")
    print(f"  memory                           {watched.growth(10)}")


def long_run(models: Models, clip: Path, seconds: float) -> None:
    """Print the figures of hour: `seconds` of stream at ten times its speed."""
    with sent(clip, 10 * RATE) as address:
        live = Live(open_live(address), models.analyser(live=True))
        context = Context(models.engine.manifest.classes, painter=Painter())
        for name in ("recorded.mp4", "recorded.csv"):
            live.record(formats.create(clip.with_name(name), context, output=InPlace))
        with live:
            live.start()
            watched = watch(live, seconds / 10)
    print(f"{seconds / 60:.0f} min of stream at ten times its speed, recorded as video and timeline")
    print(f"  memory                           {watched.growth(60)}")


def reconnections(clip: Path, count: int) -> None:
    """Print the figures of reconnections."""
    pictures = jpegs(clip)[:12]
    held: dict[int, tuple[int, int]] = {}
    with MjpegServer(lambda: pictures) as server, Reconnecting(lambda: Stream(server.address), waits=[0.0]) as source:
        for _ in source:
            held.setdefault(source.reconnections, (_count("fd"), _count("task")))
            if source.reconnections == count:
                source.stop()
    files, threads = (after - before for after, before in zip(held[count], held[count // 10], strict=True))
    print(f"{count} reconnections, from the {count // 10}th on")
    print(f"  open files {files:+d}, threads {threads:+d} (those of the server included)")


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def _count(kind: str) -> int:
    return len(list(Path(f"/proc/self/{kind}").iterdir()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}; all where none is given"
    )
    parser.add_argument("--quick", action="store_true", help="only see whether it runs: a few seconds of each")
    options = parser.parse_args()
    wanted, quick = options.figures or FIGURES, options.quick
    if unknown := set(wanted) - set(FIGURES):
        parser.error(f"{', '.join(sorted(unknown))} is none of {', '.join(FIGURES)}")
    if not options.figures and (missing := missing_display()) is not None:
        print(f"without the figures of window: {missing}")
        wanted = tuple(figure for figure in wanted if figure != "window")
    logging.getLogger("fervid").setLevel(logging.ERROR)
    cv2.setNumThreads(1)
    seconds, stretch = (4.0, 1.0) if quick else (60.0, 5.0)
    with tempfile.TemporaryDirectory() as folder, Models(SETTINGS) as models:
        large = render(adapted(CLIPS["single"], (1280, 720), stretch), Path(folder) / "large")
        small = render(adapted(CLIPS["single"], (640, 360), stretch), Path(folder) / "small")
        if "page" in wanted:
            real_time(models, large, seconds, served, "page")
        if "window" in wanted:
            real_time(models, large, seconds, in_window, "window")
        if "blur" in wanted:
            with Models(SETTINGS.replace(blur=True)) as hiding:
                real_time(hiding, large, seconds, served, "page with --blur")
        if "slow" in wanted:
            slowed_down(models, large, seconds / 2)
        if "hour" in wanted:
            long_run(models, small, 60 if quick else 3600)
        if "reconnections" in wanted:
            reconnections(small, 20 if quick else 100)


if __name__ == "__main__":
    main()
