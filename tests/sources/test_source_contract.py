"""The contract that every recorded source fulfils."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from fervid.core.timecodes import Timecode
from fervid.sources import Source, open_source


@pytest.fixture(params=["vfr", "four_seconds", "picture", "album"])
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(request.param))


def test_indices_count_from_0_without_gaps(path: Path) -> None:
    with open_source(path) as source:
        indices = [frame.index for frame in source]
    assert indices == list(range(len(indices)))
    assert indices


def test_times_increase_in_units_of_the_time_base(path: Path) -> None:
    with open_source(path) as source:
        frames = list(source)
    assert all(earlier.time < later.time for earlier, later in itertools.pairwise(frames))
    assert {frame.time_base for frame in frames} == {source.info.time_base}


def test_images_are_bgr_bytes_of_the_size_in_info(path: Path) -> None:
    with open_source(path) as source:
        for frame in source:
            assert frame.image.dtype == np.uint8
            assert frame.image.shape == (source.info.height, source.info.width, 3)
            assert frame.image.flags.c_contiguous


def test_info_has_the_number_of_frames_and_the_duration(path: Path) -> None:
    with open_source(path) as source:
        frames = list(source)
    assert source.info.path == path
    assert source.info.frames == len(frames)
    assert source.info.duration is not None
    assert source.info.start == frames[0].time
    assert source.info.duration >= frames[-1].time - frames[0].time


def test_a_healthy_file_has_no_damage(path: Path) -> None:
    with open_source(path) as source:
        list(source)
        assert source.undecodable == 0
        assert source.damage is None


def test_images_outlive_their_source(path: Path) -> None:
    with open_source(path) as source:
        kept = [frame.image for frame in source]
    with open_source(path) as source:
        for image, frame in zip(kept, source, strict=True):
            np.testing.assert_array_equal(image, frame.image)


def test_close_may_be_called_twice(path: Path) -> None:
    source = open_source(path)
    source.close()
    source.close()
    assert list(source) == []


def test_leaving_the_loop_early_closes_the_file(path: Path) -> None:
    with open_source(path) as source:
        for _ in source:
            break
    assert list(source) == []


def test_a_second_loop_continues_where_the_first_was_left(path: Path) -> None:
    with open_source(path) as source:
        first = next(iter(source))
        rest = list(source)
    assert [first.index, *(frame.index for frame in rest)] == list(range(1 + len(rest)))


@pytest.mark.parametrize("start", [Timecode(frame=3), Timecode(seconds=0.1)], ids=["frame", "seconds"])
@pytest.mark.parametrize("path", ["vfr", "four_seconds", "album"], indirect=True)
def test_start_and_end_select_frames_and_change_none(path: Path, start: Timecode) -> None:
    end = Timecode(frame=6)
    with open_source(path) as source:
        expected = [f for f in source if start.reached(f.index, f.time) and not end.reached(f.index, f.time)]
    with open_source(path, start=start, end=end) as source:
        chosen = list(source)
    assert [(frame.index, frame.pts) for frame in chosen] == [(frame.index, frame.pts) for frame in expected]
    assert expected
    for one, other in zip(chosen, expected, strict=True):
        np.testing.assert_array_equal(one.image, other.image)


def test_the_classes_are_sources(vfr: Path, album: Path, picture: Path) -> None:
    for path in (vfr, album, picture):
        source: Source = open_source(path)  # the type checker's part of the contract
        source.close()
