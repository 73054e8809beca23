"""Timelines that no video was analysed for."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from fervid.core.emotions import FER2013
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, FrameReading
from fervid.formats.timeline import Timeline

CLASSES = FER2013


def face(
    frame: int, time: float, emotion: str = "happy", face_id: int = 1, probability: float = 0.8, *, certain: bool = True
) -> FaceReading:
    """A face that shows one emotion; the others share the rest."""
    probabilities = np.full(len(CLASSES), (1 - probability) / (len(CLASSES) - 1), np.float32)
    probabilities[CLASSES.index(emotion)] = probability
    box = Box(200.0 + 10 * face_id, 90.0, 170.0, 170.0)
    return FaceReading(frame, time, face_id, box, 0.9, CLASSES, probabilities, probabilities, None, 0.95, certain)


def frames(
    seconds: float,
    rate: float = 25,
    faces: Callable[[int, float], tuple[FaceReading, ...]] | None = None,
    *,
    begin: float = 0.0,
) -> tuple[FrameReading, ...]:
    """Frames at a rate; by default, one face that is happy for two seconds, then sad for two, and so on."""
    chosen = faces or alternating
    times = [begin + n / rate for n in range(round(seconds * rate))]
    return tuple(FrameReading(n, time, chosen(n, time)) for n, time in enumerate(times))


def alternating(frame: int, time: float) -> tuple[FaceReading, ...]:
    """A face that is happy for two seconds, then sad for two, and so on."""
    return (face(frame, time, "happy" if time % 4 < 2 else "sad", probability=0.7 + 0.1 * math.sin(time)),)


def save(path: Path, read: tuple[FrameReading, ...]) -> Path:
    """Write a timeline, in a folder that is made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Timeline(CLASSES, read).save(path)
    return path
