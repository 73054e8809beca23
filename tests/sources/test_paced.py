"""Files played at their own speed."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from support.clips import grey, write_clip

from fervid.sources import open_live, open_source
from fervid.sources.paced import Paced

pytestmark = pytest.mark.realtime


def test_frames_are_yielded_when_they_are_due(vfr: Path, vfr_times: list[int]) -> None:
    now = 100.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    with open_source(vfr) as source:
        came = [(frame.time, now - 100) for frame in Paced(source, now=lambda: now, wait=wait)]
    assert [time for time, _ in came] == pytest.approx([t / 1000 for t in vfr_times])
    for time_, at in came:
        assert at == pytest.approx(time_)


def test_a_late_frame_is_yielded_at_once_and_the_delay_is_made_up(vfr: Path) -> None:
    now = 0.0
    waits: list[float] = []

    def wait(seconds: float) -> None:
        nonlocal now
        waits.append(seconds)
        now += seconds

    def clock() -> float:
        return now

    with open_source(vfr) as source:
        for frame in Paced(source, now=clock, wait=wait):
            now += 0.2 if frame.index == 0 else 0.0
    assert now == pytest.approx(1.7)
    assert len(waits) == 2  # the frames at 0.5 and 1.7 s; those before were late


def test_stop_ends_a_wait_for_the_next_frame(tmp_path: Path) -> None:
    """The third frame would come after an hour."""
    clip = write_clip(tmp_path / "long.mp4", [grey(0), grey(30), grey(60)], times=[0, 40, 3_600_000])
    with open_live(str(clip)) as source:
        assert source.name == str(clip)
        threading.Timer(0.3, source.stop).start()
        assert len(list(source)) == 2
