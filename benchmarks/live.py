"""Measure latency, dropped frames and memory of `fervid live`: python benchmarks/live.py [--quick] [FIGURE ...].

A clip with one face is drawn, and another process serves it as MJPEG over HTTP. The figures are:

page: dropped frames at 720p and 30 frames/s, and the latency from the arrival of a frame, still encoded, until its
    picture is painted, encoded and handed to a viewer in another process;
window: the same for a window (without a display, run `xvfb-run -s '-screen 0 1600x1000x24' python benchmarks/live.py
    window`);
blur: the same as page, with `--blur`;
slow: the same as page, with an analysis that takes ten times as long;
hour: the growth of memory over an hour of frames, served ten times as fast and recorded, after the first minute;
reconnections: the threads and open files that a hundred reconnections leave;
sources: the most memory that the command takes for one, two and three sources, here 720p files with one face; the
    median of several runs.

The first second of each run is not counted. It reads /proc, so it runs on Linux only.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from live_measurements import Measure, clip_stream, measure, measure_page, measure_window

import fervid
from fervid import formats, smooth
from fervid.core.closing import Closing
from fervid.core.readings import Face
from fervid.detect.base import Detector
from fervid.detect.search import EveryFrame
from fervid.draw.painter import Painter
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from fervid.live.analysis import LiveAnalysis
from fervid.run.analyser import Analyser
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import open_live, open_source
from fervid.sources.reconnecting import Reconnecting
from fervid.sources.stream import Stream
from fervid.track.tracker import MotionTracker
from fervid.window import missing_display
from samples.clips import CLIPS
from samples.render import adapted, render
from samples.serve import MjpegServer, jpegs

RATE = 30
SETTINGS = Settings(batch=1)
FIGURES = ("page", "window", "blur", "slow", "hour", "reconnections", "sources")

ROOT = Path(fervid.__file__).resolve().parent.parent

SOURCES = 3
"""The largest number of sources whose memory is measured."""


class SlowDetector(Closing):
    """A detector that takes longer than the real one.

    Args:
        detector: The real detector, which stays open.
        seconds: The extra time for each frame.
    """

    def __init__(self, detector: Detector, seconds: float) -> None:
        self.name = detector.name
        self._detector = detector
        self._seconds = seconds

    def detect(self, image: NDArray[np.uint8]) -> list[Face]:
        """Wait, and return the faces that the real detector finds."""
        time.sleep(self._seconds)
        return self._detector.detect(image)

    def close(self) -> None:
        """Do nothing: the real detector belongs to the caller."""


def analysis_seconds(models: Models, clip: Path) -> float:
    """Return the median duration of the analysis of one frame."""
    analyser, times = models.analyser(), []
    with open_source(clip) as frames:
        for frame in itertools.islice(frames, 100):
            begin = time.perf_counter()
            list(analyser.read(analyser.find([frame])))
            times.append(time.perf_counter() - begin)
    return statistics.median(times)


def print_latency(
    models: Models, clip: Path, seconds: float, measure_shown: Measure, title: str, *, blur: bool = False
) -> None:
    """Measure and print page, window or blur."""
    with clip_stream(clip, RATE) as address:
        live = LiveAnalysis(open_live(address), models.analyser(live=True), blur=blur)
        measurements = measure_shown(live, models, seconds)
    print(f"720p, {RATE} frames/s, one face, {seconds:.0f} s: {title}")
    print(f"  dropped                          {measurements.drops()}")
    print(f"  latency                          {measurements.latency()}")


def print_slow(models: Models, clip: Path, seconds: float) -> None:
    """Measure and print slow."""
    usual = analysis_seconds(models, clip)
    detector = SlowDetector(models.detector, 9 * usual)
    analyser = Analyser(
        EveryFrame(detector),
        MotionTracker(),
        models.engine,
        smooth.create(SETTINGS, models.engine.manifest.classes),
        batch=1,
    )
    with clip_stream(clip, RATE) as address:
        measurements = measure_page(LiveAnalysis(open_live(address), analyser), models, seconds)
    print(f"every analysis ten times as long: {10_000 * usual:.0f} ms instead of {1000 * usual:.1f} ms")
    print(f"  dropped                          {measurements.drops()}")
    print(f"  latency                          {measurements.latency()}; two analyses take {20_000 * usual:.0f} ms")
    print(f"  memory                           {measurements.memory_growth(10)}")


def print_hour(models: Models, clip: Path, seconds: float) -> None:
    """Measure and print hour, over `seconds` of a stream that is served ten times as fast."""
    with clip_stream(clip, 10 * RATE) as address:
        live = LiveAnalysis(open_live(address), models.analyser(live=True))
        context = Context(models.engine.manifest.classes, painter=Painter())
        for name in ("recorded.mp4", "recorded.csv"):
            live.record(formats.create(clip.with_name(name), context, output=InPlace))
        with live:
            live.start()
            measurements = measure(live, seconds / 10)
    print(f"{seconds / 60:.0f} min of stream, served ten times as fast, recorded as video and timeline")
    print(f"  memory                           {measurements.memory_growth(60)}")


def print_reconnections(clip: Path, count: int) -> None:
    """Measure and print reconnections."""
    pictures = jpegs(clip)[:12]
    counts: dict[int, tuple[int, int]] = {}
    with MjpegServer(lambda: pictures) as server, Reconnecting(lambda: Stream(server.address), waits=[0.0]) as source:
        for _ in source:
            counts.setdefault(source.reconnections, (_count("fd"), _count("task")))
            if source.reconnections == count:
                source.stop()
    files, threads = (after - before for after, before in zip(counts[count], counts[count // 10], strict=True))
    print(f"{count} reconnections, counted after the first {count // 10}")
    print(f"  open files {files:+d}, threads {threads:+d} (those of the server included)")


def print_sources(clip: Path, rounds: int) -> None:
    """Measure and print sources: of one source, of two, and so on, each in so many runs."""
    clips = [clip.with_name(f"source-{number}.mp4") for number in range(1, SOURCES + 1)]
    for copy in clips:
        shutil.copy(clip, copy)
    peak_bytes(clips[:1])  # compiles the engine where that is to be done
    before: float | None = None
    for number in range(1, SOURCES + 1):
        peaks = [peak_bytes(clips[:number]) for _ in range(rounds)]
        peak = statistics.median(peaks)
        more = "" if before is None else f", {(peak - before) / 1e6:+.0f} MB for this one"
        span = f"{min(peaks) / 1e6:.0f} to {max(peaks) / 1e6:.0f}"
        print(f"sources: {number}                         {peak / 1e6:.0f} MB ({span}){more}")
        before = peak


def peak_bytes(clips: Sequence[Path]) -> int:
    """Return the most memory that `fervid live` takes for these files, in bytes, from its start to their end."""
    command = [sys.executable, "-m", "fervid", "live", "--no-window", "--quiet", *map(str, clips)]
    peak = 0
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        # Not what the system tells at the end (ru_maxrss), which counts this process too.
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
            if resident := re.search(r"^VmHWM:\s*(\d+) kB", status, re.MULTILINE):
                peak = max(peak, int(resident[1]) * 1024)
            time.sleep(0.05)
    if process.returncode:
        sys.exit(f"fervid live ended with exit code {process.returncode}")
    return peak


def _count(kind: str) -> int:
    return len(list(Path(f"/proc/self/{kind}").iterdir()))


def main() -> None:
    """Measure and print the figures that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"any of {', '.join(FIGURES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="run each for a few seconds only, to see whether it works")
    options = parser.parse_args()
    wanted, quick = options.figures or FIGURES, options.quick
    if unknown := set(wanted) - set(FIGURES):
        parser.error(f"unknown figure {', '.join(sorted(unknown))}; choose from {', '.join(FIGURES)}")
    if "window" in wanted and (missing := missing_display()) is not None:
        if options.figures:
            parser.error(f"there is no window: {missing}")
        print(f"window is left out: {missing}")
        wanted = tuple(figure for figure in wanted if figure != "window")
    logging.getLogger("fervid").setLevel(logging.ERROR)
    cv2.setNumThreads(1)
    seconds, stretch = (4.0, 1.0) if quick else (60.0, 5.0)
    with tempfile.TemporaryDirectory() as folder, Models(SETTINGS) as models:
        large = render(adapted(CLIPS["single"], (1280, 720), stretch), Path(folder) / "large")
        small = render(adapted(CLIPS["single"], (640, 360), stretch), Path(folder) / "small")
        if "page" in wanted:
            print_latency(models, large, seconds, measure_page, "page")
        if "window" in wanted:
            print_latency(models, large, seconds, measure_window, "window")
        if "blur" in wanted:
            with Models(SETTINGS.replace(blur=True)) as blurring:
                print_latency(blurring, large, seconds, measure_page, "page with --blur", blur=True)
        if "slow" in wanted:
            print_slow(models, large, seconds / 2)
        if "hour" in wanted:
            print_hour(models, small, 60 if quick else 3600)
        if "reconnections" in wanted:
            print_reconnections(small, 20 if quick else 100)
        if "sources" in wanted:
            print_sources(large, 1 if quick else 5)


if __name__ == "__main__":
    main()
