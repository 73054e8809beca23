"""Bands: probabilities at the resolution of a screen, whatever the frame rate, and small enough for a page."""

from __future__ import annotations

import base64
import tracemalloc
import zlib

import numpy as np
import pytest
from support.drawn_timelines import CLASSES, face, frames

from fervid.core.readings import FrameReading
from fervid.report.bands import COVERAGE, QUALITY, UNCERTAIN, Bands, Resolution

COUNT = len(CLASSES)


def bands_of(read: tuple[FrameReading, ...], duration: float, resolution: Resolution | None = None) -> Bands:
    bands = (resolution or Resolution()).new_bands(COUNT)
    for frame in read:
        for reading in frame.faces:
            bands.add(reading, duration)
    bands.flush()
    return bands


def unpacked(text: str) -> tuple[np.ndarray, np.ndarray]:
    """What the page makes of an encoded table: places and rows."""
    content = zlib.decompress(base64.b64decode(text))
    count = int(np.frombuffer(content, "<f8", 1)[0])
    runs = np.frombuffer(content, "<f8", 2 * count, 8).reshape(-1, 2)
    places, at = [], 0
    for gap, length in runs:
        places.append(np.arange(at + gap, at + gap + length))
        at += gap + length
    planes = np.frombuffer(content, np.uint8, offset=8 + 16 * count).reshape(COUNT + 3, -1)
    return np.concatenate(places), np.cumsum(planes, axis=1, dtype=np.uint8).T


@pytest.mark.parametrize("rate", [5, 10, 24, 29.97, 60])
def test_the_frame_rate_changes_nothing(rate: float) -> None:
    read = frames(8, rate, lambda n, time: (face(n, time, "happy" if time < 4 else "sad"),))
    places, rows = bands_of(read, 1 / rate).table()
    assert list(places) == list(range(80)) or list(places) == list(range(81))  # the last frame ends a little later
    happy = rows[:, CLASSES.index("happy")].astype(float)
    assert happy[:39] == pytest.approx(0.8 * 255, abs=1)
    assert happy[42:79] == pytest.approx(0.2 / 6 * 255, abs=1)
    assert set(rows[1:79, COVERAGE]) == {255}
    assert set(rows[:, QUALITY]) == {round(0.95 * 255)}


def test_a_step_holds_the_mean_over_time() -> None:
    bands = Resolution().new_bands(COUNT)
    bands.add(face(0, 0.0, "happy", probability=1.0), 0.075)
    bands.add(face(1, 0.075, "sad", probability=1.0, certain=False), 0.025)
    _, rows = bands.table()
    assert rows[0, [CLASSES.index("happy"), CLASSES.index("sad"), UNCERTAIN]].tolist() == [191, 64, 64]


def test_where_the_face_is_not_seen_there_is_no_row() -> None:
    bands = bands_of((*frames(1), *(FrameReading(n, n / 25, (face(n, n / 25),)) for n in range(250, 275))), 0.04)
    places, _ = bands.table()
    assert places.tolist() == [*range(10), *range(100, 110)]


def test_the_step_grows_so_that_the_bytes_are_bounded() -> None:
    resolution = Resolution(most_bytes=2000)
    one, other = (bands_of(frames(60), 0.04, resolution) for _ in range(2))
    for bands in (one, other):
        places, rows = bands.table()
        assert resolution.step == 0.8
        assert len(places) == 75
        assert 2 * rows.size <= 2000
        assert rows[:, COVERAGE].sum() / 255 * resolution.step == pytest.approx(60, abs=0.5)
        assert rows[:, CLASSES.index("happy")].mean() == pytest.approx(255 * 0.37, abs=8)


def test_a_time_lapse_takes_no_more_than_other_timelines() -> None:
    resolution = Resolution(most_bytes=100_000)
    bands = resolution.new_bands(COUNT)
    for index in range(20):
        bands.add(face(index, 40_000.0 * index), 40_000.0)  # 400,000 of the finest steps
    tracemalloc.start()
    places, rows = bands.table()
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()
    assert rows.size <= 100_000
    assert places[-1] == pytest.approx(800_000 / resolution.step, abs=1)


def test_the_page_gets_back_what_was_packed() -> None:
    bands = bands_of((*frames(3), *(FrameReading(n, n / 25, (face(n, n / 25),)) for n in range(250, 275))), 0.04)
    places, rows = unpacked(bands.encode())
    assert np.array_equal(places, bands.table()[0])
    assert np.array_equal(rows, bands.table()[1])


@pytest.mark.parametrize("begin", [1_764_182_400.0, 4e9, -1e9])
def test_a_clock_may_begin_far_from_zero(begin: float) -> None:
    """As that of a stream whose times are those of the day, counted from 1970."""
    bands = bands_of(frames(10, 25, begin=begin), 0.04)
    places, rows = unpacked(bands.encode())
    assert places.tolist() == [10 * begin + place for place in range(100)]
    assert np.array_equal(rows, bands.table()[1])
    assert set(rows[:, COVERAGE]) == {255}


def test_no_row_at_all_is_packed_too() -> None:
    assert zlib.decompress(base64.b64decode(Resolution().new_bands(COUNT).encode())) == bytes(8)


@pytest.mark.parametrize("people", [1, 5])
def test_a_day_of_video_takes_less_than_20_megabytes(people: int) -> None:
    """Also if every reading is noise, which no compression helps with."""
    resolution, chance = Resolution(), np.random.default_rng(0)
    shown = [resolution.new_bands(COUNT) for _ in range(people)]
    for hour in range(24):
        begin = 3600 * hour + np.arange(36_000) / 10
        for bands in shown:
            values = chance.random((len(begin), COUNT + 2), np.float32)
            bands.fill(np.column_stack([begin, begin + 0.1]), values)
    assert resolution.step == {1: 0.1, 5: 0.4}[people]
    assert people * len(shown[0].encode()) < 20_000_000
