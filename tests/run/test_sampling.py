"""The frames that are analysed: every Nth one, or so many for each second of the video."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import pytest
from support.clips import grey, write_clip

import fervid
from fervid.cli import run
from fervid.errors import UsageError
from fervid.run.sampling import EveryNth, PerSecond, Sampling
from fervid.settings import Settings

FAST = {"detector": "haar", "backend": "pytorch"}


def taken(sampling: Sampling, times: Sequence[float]) -> list[int]:
    """Return the indices of the frames that are taken."""
    return [index for index, time in enumerate(times) if sampling.takes(time)]


def test_every_nth_frame_begins_with_the_first() -> None:
    assert taken(EveryNth(3), [0.0] * 8) == [0, 3, 6]


@pytest.mark.parametrize(
    ("rate", "frame_rate", "expected"),
    [
        (5, Fraction(25), list(range(0, 50, 5))),
        (5, Fraction(30), list(range(0, 60, 6))),
        (10, Fraction(30), list(range(0, 60, 3))),
        (1, Fraction(60), [0, 60]),
        (0.5, Fraction(5, 2), [0]),
        (25, Fraction(25), list(range(50))),
        (1000, Fraction(25), list(range(50))),
    ],
)
@pytest.mark.parametrize("start", [0.0, 72_000.0])
def test_the_rate_counts_time_and_not_frames(
    rate: float, frame_rate: Fraction, expected: list[int], start: float
) -> None:
    """Times are rounded to a millisecond, down as well, as containers do."""
    count = round(2 * frame_rate)
    for digits in (lambda time: round(time, 3), lambda time: int(time * 1000) / 1000):
        assert taken(PerSecond(rate), [start + digits(float(n / frame_rate)) for n in range(count)]) == expected


def test_a_rate_never_drifts() -> None:
    times = [n * 1001 / 30_000 for n in range(30 * 600)]
    found = [times[index] for index in taken(PerSecond(5), times)]
    assert len(found) == 3003
    assert max(time - n / 5 for n, time in enumerate(found)) < 1001 / 30_000


def test_after_a_gap_the_first_frame_is_taken_and_the_intervals_stay_where_they_were() -> None:
    times = [0.0, 0.1, 0.2, 0.3, 5.37, 5.45, 5.5, 6.0]
    assert [times[index] for index in taken(PerSecond(2), times)] == [0.0, 5.37, 5.5, 6.0]


def test_rate_and_every_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError, match="every and rate exclude each other; leave one of them out"):
        Settings(every=2, rate=5)
    assert run(["timeline", "clip.mp4", "--every", "2", "--rate", "5"]) == 2
    assert capsys.readouterr().err == "fervid: --every and --rate exclude each other; leave one of them out\n"


def test_a_recording_of_varying_frame_rate_has_rows_at_even_distances(tmp_path: Path) -> None:
    times = [*range(0, 1000, 20), *range(1000, 3000, 100), *range(3000, 4000, 15)]
    clip = write_clip(tmp_path / "phone.mkv", [grey(90)] * len(times), times=times)
    timeline = fervid.timeline(clip, rate=5, **FAST)
    assert [frame.time for frame in timeline.frames] == pytest.approx([n / 5 for n in range(20)], abs=0.0151)
    assert [reading.index for _, reading in fervid.read(clip, frames=True, rate=1, **FAST)] == [0, 50, 60, 70]


def test_pictures_and_bare_streams_take_the_rate_that_is_given(tmp_path: Path) -> None:
    stream = write_clip(tmp_path / "cam.h264", [grey(90)] * 12, times=range(0, 480, 40))
    (tmp_path / "scans").mkdir()
    for n in range(12):
        cv2.imwrite(str(tmp_path / "scans" / f"{n}.png"), grey(90))
    for source in (stream, tmp_path / "scans"):
        for rate, step in ((None, 0.04), (10, 0.1), (29.97, 1 / 29.97)):
            found = fervid.timeline(source, picture_rate=rate, **FAST).frames
            assert [frame.time for frame in found] == pytest.approx([n * step for n in range(12)], abs=1e-5)


def test_a_video_that_has_times_keeps_them(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", [grey(90)] * 5, times=range(0, 200, 40))
    found = fervid.timeline(clip, picture_rate=10, **FAST).frames
    assert [frame.time for frame in found] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])
