"""Measure the tracker on crowds whose truth is known: python benchmarks/tracking.py [--seeds N] [--drawn N] [--zoom F].

First the tracker alone follows the faces that a made-up detector finds, with its errors (`benchmarks/crowds.py`). What
the detector missed does not count, because a tracker reports only what was detected. Then detector and tracker together
follow drawn people in videos (`benchmarks/drawn_crowds.py`), where every face counts of which at least 60 % is visible.
One of which less is visible may be found or not. With a zoom, faces are so much larger and farther from the centre, so
that people often leave the frame.

A person who leaves the frame, or is cut away from, begins a new visit and is to get a new number; one who is hidden for
a moment is to keep theirs. Printed are the usual scores of tracking, computed by py-motmetrics: IDF1 (the share of
the faces with the right identity; Ristani et al. 2016, arXiv:1609.01775), MOTA (1 less the share of faces missed,
invented or switched; Bernardin and Stiefelhagen 2008), and the identity switches. "Boxes" is what IDF1 would be if
every box that was found had the right identity.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

import cv2
import motmetrics
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from benchmarks.crowds import HEIGHT, SCENES, WIDTH, detect
from benchmarks.drawn_crowds import Truth, draw
from fervid.core.geometry import Box
from fervid.core.readings import Frame
from fervid.detect import create, create_scout, create_search
from fervid.run.analyser import Analyser
from fervid.settings import Settings
from fervid.smooth.base import Unsmoothed
from fervid.testing import FakeEngine
from fervid.track.tracker import MotionTracker

RATES = (10, 30, 60)
DRAWN = (
    ("crossing, equal", 10), ("crossing, equal", 30), ("crossing, equal", 60), ("crossing, different", 30),
    ("meeting", 30), ("occlusion", 30), ("leaving", 30), ("cuts", 30), ("pan", 30), ("crowd", 30),
)  # fmt: skip
"""The scenes that are drawn, with their frame rates. In the others, the errors of the detector would be made up."""

_LEAST_OVERLAP = 0.5  # of a reported box with the true one


def score_simulated(scene: str, rate: int, seed: int) -> motmetrics.MOTAccumulator:
    """Return how the tracker alone follows a crowd."""
    random = np.random.default_rng([seed, rate, list(SCENES).index(scene)])
    crowd = SCENES[scene](random, rate)
    tracker, score, picture = MotionTracker(), motmetrics.MOTAccumulator(), np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for index, found in enumerate(detect(crowd, random)):
        frame = Frame(picture, index, round(float(crowd.times[index]) * 90_000), Fraction(1, 90_000))
        tracked = tracker.update(frame, [face for _, face in found], is_cut=index in crowd.cuts)
        visits = {id(face): visit for visit, face in found}
        true = [visit for visit, _ in found if visit is not None]
        same = np.array([[visits[id(one.face)] == visit for one in tracked] for visit in true], np.bool_)
        distances = np.where(same.reshape(len(true), len(tracked)), 0.0, np.nan)
        score.update(true, [one.face_id for one in tracked], distances, frameid=index)
    return score


def score_drawn(scene: str, rate: int, seed: int, zoom: float) -> motmetrics.MOTAccumulator:
    """Return how detector and tracker follow a drawn crowd."""
    random = np.random.default_rng([seed, rate, list(SCENES).index(scene)])
    truths: list[Truth] = []
    score = motmetrics.MOTAccumulator()

    def frames() -> Iterator[Frame]:
        for frame, truth in draw(SCENES[scene](random, rate).zoomed(zoom), random):
            truths.append(truth)
            yield frame

    settings = Settings(detector="mediapipe")
    with ExitStack() as stack:
        detector = stack.enter_context(create(settings))
        scout = create_scout(settings, detector)
        if scout is not None:
            stack.enter_context(scout)
        search = create_search(detector, scout, settings)
        for index, found in enumerate(Analyser(search, MotionTracker(), FakeEngine(), Unsmoothed()).find(frames())):
            true = truths[index].visible
            tracked = [one for one in found.tracked if _counts(one.face.box, truths[index])]
            distances = np.array([[_distance(box, one.face.box) for one in tracked] for box in true.values()])
            numbers = [one.face_id for one in tracked]
            score.update(list(true), numbers, distances.reshape(len(true), len(tracked)), frameid=index)
    return score


def _counts(box: Box, truth: Truth) -> bool:
    """Return False for the box of a face that is hardly visible, whose discovery is neither right nor wrong."""
    best = max((box.iou(true) for true in truth.visible.values()), default=0.0)
    return best >= _LEAST_OVERLAP or all(box.iou(hidden) < _LEAST_OVERLAP for hidden in truth.hidden)


def _distance(true: Box, box: Box) -> float:
    overlap = true.iou(box)
    return 1 - overlap if overlap >= _LEAST_OVERLAP else np.nan


def print_row(name: str, rate: str, scores: Iterable[motmetrics.MOTAccumulator]) -> None:
    """Print the scores of all clips of a kind, taken together."""
    names = ["idf1", "mota", "precision", "recall", "num_switches", "num_objects"]
    table = motmetrics.metrics.create().compute_many(list(scores), metrics=names, generate_overall=True)
    idf1, mota, precision, recall, switches, faces = table.loc["OVERALL"]
    boxes = 2 * precision * recall / (precision + recall)
    print(f"{name:22} {rate:>8} {idf1:7.3f} {boxes:7.3f} {mota:7.3f} {int(switches):9} {int(faces):8}", flush=True)


def main() -> None:
    """Print a row for each scene and frame rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="crowds of each kind (default: 5)")
    parser.add_argument("--drawn", type=int, default=2, metavar="N", help="videos of each kind (default: 2)")
    parser.add_argument("--first", type=int, default=1000, metavar="SEED", help="the first seed (default: 1000)")
    parser.add_argument("--zoom", type=float, default=1.0, metavar="F", help="of the videos (default: 1)")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    heading = f"{'frames/s':>8} {'IDF1':>7} {'boxes':>7} {'MOTA':>7} {'switches':>9} {'faces':>8}"
    if arguments.seeds:
        print(f"{'the tracker alone':22} {heading}")
        everything = []
        for scene in SCENES:
            for rate in RATES:
                seeds = range(arguments.first, arguments.first + arguments.seeds)
                scores = [score_simulated(scene, rate, seed) for seed in seeds]
                print_row(scene, str(rate), scores)
                everything += scores
        print_row("all", "", everything)
    if arguments.drawn:
        print(f"\n{'detector and tracker':22} {heading}")
        everything = []
        for scene, rate in DRAWN:
            seeds = range(arguments.first, arguments.first + arguments.drawn)
            scores = [score_drawn(scene, rate, seed, arguments.zoom) for seed in seeds]
            print_row(scene, str(rate), scores)
            everything += scores
        print_row("all", "", everything)


if __name__ == "__main__":
    main()
