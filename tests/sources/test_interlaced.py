"""Interlaced recordings, made from progressive pictures that tell how each frame should look."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from support.clips import FFV1, Encoding, noise, write_clip
from support.interlacing import MPEG2, moving, weave, write_field_pictures, write_interlaced

from fervid.core.readings import Frame
from fervid.core.timecodes import Timecode
from fervid.sources import open_live, open_source
from fervid.sources.stream import Stream
from fervid.sources.video_file import VideoFile
from fervid.video.colour import Colour
from samples.serve import TransportServer

IMAGES = moving(40)
FIELDS = ["top", "bottom"]

WRITERS: dict[str, Callable[[Path, str], Path]] = {
    "mpeg2": lambda folder, first: write_interlaced(folder / "clip.mpg", IMAGES, first, MPEG2),
    "h264_mbaff": lambda folder, first: write_interlaced(folder / "clip.mp4", IMAGES, first),
    "h264_paff": lambda folder, first: write_field_pictures(folder / "clip.h264", IMAGES, first),
}


def read(path: Path, **options: Any) -> list[Frame]:
    with open_source(path, **options) as source:
        frames = list(source)
    assert source.damage is None
    return frames


def error(frames: list[Frame], truth: list[NDArray[np.uint8]]) -> float:
    """The mean difference between frames and pictures."""
    differences = [np.abs(f.image.astype(int) - image).mean() for f, image in zip(frames, truth, strict=True)]
    return float(np.mean(differences))


@pytest.fixture(scope="module")
def interlaced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty frames of H.264."""
    return write_interlaced(tmp_path_factory.mktemp("interlaced") / "clip.mp4", IMAGES)


@pytest.mark.parametrize("first", FIELDS)
@pytest.mark.parametrize("codec", WRITERS)
def test_a_frame_shows_the_moment_of_its_first_field(tmp_path: Path, codec: str, first: str) -> None:
    path = WRITERS[codec](tmp_path, first)
    before, after = read(path, deinterlace=False), read(path)
    assert error(after, IMAGES[::2]) < error(before, IMAGES[::2]) / 3
    assert error(after, IMAGES[::2]) < error(after, IMAGES[1::2]) / 4  # the wrong field order would show the other one
    assert [(frame.index, frame.pts) for frame in after] == [(frame.index, frame.pts) for frame in before]
    assert len(after) == 20


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (Timecode(frame=5), None),
        (None, Timecode(frame=1)),
        (Timecode(seconds=0.2), Timecode(seconds=0.48)),
        (Timecode(frame=19), None),
    ],
)
def test_start_and_end_select_frames_and_change_none(
    interlaced: Path, start: Timecode | None, end: Timecode | None
) -> None:
    first, last = (start.frame or 5 if start else 0), (end.frame or 12 if end else 20)
    expected = read(interlaced)[first:last]
    chosen = read(interlaced, start=start, end=end)
    assert [(frame.index, frame.pts) for frame in chosen] == [(frame.index, frame.pts) for frame in expected]
    for one, other in zip(chosen, expected, strict=True):
        np.testing.assert_array_equal(one.image, other.image)


def test_a_single_frame_is_read(tmp_path: Path) -> None:
    assert len(read(write_interlaced(tmp_path / "short.mp4", IMAGES[:2]))) == 1


def joined(target: Path, *parts: Path) -> Path:
    target.write_bytes(b"".join(part.read_bytes() for part in parts))
    return target


