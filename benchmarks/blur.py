"""Measure how many faces `--blur` hides: python benchmarks/blur.py VIDEO... [--frames N].

Each video is measured at its own size, and then reduced, so that its face is 6 % of the width of a 720p frame, across
which it moves at several speeds, or in which it appears for half a second at a time. The last rows are a drawn crowd.

Two lookouts are compared: that of `annotate` searches every square of every frame, that of `live` searches them in
turn. For each, a row has the share of the faces, over all frames, that are hidden, and the median CPU time for a frame.
A face is hidden if 95 % of its bounding box is.

The ground truth of a video is what the detector finds at its own size, that of the crowd is where it was drawn. Speeds
are in face widths a second, at 30 frames/s.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import FrameReading
from fervid.detect.base import Detector
from fervid.draw.blur import Blur
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources import open_source
from samples.clips import Actor, Clip, Mood, Place
from samples.people import PEOPLE
from samples.staging import shots

RATE = 30
SIZE = (1280, 720)
SMALL = 0.06
SPEEDS = (0.0, 1.0, 3.0, 6.0, 9.0)
HIDDEN = 0.95

Shot = tuple[NDArray[np.uint8], Sequence[Box]]
"""An image and the bounding boxes of its faces."""


def original(path: Path, detector: Detector, frames: int) -> Iterator[Shot]:
    """Yield the frames of a video with the faces that the detector finds."""
    with open_source(path) as source:
        for frame in itertools.islice(source, frames):
            yield frame.image, [face.box for face in detector.detect(frame.image)]


def reduced(video: Iterable[Shot], speed: float) -> Iterator[Shot]:
    """Yield each frame reduced in size, on a grey background, further along an ellipse each time."""
    width, height = SIZE
    radius, scale = height / 4, 0.0
    for index, (image, boxes) in enumerate(video):
        if not boxes:
            continue
        scale = scale or SMALL * width / boxes[0].width
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        angle = 1 + index / RATE * speed * SMALL * width / radius
        left = round((width - small.shape[1]) / 2 + 1.8 * radius * math.cos(angle))
        top = round((height - small.shape[0]) / 2 + radius * math.sin(angle))
        picture = np.full((height, width, 3), 110, np.uint8)
        area = picture[max(0, top) : top + small.shape[0], max(0, left) : left + small.shape[1]]
        area[:] = small[max(0, -top) :, max(0, -left) :][: area.shape[0], : area.shape[1]]
        moved = [box.scaled(scale, scale) for box in boxes]
        yield picture, [box._replace(x=box.x + left, y=box.y + top) for box in moved]


def intermittent(video: Iterable[Shot]) -> Iterator[Shot]:
    """Yield the frames of every other half second, and grey ones without a face in between."""
    for index, (image, boxes) in enumerate(video):
        is_visible = index // (RATE // 2) % 2
        yield (image, boxes) if is_visible else (np.full_like(image, 110), [])


def crowd(speed: float, frames: int) -> Iterator[Shot]:
    """Yield frames of twelve drawn people, in rows that move from side to side."""
    width, height = SIZE
    side, seconds = SMALL * width / height, frames / RATE
    distance = min(0.12, speed * SMALL * seconds)
    turns = max(1, round(speed * SMALL * seconds / distance)) if distance else 1
    actors = [
        Actor(
            PEOPLE[number % len(PEOPLE)],
            tuple(
                Place(turn * seconds / turns, 0.12 + column * 0.21 + distance * (turn % 2), 0.2 + row * 0.3, side)
                for turn in range(turns + 1)
            ),
            (Mood(0, "neutral"),),
        )
        for number, (row, column) in enumerate(itertools.product(range(3), range(4)))
    ]
    clip = Clip("crowd", "twelve people", width, height, seconds, "room", tuple(actors))
    for shot in shots(clip):
        yield shot.image, [Box(*seen.box) for seen in shot.truth]


class Lookout:
    """The detector of a lookout, with the share of the faces that it hides and its CPU time.

    Args:
        detector: The detector.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._blur = Blur()
        self.faces = self.hidden = 0
        self.spent: list[float] = []

    def add(self, index: int, shot: Shot, noise: NDArray[np.uint8]) -> None:
        """Measure the next frame."""
        image, boxes = shot
        begin = time.process_time()
        seen = tuple(face.box for face in self._detector.detect(image))
        self.spent.append(time.process_time() - begin)
        painted = noise.copy()
        self._blur.hide(painted, FrameReading(index, index / RATE, (), seen=seen))
        changed = (painted != noise).any(axis=2)
        for box in boxes:
            left, top, right, bottom = (max(0, round(edge)) for edge in (box.x, box.y, box.right, box.bottom))
            part = changed[top:bottom, left:right]
            if part.size:
                self.faces += 1
                self.hidden += part.mean() >= HIDDEN

    def __str__(self) -> str:
        return f"{self.hidden / max(1, self.faces):8.1%} {1000 * statistics.median(self.spent):6.1f} ms"


def print_row(name: str, video: Iterable[Shot], models: Models) -> None:
    """Measure both lookouts on a video, and print a row."""
    assert models.lookout is not None
    lookouts = Lookout(models.lookout), Lookout(detect.for_live(models.lookout))
    noise = np.empty((0, 0, 3), np.uint8)
    for index, shot in enumerate(video):
        if noise.shape != shot[0].shape:
            noise = np.random.default_rng(0).integers(0, 256, shot[0].shape, np.uint8)
        for lookout in lookouts:
            lookout.add(index, shot, noise)
    print(f"{name:40} {lookouts[0].faces:6}  {lookouts[0]}  {lookouts[1]}", flush=True)


def main() -> None:
    """Measure the videos of the command line and the crowd, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    parser.add_argument("--frames", type=int, default=150, help="at most this many frames of each video (default: 150)")
    arguments = parser.parse_args()
    frames = arguments.frames
    cv2.setNumThreads(1)
    print(f"{'':40} {'faces':>6}  {'every square':>18}  {'in turn':>18}")
    with Models(Settings(detector="mediapipe", blur=True)) as models:
        for path in arguments.videos:
            print_row(path.name, original(path, models.detector, frames), models)
            for speed in SPEEDS:
                shown = original(path, models.detector, frames)
                print_row(f"{path.name}, reduced, {speed:g} widths/s", reduced(shown, speed), models)
            shown = reduced(original(path, models.detector, frames), 1.0)
            print_row(f"{path.name}, reduced, intermittent", intermittent(shown), models)
        for speed in SPEEDS:
            print_row(f"crowd, {speed:g} widths/s", crowd(speed, frames), models)


if __name__ == "__main__":
    main()
