"""The status line of a live analysis."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from fervid.cli.live_status import StatusView, status_line, status_views
from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.live.meter import MeterReading

IMAGE = np.zeros((4, 4, 3), np.uint8)
METER = MeterReading(rate=29.97, latency=0.0084, latency_p99=0.0139, shown=400, dropped=3)


def reading(time: float = 12.4, faces: int = 1) -> FrameReading:
    shares = np.full(len(FER2013), 0.01, np.float32)
    shares[FER2013.index("happy")] = 0.94
    box = Box(0.0, 0.0, 2.0, 2.0)
    return FrameReading(
        0, time, tuple(FaceReading(0, time, n + 1, box, 0.9, FER2013, shares, shares) for n in range(faces))
    )


@pytest.mark.parametrize(("faces", "told"), [(0, "no face"), (1, "1 happy 94%"), (2, "1 happy 94%, 2 happy 94%")])
def test_it_tells_all_that_matters(faces: int, told: str) -> None:
    said = status_line(reading(faces=faces), METER)
    assert said == f"0:00:12  30.0 frames/s, latency 8 ms (99 %: 14), 3 dropped  {told}"


def test_it_speaks_once_in_its_time_and_tells_when_nothing_comes() -> None:
    now, said = 0.0, []
    view = StatusView(said.append, 1.0, now=lambda: now)
    for tick in range(50):
        now = tick / 10
        if tick < 25:
            view.show(IMAGE, reading(now), METER)
        else:
            view.idle(METER)
    assert [text[:7] for text in said] == ["0:00:01", "0:00:02", "no pict", "no pict"]
    assert said[-1] == "no picture for 2 s"


def test_a_terminal_shows_the_newest_line_of_each_source() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=200, force_terminal=True)
    with status_views(console, ["camera 0", "camera 1"], quiet=False) as views:
        for view in views:
            view._interval = 0.0
            view.show(IMAGE, reading(), METER)
        stream.truncate(stream.seek(0))
        views[0].show(IMAGE, reading(13.0), METER)
        shown = stream.getvalue()
    assert f"camera 0: {status_line(reading(13.0), METER)}" in shown
    assert f"camera 1: {status_line(reading(), METER)}" in shown


@pytest.mark.parametrize("quiet", [True, False])
def test_a_log_gets_plain_lines_and_a_quiet_one_none(quiet: bool) -> None:
    console = Console(file=io.StringIO(), width=200)
    with status_views(console, ["camera 0"], quiet=quiet) as (view,):
        view._interval = 0.0
        view.show(IMAGE, reading(), METER)
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ("" if quiet else status_line(reading(), METER) + "\n")
