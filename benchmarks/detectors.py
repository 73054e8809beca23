"""Measure what the detectors find and cost: python benchmarks/detectors.py VIDEO... [--fer FACES.npz].

For every video and detector: the frames that bear a face once the tracker has sorted out what only passes for one, the
identities, the detections too weak to begin a track, and the median milliseconds a frame of detecting, tracking and
cropping. With ``--fer`` (an archive with FER2013's `images`, (N, 48, 48) uint8): each detector's median box and eyes in
the unit square of those pictures, on which FER framing rests.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid import detect
from fervid.crop.crops import crop_faces
from fervid.crop.framing import BLAZEFACE_BOX, HAAR_BOX, box_from_square, square_from_box
from fervid.detect.base import Detector
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.tracker import START_SCORE, OverlapTracker

CHOICES = {
    "mediapipe": Settings(detector="mediapipe"),
    "mediapipe-full": Settings(detector="mediapipe-full"),
    "haar": Settings(detector="haar"),
    "haar, eyes": Settings(detector="haar", eyes=True),
}


def footage(path: Path, name: str, detector: Detector) -> None:
    """Print one row for one video and detector."""
    tracker, frames, with_face, weak = OverlapTracker(), 0, 0, 0
    identities: set[int] = set()
    spent: list[tuple[float, float, float]] = []
    with open_source(path) as source:
        for frame in source:
            start = time.perf_counter()
            faces = detector.detect(frame.image)
            detected = time.perf_counter()
            tracked = tracker.update(frame, faces)
            matched = time.perf_counter()
            crop_faces(frame.image, [t.face for t in tracked], 48, "grey")
            spent.append((detected - start, matched - detected, time.perf_counter() - matched))
            frames += 1
            with_face += bool(tracked)
            weak += sum(face.score < START_SCORE for face in faces)
            identities.update(t.face_id for t in tracked)
    costs = " ".join(f"{1000 * statistics.median(column):7.2f}" for column in zip(*spent, strict=True))
    print(f"{path.name:24} {name:15} {frames:6} {with_face:6} {len(identities):4} {weak:6}  {costs}", flush=True)


def framing(images: NDArray[np.uint8], name: str, detector: Detector) -> None:
    """Print how a detector frames the faces of FER2013, and how many of them it finds."""
    side, border = 192, 48
    found, boxes, eyes = 0, [], []
    for image in images:
        large = cv2.resize(image, (side, side), interpolation=cv2.INTER_CUBIC)
        padded = cv2.copyMakeBorder(large, border, border, border, border, cv2.BORDER_REPLICATE)
        faces = detector.detect(cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR).astype(np.uint8))
        if not faces:
            continue
        found += 1
        box = faces[0].box
        if detector.name == "haar":  # back to the cascade's own box
            box = box_from_square(square_from_box(box, BLAZEFACE_BOX), HAAR_BOX)
        boxes.append(np.subtract(box, (border, border, 0, 0)) / side)
        if faces[0].eyes is not None:
            eyes.append((np.array(faces[0].eyes) - border).ravel() / side)
    median = np.median(boxes, axis=0).round(3).tolist()
    eye_median = np.median(eyes, axis=0).round(3).tolist() if eyes else "none"
    print(f"{name:15} {found} of {len(images)} found, box {median}, right and left eye {eye_median}", flush=True)


def main() -> None:
    """Read the arguments and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--fer", type=Path, help="an .npz archive with FER2013's images")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.videos:
        counts = f"{'frames':>6} {'faces':>6} {'ids':>4} {'weak':>6}"
        print(f"{'video':24} {'detector':15} {counts}   detect   track    crop ms")
    for name, settings in CHOICES.items():
        with detect.create(settings) as detector:
            for path in arguments.videos:
                footage(path, name, detector)
    if arguments.fer:
        images = np.load(arguments.fer)["images"]
        for name, settings in CHOICES.items():
            with detect.create(settings) as detector:
                framing(images, name, detector)


if __name__ == "__main__":
    main()
