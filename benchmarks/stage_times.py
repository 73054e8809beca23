"""The processor time that each stage takes, and the time for which the threads of the pipeline wait."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar
from unittest import mock

import numpy as np
from typing_extensions import override

from fervid import formats
from fervid.core.readings import Frame, FrameReading
from fervid.crop.crops import crop_faces
from fervid.draw.painter import Painter
from fervid.formats.context import Context
from fervid.formats.encoders import choose_encoder
from fervid.formats.yuv_pictures import YuvPictures
from fervid.run import pipeline
from fervid.run.analyser import Analyser, Found
from fervid.run.channel import Channel
from fervid.run.models import Models
from fervid.sources import open_source
from fervid.video.conversion import ToYuv

T = TypeVar("T")

_AT_ONCE = 8  # frames that each stage takes before the next one begins; few, so that they stay in the caches

WAITS = "fervid-decode", "fervid-find", "fervid-read", "fervid-write"
"""The threads of the pipeline, in the order of the data."""


class _Clock:
    """The processor time of the whole process, native threads included, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the processor time of the block to a stage."""
        begin = time.process_time()
        yield
        self.seconds[name] += time.process_time() - begin


def stage_times(clip: Path, models: Models, rows: Path) -> dict[str, float]:
    """Return the milliseconds of processor time that each stage takes for a frame, one stage after the other.

    Args:
        clip: The video.
        models: The detector and the engine.
        rows: The file to write the timeline to.
    """
    clock, analyser, count = _Clock(), models.analyser(), 0
    with open_source(clip) as source:
        info, encoder = source.info, choose_encoder()
        to_yuv = ToYuv(info.width, info.height, encoder.pixel_format(info.width, info.height), info.colour)
        pictures = YuvPictures(Painter(), to_yuv, info.canvas)
        context = Context(models.engine.manifest.classes, source=info)
        frames = iter(source)
        with formats.create(rows, context, overwrite=True) as writer:
            while True:
                with clock.stage("decode"):
                    some = list(islice(frames, _AT_ONCE))
                if not some:
                    break
                count += len(some)
                for frame, reading in _analysed(some, analyser, models, clock):
                    with clock.stage("paint"):
                        pictures.make(frame, reading)
                    with clock.stage("write rows"):
                        writer.write(frame, reading)
    return {name: 1000 * seconds / count for name, seconds in clock.seconds.items()}


def _analysed(
    frames: list[Frame], analyser: Analyser, models: Models, clock: _Clock
) -> list[tuple[Frame, FrameReading]]:
    """Return the frames with their readings."""
    with clock.stage("search and track"):
        found = list(analyser.find(frames))
    spec = models.engine.manifest.input
    with clock.stage("crop"):
        crops = [_cropped(item, spec.size, spec.colour) for item in found if item.tracked]
    faces = np.concatenate(crops) if crops else np.empty((0, spec.channels, spec.size, spec.size), np.uint8)
    with clock.stage("classify"):
        for begin in range(0, len(faces), analyser.batch):
            models.engine.classify(faces[begin : begin + analyser.batch])
    whole = _Clock()
    with whole.stage("all"):
        results = list(analyser.read(found))
    again = _Clock()
    with again.stage("all"):
        for item in found:
            if item.tracked:
                _cropped(item, spec.size, spec.colour)
        for begin in range(0, len(faces), analyser.batch):
            models.engine.classify(faces[begin : begin + analyser.batch])
    clock.seconds["quality, pose and smoothing"] += max(0.0, whole.seconds["all"] - again.seconds["all"])
    return results


def _cropped(item: Found, size: int, colour: str) -> np.ndarray:
    return crop_faces(item.picture.pixels, [tracked.face for tracked in item.tracked], size, colour)


class _WatchedChannel(Channel[T]):
    """A channel that counts the seconds for which its two threads wait for each other."""

    waits: dict[tuple[str, str], float] = defaultdict(float)  # noqa: RUF012 - shared by all channels of a run

    @override
    def put(self, item: T) -> bool:
        begin = time.perf_counter()
        try:
            return super().put(item)
        finally:
            self.waits[threading.current_thread().name, "next"] += time.perf_counter() - begin

    @override
    def __iter__(self) -> Iterator[T]:
        items = super().__iter__()
        while True:
            begin = time.perf_counter()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.waits[threading.current_thread().name, "before"] += time.perf_counter() - begin
            yield item


def waiting_shares(run: Callable[[], int]) -> dict[str, tuple[float, float]]:
    """Return the shares of a run in which each thread waited for the stage before it, and for the one after it.

    Args:
        run: Runs the pipeline once.
    """
    _WatchedChannel.waits.clear()
    begin = time.perf_counter()
    with mock.patch.object(pipeline, "Channel", _WatchedChannel):
        run()
    whole = time.perf_counter() - begin
    waits = _WatchedChannel.waits
    return {name: (waits[name, "before"] / whole, waits[name, "next"] / whole) for name in WAITS}
