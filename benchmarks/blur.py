"""Measure how many faces `--blur` hides: python benchmarks/blur.py VIDEO... [--frames N].

Each video is measured at its own size, and then reduced, so that its face is 6 % of the width of a 720p frame, across
which it moves at several speeds, or in which it appears for half a second at a time. The last rows are a drawn crowd.

Two lookouts are compared: that of `annotate`, whose frames wait for later ones, and that of `live`, whose frames do
not. For each, a row has the share of the faces, over all frames, that are hidden, and the CPU time, relative to that of
one look of the detector at every whole frame. A face is hidden if 95 % of its bounding box is. The search for the faces
to classify, whose faces are hidden too, is left out.

The ground truth of a video is what the detector finds at its own size, that of the crowd is where it was drawn. Speeds
are in face widths a second, at 30 frames/s.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fervid.core.geometry import Box
from fervid.core.readings import Frame, FrameReading
from fervid.detect.base import Detector
from fervid.detect.search import EveryFrame, Search, Searched
from fervid.detect.vigilance import LIVE_LOOKOUT, LOOKOUT
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


class Tally:
    """The share of the faces that a search hides, and its CPU time.

    Args:
        search: A new search for everything to hide.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._blur = Blur()
        self._waiting: deque[Shot] = deque()
        self.faces = self.hidden = 0
        self.spent = 0.0

    def add(self, index: int, shot: Shot) -> None:
        """Take the next frame."""
        self._waiting.append(shot)
        self._count(self._search.add(Frame(shot[0], index, index, Fraction(1, RATE))))

    def finish(self) -> None:
        """Count the frames that still wait."""
        self._count(self._search.flush())

    def _count(self, found: Iterator[Searched]) -> None:
        begin = time.process_time()
        done = list(found)
        self.spent += time.process_time() - begin
        for one in done:
            self._measure(one, *self._waiting.popleft())

    def _measure(self, searched: Searched, image: NDArray[np.uint8], boxes: Sequence[Box]) -> None:
        noise = _noise(image.shape)
        painted = noise.copy()
        seen = tuple(face.box for face in searched.faces)
        self._blur.hide(painted, FrameReading(searched.frame.index, searched.frame.time, (), seen=seen))
        for box in boxes:
            left, top, right, bottom = (max(0, round(edge)) for edge in (box.x, box.y, box.right, box.bottom))
            part = np.s_[top:bottom, left:right]
            if noise[part].size:
                self.faces += 1
                self.hidden += (painted[part] != noise[part]).any(axis=2).mean() >= HIDDEN

    def text(self, look: float) -> str:
        """Return the results, with the CPU time relative to `look`."""
        return f"{self.hidden / max(1, self.faces):8.1%} {self.spent / look:6.1f}"


@lru_cache(maxsize=1)
def _noise(shape: tuple[int, ...]) -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


def print_row(name: str, video: Iterable[Shot], models: Models) -> None:
    """Measure both lookouts on a video, and print a row."""
    once = Tally(EveryFrame(models.detector))
    recorded, live = Tally(models.lookout_search(LOOKOUT)), Tally(models.lookout_search(LIVE_LOOKOUT))
    for index, shot in enumerate(video):
        for tally in (once, recorded, live):
            tally.add(index, shot)
    recorded.finish()
    print(f"{name:46} {once.faces:6}  {recorded.text(once.spent)}  {live.text(once.spent)}", flush=True)


def main() -> None:
    """Measure the videos of the command line and the crowd, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="+", type=Path, metavar="VIDEO")
    parser.add_argument("--frames", type=int, default=150, help="at most this many frames of each video (default: 150)")
    arguments = parser.parse_args()
    frames = arguments.frames
    cv2.setNumThreads(1)
    print(f"{'':46} {'faces':>6}  {'annotate':>15}  {'live':>15}")
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
