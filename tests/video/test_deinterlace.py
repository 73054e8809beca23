"""Deinterlacing of decoded frames, and the frames that wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import av
import numpy as np
import pytest
from support.clips import grey
from support.interlacing import moving, weave

from fervid.video.deinterlace import deinterlace_frames


def progressive(count: int) -> list[av.VideoFrame]:
    return [av.VideoFrame.from_ndarray(grey(n, 128, 96), "bgr24").reformat(format="yuv420p") for n in range(count)]


def places(frames: Iterable[av.VideoFrame]) -> Iterator[tuple[int, int]]:
    """Yield the number of frames taken so far and the place of each frame that comes out."""
    taken = 0

    def placed() -> Iterator[tuple[av.VideoFrame, int]]:
        nonlocal taken
        for place, frame in enumerate(frames):
            taken = place + 1
            yield frame, place

    for _, place in deinterlace_frames(placed(), "h264", "clip"):
        yield taken, place


def test_a_progressive_frame_comes_out_as_it_is_before_the_next_is_taken() -> None:
    frames = progressive(5)
    found = [frame for frame, _ in deinterlace_frames(((frame, None) for frame in frames), "h264", "clip")]
    assert all(frame is other for frame, other in zip(found, frames, strict=True))
    assert list(places(frames)) == [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4)]


def test_from_the_first_interlaced_frame_on_each_waits_for_the_next() -> None:
    frames = [*progressive(2), *weave(moving(6)), *progressive(1)]
    assert list(places(frames)) == [(1, 0), (2, 1), (4, 2), (5, 3), (6, 4), (6, 5)]


def test_a_frame_of_another_format_ends_the_wait() -> None:
    other = [frame.reformat(format="yuv444p") for frame in progressive(2)]
    frames = [*weave(moving(4)), *other, *weave(moving(2))]
    assert list(places(frames)) == [(2, 0), (3, 1), (3, 2), (4, 3), (5, 4)]


@pytest.mark.parametrize("pixel_format", ["yuv411p", "yuv422p", "yuv444p", "yuv420p10le", "gray", "uyvy422", "nv12"])
def test_every_pixel_format_is_deinterlaced(pixel_format: str) -> None:
    images = moving(12)
    woven = [(frame.reformat(format=pixel_format), None) for frame in weave(images)]
    assert all(frame.interlaced_frame for frame, _ in woven)
    found = [frame for frame, _ in deinterlace_frames(woven, "rawvideo", "clip")]
    assert len(found) == 6
    assert not any(frame.interlaced_frame for frame in found)
    for frame, image in zip(found, images[::2], strict=True):
        luma = frame.to_ndarray(format="gray").astype(int)
        expected = av.VideoFrame.from_ndarray(image, "bgr24").to_ndarray(format="gray")
        assert np.abs(luma - expected).mean() < 6