@pytest.mark.parametrize("start", [0, 15, 19, 20])
def test_progressive_frames_between_interlaced_ones_stay_as_they_are(tmp_path: Path, start: int) -> None:
    woven = write_interlaced(tmp_path / "woven.ts", IMAGES)
    plain = Encoding(options=(("preset", "ultrafast"), ("crf", "4")))
    whole = write_clip(tmp_path / "plain.ts", IMAGES[:20], plain)
    mixed = joined(tmp_path / "mixed.ts", woven, whole, woven)
    with VideoFile(mixed, deinterlace=False) as source:
        raw = list(source)
    with VideoFile(mixed) as source:
        frames = list(source)
    assert [(frame.index, frame.pts) for frame in frames] == [(frame.index, frame.pts) for frame in raw]
    assert len(frames) == 60
    assert error(frames[:20], IMAGES[::2]) < error(raw[:20], IMAGES[::2]) / 3
    assert error(frames[40:], IMAGES[::2]) < error(raw[40:], IMAGES[::2]) / 3
    for frame, other in zip(frames[20:40], raw[20:40], strict=True):
        np.testing.assert_array_equal(frame.image, other.image)
    with VideoFile(mixed, start=Timecode(frame=20 + start)) as source:
        for frame, other in zip(source, frames[20 + start :], strict=True):
            np.testing.assert_array_equal(frame.image, other.image)


def test_no_frame_is_lost_where_the_size_changes(tmp_path: Path) -> None:
    large = write_interlaced(tmp_path / "large.ts", IMAGES)
    small = write_interlaced(tmp_path / "small.ts", moving(20, 64, 64))
    with VideoFile(joined(tmp_path / "both.ts", large, small, large)) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == list(range(50))
    assert error(frames[:20], IMAGES[::2]) < 4
    assert error(frames[30:], IMAGES[::2]) < 4


def test_the_colour_encoding_is_kept(tmp_path: Path) -> None:
    tags = (("colorspace", 1), ("color_range", 2), ("time_base", Fraction(1, 25)))
    path = write_clip(tmp_path / "colour.mkv", weave(IMAGES), Encoding("ffv1", "yuv420p", tags=tags), range(0, 800, 40))
    with VideoFile(path) as source:
        assert source.info.colour == Colour(full_range=True, matrix=1)
    raw, frames = read(path, deinterlace=False), read(path)
    assert [f.image.mean() for f in frames] == pytest.approx([f.image.mean() for f in raw], abs=0.5)


def test_fields_that_are_coded_as_pictures_of_their_own_stay_as_they_are(tmp_path: Path) -> None:
    """HEVC marks such pictures as interlaced too."""
    options = (("x265-params", "interlace=1:log-level=none"), ("preset", "ultrafast"))
    path = write_clip(tmp_path / "fields.mkv", [noise(n) for n in range(5)], Encoding(options=options, codec="libx265"))
    for frame, other in zip(read(path), read(path, deinterlace=False), strict=True):
        np.testing.assert_array_equal(frame.image, other.image)


def test_a_line_tells_once_that_a_recording_is_interlaced(
    interlaced: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "fervid")
    read(interlaced, deinterlace=False)
    read(write_clip(tmp_path / "progressive.mkv", IMAGES, FFV1))
    assert caplog.messages == []
    read(interlaced)
    assert caplog.messages == [
        f"'{interlaced}' has interlaced frames, which are deinterlaced; deinterlace=False leaves them as they are"
    ]


@pytest.mark.realtime
@pytest.mark.parametrize("deinterlace", [True, False])
def test_a_stream_is_deinterlaced_and_loses_no_frame(tmp_path: Path, deinterlace: bool) -> None:
    path = write_interlaced(tmp_path / "live.ts", IMAGES, encoding=MPEG2)
    with TransportServer(path, speed=5) as server, open_live(server.address, deinterlace=deinterlace) as stream:
        frames = list(stream)
    assert [frame.index for frame in frames] == list(range(20))
    assert np.diff([frame.time for frame in frames]) == pytest.approx(0.04)
    assert (error(frames, IMAGES[::2]) < 4) == deinterlace


def test_a_frame_of_a_stream_keeps_its_own_time_of_arrival(tmp_path: Path) -> None:
    path = write_interlaced(tmp_path / "live.ts", IMAGES, encoding=MPEG2)
    packets = 0

    def now() -> float:
        nonlocal packets
        packets += 1
        return packets

    with Stream(str(path), now=now) as stream:
        arrivals = [(packets, stream.arrived) for _ in stream]
    assert [arrived for _, arrived in arrivals] == [*range(2, 22)]  # the first call starts the patience
    assert [seen - arrived for seen, arrived in arrivals] == [1] * 20  # each waits for one more packet
