"""Measure the search for faces: python benchmarks/search.py [VIDEO...] [--frames N].

Each video is searched as it is, then with its face reduced to 60 pixels in a frame of 1920x1080 and of 3840x2160, and
last come drawn crowds of 4, 16 and 40 faces of 40 to 400 pixels that drift about in 1920x1080.

For each way to search (one look at every whole frame, then each `--search`, and the default as for a live source), a
row has the faces that the tracker reported, as a share of those that are there: in the whole clip and, under "settled",
from 0.7 s on. Then come the false faces and the doubles for 100 frames, looks and CPU milliseconds for each frame.
Where the truth is not known, the mean number of faces in a frame takes the place of the shares, with the smallest and
the largest. The first frame of a scene is searched everywhere, which costs most in short clips.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fervid import detect
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.detect.base import Detector
from fervid.detect.following import Following
from fervid.detect.search import EveryFrame, Search
from fervid.detect.vigilance import LIVE
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.tracker import MotionTracker
from samples.drawing import draw_face
from samples.people import PEOPLE

RATE = 30
SMALL = 60
SAME = 0.3
SETTLED_S = 0.7
CROWDS = {4: (200, 400), 16: (60, 160), 40: (40, 80)}
SETTINGS = Settings(detector="mediapipe")

Shot = tuple[Frame, Sequence[Box] | None]
"""A frame, and the true boxes of its faces where they are known."""


def original(path: Path, frames: int) -> Iterator[Shot]:
    """Yield the frames of a video."""
    with open_source(path) as source:
        for frame in itertools.islice(source, frames):
            yield frame, None


def reduced(path: Path, frames: int, detector: Detector, size: tuple[int, int]) -> Iterator[Shot]:
    """Yield those frames of a video that show a face, reduced and moving about on a noisy background."""
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height // 40, width // 40, 3), np.uint8)
    wall = cv2.GaussianBlur(cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC), (0, 0), 5)
    scale, index = 0.0, 0
    for frame, _ in original(path, frames):
        faces = detector.detect(frame.pixels)
        if not faces:
            continue
        scale = scale or SMALL / faces[0].box.width
        small = cv2.resize(frame.image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        # Up to three widths a second.
        left = round((width - small.shape[1]) / 2 + 4 * SMALL * math.sin(index / RATE * 0.6))
        top = round((height - small.shape[0]) / 2 + 2 * SMALL * math.cos(index / RATE * 0.9))
        image = wall.copy()
        image[top : top + small.shape[0], left : left + small.shape[1]] = small
        boxes = [face.box.scaled(scale, scale) for face in faces]
        moved = [box._replace(x=box.x + left, y=box.y + top) for box in boxes]
        yield Frame(np.asarray(image, np.uint8), index, index, Fraction(1, RATE)), moved
        index += 1


def crowd(count: int, frames: int, size: tuple[int, int] = (1920, 1080)) -> Iterator[Shot]:
    """Yield frames of drawn people in a grid, each of a size of its own, who drift about in their places."""
    random = np.random.default_rng(count)
    across = math.ceil(math.sqrt(count * size[0] / size[1]))
    cell = np.array([size[0] / across, size[1] / math.ceil(count / across)])
    sides = random.uniform(*CROWDS[count], count).clip(max=0.6 * cell.min())
    phases = random.uniform(0, 2 * math.pi, (count, 2))
    for index in range(frames):
        image = np.full((size[1], size[0], 3), (150, 170, 160), np.uint8)
        boxes = []
        for number, (side, phase) in enumerate(zip(sides, phases, strict=True)):
            middle = (np.array(divmod(number, across))[::-1] + 0.5) * cell
            x, y = middle + 0.1 * cell * np.sin(index / 25 + phase)
            boxes.append(Box(*draw_face(image, (x, y), 1.4 * side, person=PEOPLE[number % len(PEOPLE)])))
        yield Frame(np.asarray(cv2.GaussianBlur(image, (0, 0), 1.0), np.uint8), index, index, Fraction(1, RATE)), boxes


class Tally:
    """The faces that a search has found in a clip, and their cost."""

    def __init__(self) -> None:
        self.false = self.doubles = 0
        self.counts: list[int] = []
        self.true: list[int] = []
        self.found: list[int] = []
        self.settled: int | None = None

    def add(self, frame: Frame, faces: Sequence[Face], truth: Sequence[Box] | None) -> None:
        """Count the faces of a frame."""
        if self.settled is None and frame.time >= SETTLED_S:
            self.settled = len(self.counts)
        self.counts.append(len(faces))
        self.doubles += sum(one.box.iou(other.box) > SAME for one, other in itertools.combinations(faces, 2))
        if truth is not None:
            self.true.append(len(truth))
            self.found.append(sum(any(face.box.iou(box) > SAME for face in faces) for box in truth))
            self.false += sum(all(face.box.iou(box) <= SAME for box in truth) for face in faces)

    def __str__(self) -> str:
        frames, settled = len(self.counts), slice(self.settled, None)
        doubles = f"{100 * self.doubles / frames:6.1f}"
        if self.true:
            whole = sum(self.found) / sum(self.true)
            settled_share = sum(self.found[settled]) / max(1, sum(self.true[settled]))
            return f"{whole:14.1%} {settled_share:8.1%} {100 * self.false / frames:6.1f} {doubles}"
        mean, settled_mean = np.mean(self.counts), np.mean(self.counts[settled])
        return f"{mean:7.2f} {min(self.counts):3}-{max(self.counts):<2} {settled_mean:8.2f} {'':6} {doubles}"


def print_row(clip: str, way: str, shots: Iterable[Shot], search: Search) -> None:
    """Search a clip in one way, and print a row, unless it has no frame, like a reduced video without a face."""
    tracker, tally, spent = MotionTracker(), Tally(), 0.0
    truths: list[Sequence[Box] | None] = []
    shown = 0

    def count(done: Iterator[object]) -> None:
        nonlocal spent, shown
        begin = time.process_time()
        found = list(done)
        spent += time.process_time() - begin
        for one in found:
            tracked = tracker.update(one.frame, one.faces, is_cut=one.is_cut)  # type: ignore[attr-defined]
            tally.add(one.frame, [each.face for each in tracked], truths[shown])  # type: ignore[attr-defined]
            shown += 1

    for frame, truth in shots:
        truths.append(truth)
        count(search.add(frame))
    count(search.flush())
    if not shown:
        return
    looks = search.looks / shown if isinstance(search, Following) else 1.0
    print(f"{clip:36} {way:10} {shown:4} {tally} {looks:6.2f} {1000 * spent / shown:6.1f}", flush=True)


def main() -> None:
    """Search the videos of the command line and the crowds, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path, metavar="VIDEO")
    parser.add_argument("--frames", type=int, default=150, help="at most this many frames of each (default: 150)")
    parser.add_argument("--no-crowds", action="store_true", help="leave out the drawn crowds")
    parser.add_argument("--no-reduced", action="store_true", help="leave out the reduced videos")
    arguments = parser.parse_args()
    frames = arguments.frames
    cv2.setNumThreads(1)
    print(f"{'':36} {'':10} {'':4} {'faces':>14} {'settled':>8} {'false':>6} {'double':>6} {'looks':>6} {'ms':>6}")
    with detect.create(SETTINGS) as detector:
        scout = detect.create_scout(SETTINGS, detector)

        def ways() -> Iterator[tuple[str, Search]]:
            yield "whole", EveryFrame(detector)
            for name in detect.SMALLEST:
                yield name, detect.create_search(detector, scout, SETTINGS.replace(search=name))
            yield "live", detect.create_search(detector, scout, SETTINGS, LIVE)

        for path in arguments.videos:
            for way, search in ways():
                print_row(path.name, way, original(path, frames), search)
            for size in () if arguments.no_reduced else ((1920, 1080), (3840, 2160)):
                for way, search in ways():
                    shots = reduced(path, frames, detector, size)
                    print_row(f"{path.name}, {SMALL} px in {size[1]}p", way, shots, search)
        for people in () if arguments.no_crowds else CROWDS:
            for way, search in ways():
                print_row(f"crowd of {people}", way, crowd(people, frames), search)
        if scout is not None:
            scout.close()


if __name__ == "__main__":
    main()
