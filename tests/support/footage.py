"""Clips of a real face, made from the astronaut's portrait by a camera that pans, zooms and leans."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from support.astronaut import Image, smile, view
from support.clips import Encoding, Sound, write_clip

BT601 = (("colorspace", 6), ("color_primaries", 6), ("color_trc", 6))
"""Codes of ITU-T H.273."""

_X264 = (("preset", "veryfast"), ("crf", "20"))
_X265 = (("preset", "ultrafast"), ("crf", "20"), ("x265-params", "log-level=none"))


class Footage:
    """The clips by their names, each written when it is first asked for.

    Args:
        folder: Where they are written. Several processes may share it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> Path:
        path = self.folder / name
        if not path.exists():
            unfinished = path.with_stem(f"{path.stem}-{os.getpid()}")
            CLIPS[name](unfinished)
            unfinished.replace(path)
        return path


def _wave(step: int, period: float, depth: float = 1.0) -> float:
    return depth * math.sin(2 * math.pi * step / period)


def _smiles(count: int, lean: float) -> Iterator[Image]:
    for step in range(count):
        yield smile(
            175 + _wave(step, 97, 20),
            (0.5 + _wave(step, 53, 0.03), 0.52 + _wave(step, 71, 0.03)),
            tilt=_wave(step, 89, lean),
            gain=1 + _wave(step, 131, 0.15),
        )


def _things(count: int) -> Iterator[Image]:
    for step in range(count):
        yield view((256 + _wave(step, 61, 70), 365 + _wave(step, 83, 20)), 2 + _wave(step, 41, 0.1))


def _smile(path: Path) -> Path:
    """One face for 72 frames at 30 a second, and MP3 sound."""
    encoding = Encoding(options=_X264)
    times = range(0, 72 * 512, 512)
    sound = Sound("mp3", 2.4)
    return write_clip(path, _smiles(72, 4), encoding, times, time_base=Fraction(1, 15_360), rate=30, sound=sound)


def _lean(path: Path) -> Path:
    """A head that leans far to both sides for 20 seconds at 24000/1001 frames a second, and AAC sound."""
    encoding = Encoding(options=_X264, tags=BT601)
    times = range(0, 472 * 1001, 1001)
    sound = Sound("aac", 19.7, rate=48_000)
    rate, time_base = Fraction(24_000, 1001), Fraction(1, 24_000)
    return write_clip(path, _smiles(472, 16), encoding, times, time_base=time_base, rate=rate, sound=sound)


def _gone(path: Path) -> Path:
    """HEVC: a face for 72 frames at uneven times, one black frame, 96 frames of things, and sound that begins late."""
    images = [*_smiles(72, 4), np.zeros((360, 640, 3), np.uint8), *_things(96)]
    times = np.cumsum([0, *np.random.default_rng(3).choice([384, 512, 640, 896], len(images) - 1)]).tolist()
    sound = Sound("aac", 4.0, start=2.4)
    return write_clip(
        path, images, Encoding("libx265", options=_X265), times, time_base=Fraction(1, 15_360), sound=sound
    )


def _things_only(path: Path) -> Path:
    """Things without a face, in 98 frames of which an edit list leaves out the first three."""
    encoding = Encoding(options=_X264)
    times = range(-3 * 512, 95 * 512, 512)
    sound = Sound("aac", 3.9)
    return write_clip(path, _things(98), encoding, times, time_base=Fraction(1, 12_288), rate=24, sound=sound)


CLIPS: dict[str, Callable[[Path], Path]] = {
    "smile.mp4": _smile,
    "lean.mp4": _lean,
    "gone.mov": _gone,
    "things.mp4": _things_only,
}
"""The function that writes each clip."""
