"""Measure how people who return are known again.

    python benchmarks/returning.py [--ck CK48.npz] [--videos FOLDER] [--drawn]

Of real clips of a woman and a man (those of `benchmarks/footage.py`), parts of a second are shown in turn, and each
return to one of the two is counted.

Other clips are made of CK+ (Lucey et al. 2010; 48x48 grey faces of 118 people). Four people are in the picture for two
seconds, each with one expression. After a cut and a minute, three of them are back in other places with another
expression, and a stranger is in place of the fourth. Counted are the returns with the old number, and the numbers that
two people share. Such faces are harder than those of most videos: small, without colour, and at the peak of an
expression.

Drawn people cannot be used: they differ in colours and hair, but share one face. With --drawn, the distances between
their features show it.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import defaultdict
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.crop.framing import BLAZEFACE_BOX, box_from_square
from fervid.detect import create
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.recogniser import FaceRecogniser
from fervid.track.returning import ReturningTracker
from fervid.track.tracker import MotionTracker
from samples.drawing import draw_face
from samples.people import somebody
from samples.scenery import SCENERIES

RATE = 10
FRAMES = 20
SIDE = 112  # of a face of CK+ in the picture, in pixels
AWAY_S = 60
PERSON_S = {"face_then_none_hevc.mov": 2.4}
"""The time until which a clip shows its person."""

Sequences = dict[str, list[NDArray[np.uint8]]]
"""The sequences of each person, each (frames, 48, 48) uint8."""


def sequences(path: Path) -> Sequences:
    """Return the sequences of all people of whom there are two or more."""
    data = np.load(path)
    found: dict[str, list[NDArray[np.uint8]]] = defaultdict(list)
    names = np.array([name.rpartition("_")[0] for name in data["name"]])
    for name in sorted(set(names)):
        found[name.partition("_")[0]].append(data["images"][names == name])
    return {person: shown for person, shown in found.items() if len(shown) > 1}


def numbers(cast: list[list[NDArray[np.uint8]]], recogniser: FaceRecogniser) -> list[list[set[int]]]:
    """Return the numbers that each face of each scene gets.

    Args:
        cast: The sequence of each face in each of the scenes.
        recogniser: Computes the features.
    """
    tracker = ReturningTracker(MotionTracker(), recogniser.describe)
    given: list[list[set[int]]] = [[set() for _ in scene] for scene in cast]
    for index in range(FRAMES * len(cast)):
        scene, step = divmod(index, FRAMES)
        image = np.full((2 * SIDE, SIDE * (2 * len(cast[scene]) + 1), 3), 128, np.uint8)
        faces = []
        for place, shown in enumerate(cast[scene]):
            face = cv2.resize(shown[step * len(shown) // FRAMES], (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
            x, y = SIDE * (2 * place + 1), SIDE // 2
            image[y : y + SIDE, x : x + SIDE] = face[..., np.newaxis]
            faces.append(Face(box_from_square(Box(x, y, SIDE, SIDE), BLAZEFACE_BOX), 0.9))
        time = scene * AWAY_S + index / RATE
        frame = Frame(image, index, round(time * 90_000), Fraction(1, 90_000))
        for tracked in tracker.update(frame, faces, is_cut=step == 0):
            given[scene][faces.index(tracked.face)].add(tracked.face_id)
    return given


def parts(path: Path) -> list[list[NDArray[np.uint8]]]:
    """Return the frames of a clip of one person in parts of a second, without the rest."""
    with open_source(path) as source:
        images = [(frame.time, frame.image) for frame in source if frame.time < PERSON_S.get(path.name, math.inf)]
    seconds = int(images[-1][0])
    return [[image for time, image in images if int(time) == second] for second in range(seconds)]


def print_videos(folder: Path, recogniser: FaceRecogniser) -> None:
    """Print how often two people of real clips, who are shown in turn, keep their numbers."""
    woman = parts(folder / "expressions_640x360.mp4")
    man = parts(folder / "single_face_mp3.mp4") + parts(folder / "face_then_none_hevc.mov")
    tracker, index = ReturningTracker(MotionTracker(), recogniser.describe), 0
    given: list[tuple[str, set[int]]] = []
    with create(Settings(detector="mediapipe")) as detector:
        for second, shown in enumerate(woman):
            for who, images in (("woman", shown), ("man", man[second % len(man)])):
                given.append((who, set()))
                for step, image in enumerate(images):
                    time = len(given) + step / len(images)
                    frame = Frame(image, index, round(time * 90_000), Fraction(1, 90_000))
                    tracked = tracker.update(frame, detector.detect(image), is_cut=step == 0)
                    given[-1][1].update(one.face_id for one in tracked)
                    index += 1
    known = sum(found == {1 if who == "woman" else 2} for who, found in given[2:])
    women, men = (set().union(*(found for who, found in given if who == person)) for person in ("woman", "man"))
    print(f"real clips: {known} of {len(given) - 2} returns recognised, {len(women & men)} numbers shared", flush=True)


def print_ck(people: Sequences, clips: int, recogniser: FaceRecogniser) -> None:
    """Print how often people of CK+ keep their numbers, and the numbers that two people share, as the clips go on."""
    random = np.random.default_rng(1)
    returns = recognised = shared = 0
    for clip in range(clips):
        *old, new = random.choice(sorted(people), 5, replace=False)
        back = random.permutation([*old[:3], new])
        first, second = numbers([[people[p][0] for p in old], [people[p][1] for p in back]], recogniser)
        owners = defaultdict(set)
        for person, given in [*zip(old, first, strict=True), *zip(back, second, strict=True)]:
            for number in given:
                owners[number].add(person)
        known = sum(first[old.index(p)] == given for p, given in zip(back, second, strict=True) if p in old)
        returns, recognised = returns + 3, recognised + known
        shared += sum(len(sharing) > 1 for sharing in owners.values())
        print(f"clip {clip + 1}: {recognised} of {returns} returns recognised, {shared} numbers shared", flush=True)


def print_drawn(recogniser: FaceRecogniser) -> None:
    """Print by how much the features of one drawn person differ, and those of two, in plain and other expressions."""
    random = np.random.default_rng(1)
    shown: list[list[NDArray[np.float32]]] = []
    with create(Settings(detector="mediapipe")) as detector:
        for number in range(12):
            person = somebody(str(number), random)
            features: list[NDArray[np.float32]] = []
            for expression, size, tilt in (("neutral", 150, 0.0), ("neutral", 110, 4.0), ("happy", 130, -3.0)):
                image = SCENERIES["room"](640, 360, 0.0).copy()
                draw_face(image, (320, 190), size, expression, person=person, tilt=tilt)
                for face in detector.detect(image):
                    found = recogniser.describe(Pixels.of(image), face)
                    features += [] if found is None else [found]
            shown.append(features)
    same = [float(np.linalg.norm(a - b)) for features in shown for a, b in combinations(features, 2)]
    other = [float(np.linalg.norm(a - b)) for one, two in combinations(shown, 2) for a, b in product(one, two)]
    print(f"drawn people: features of one person differ by {min(same):.2f} to {max(same):.2f},")
    print(f"those of two people by {min(other):.2f} to {max(other):.2f}", flush=True)


def main() -> None:
    """Print the returns that were recognised, and the numbers that two people shared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ck", type=Path, metavar="CK48.npz", help="the archive of CK+")
    parser.add_argument("--clips", type=int, default=10, metavar="N", help="clips made of it (default: 10)")
    parser.add_argument("--videos", type=Path, metavar="FOLDER", help="the folder of the real clips")
    parser.add_argument("--drawn", action="store_true", help="print how much drawn people resemble each other")
    arguments = parser.parse_args()
    recogniser = FaceRecogniser()
    if arguments.videos:
        print_videos(arguments.videos, recogniser)
    if arguments.ck:
        print_ck(sequences(arguments.ck), arguments.clips, recogniser)
    if arguments.drawn:
        print_drawn(recogniser)


if __name__ == "__main__":
    main()
