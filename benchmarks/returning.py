"""Measure how people who return are known again: python benchmarks/returning.py [--ck CK48.npz] [--videos FOLDER].

Of real clips of a woman and a man (those of `benchmarks/footage.py`), parts of a second are shown in turn, and each
return to one of the two is counted.

Other clips are made of CK+ (Lucey et al. 2010; 48x48 grey faces of 118 people). Four people are in the picture for two
seconds, each with one expression. After a cut and a minute, three of them are back in other places with another
expression, and a stranger is in place of the fourth. Counted are the returns with the old number, and the numbers that
two people share. Such faces are harder than those of most videos: small, without colour, and at the peak of an
expression.
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.crop.framing import BLAZEFACE_BOX, box_from_square
from fervid.detect import create
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.recogniser import FaceRecogniser
from fervid.track.returning import ReturningTracker
from fervid.track.tracker import MotionTracker

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


def main() -> None:
    """Print the returns that were recognised, and the numbers that two people shared."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ck", type=Path, metavar="CK48.npz", help="the archive of CK+")
    parser.add_argument("--clips", type=int, default=10, metavar="N", help="clips made of it (default: 10)")
    parser.add_argument("--videos", type=Path, metavar="FOLDER", help="the folder of the real clips")
    arguments = parser.parse_args()
    recogniser = FaceRecogniser()
    if arguments.videos:
        print_videos(arguments.videos, recogniser)
    if arguments.ck:
        print_ck(sequences(arguments.ck), arguments.clips, recogniser)


if __name__ == "__main__":
    main()
