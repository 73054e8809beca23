"""Measure the results and the speed of the detectors: python benchmarks/detectors.py VIDEO... [--fer FACES.npz].

For each video and detector, it prints the number of frames with a face after the tracker has dropped false detections,
the identities, the detections too weak to begin a track, and the median milliseconds of processor time a frame for
detection, tracking and cropping.

With ``--fer`` (an archive with the `images` of FER2013, (N, 48, 48) uint8), it also prints the median box and eyes of
each detector in the unit square of those images, from which `fervid.crop.framing` takes its figures.

The rows "by MediaPipe" are those of models which OpenVINO runs otherwise, where it is installed.
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
from fervid.detect import assets
from fervid.detect.base import Detector
from fervid.settings import Settings
from fervid.sources import open_source
from fervid.track.tracker import START_SCORE, MotionTracker

CHOICES = {
    "mediapipe": Settings(detector="mediapipe"),
    "mediapipe-full": Settings(detector="mediapipe-full"),
    # A model that is named as one's own runs with MediaPipe.
    **{f"{name}, by MediaPipe": Settings(detector=name, detector_model=assets.find(name)) for name in assets.MODELS},
    "haar": Settings(detector="haar"),
    "haar, eyes": Settings(detector="haar", eyes=True),
}


def print_video(path: Path, name: str, detector: Detector) -> None:
    """Measure one detector on one video, and print a row."""
    tracker, frames, with_face, weak = MotionTracker(), 0, 0, 0
    identities: set[int] = set()
    spent: list[tuple[float, float, float]] = []
    with open_source(path) as source:
        for frame in source:
            start = time.process_time()
            faces = detector.detect(frame.image)
            detected = time.process_time()
            tracked = tracker.update(frame, faces)
            matched = time.process_time()
            crop_faces(frame.image, [t.face for t in tracked], 48, "grey")
            spent.append((detected - start, matched - detected, time.process_time() - matched))
            frames += 1
            with_face += bool(tracked)
            weak += sum(face.score < START_SCORE for face in faces)
            identities.update(t.face_id for t in tracked)
    costs = " ".join(f"{1000 * statistics.median(column):7.2f}" for column in zip(*spent, strict=True))
    print(f"{path.name:24} {name:28} {frames:6} {with_face:6} {len(identities):4} {weak:6}  {costs}", flush=True)


def print_framing(images: NDArray[np.uint8], name: str, detector: Detector) -> None:
    """Print how many faces of FER2013 a detector finds, and their median box and eyes."""
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
        if detector.name == "haar":  # the cascade's own box, which the detector has converted
            box = box_from_square(square_from_box(box, BLAZEFACE_BOX), HAAR_BOX)
        boxes.append(np.subtract(box, (border, border, 0, 0)) / side)
        if faces[0].eyes is not None:
            eyes.append((np.array(faces[0].eyes) - border).ravel() / side)
    median = np.median(boxes, axis=0).round(3).tolist()
    eye_median = np.median(eyes, axis=0).round(3).tolist() if eyes else "none"
    print(f"{name:28} found {found} of {len(images)}, box {median}, right and left eye {eye_median}", flush=True)


def main() -> None:
    """Print the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--fer", type=Path, help="an .npz archive with the images of FER2013")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.videos:
        counts = f"{'frames':>6} {'faces':>6} {'ids':>4} {'weak':>6}"
        print(f"{'video':24} {'detector':28} {counts}   detect   track    crop ms")
    for name, settings in CHOICES.items():
        with detect.create(settings) as detector:
            for path in arguments.videos:
                print_video(path, name, detector)
    if arguments.fer:
        images = np.load(arguments.fer)["images"]
        for name, settings in CHOICES.items():
            with detect.create(settings) as detector:
                print_framing(images, name, detector)


if __name__ == "__main__":
    main()
