"""Evaluate engines and a detector on real clips: python benchmarks/footage.py [FOLDER] [--engine E] [--detector D].

The folder has the clips and ``labels.csv`` (file,start_s,end_s,emotion), which labels the parts with an unmistakable
expression. It prints the frames with a face, the identities, and how many labelled frames are classified as labelled.

    python benchmarks/footage.py --results

does so for every shipped engine, and writes training/clips.json for `python training/make_cards.py`.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import fervid
from fervid import Timeline, engines
from fervid.core.files import write_text
from fervid.engines.manifest import Manifest

FIGURES = Path(__file__).resolve().parent.parent / "training" / "clips.json"

CLIPS = ("expressions_640x360.mp4", "single_face_mp3.mp4", "face_then_none_hevc.mov", "no_face.mp4")


@dataclass(frozen=True, slots=True)
class LabelledPart:
    """A part of a clip with an unmistakable expression; `start` and `end` are in seconds."""

    file: str
    start: float
    end: float
    emotion: str

    def score(self, timeline: Timeline) -> tuple[int, int]:
        """Return the number of frames classified as labelled, and of all; a frame without a face counts as wrong."""
        frames = [frame for frame in timeline.frames if self.start <= frame.time < self.end]
        return sum(any(face.emotion == self.emotion for face in frame.faces) for frame in frames), len(frames)


def labelled_parts(folder: Path) -> list[LabelledPart]:
    """Return the contents of ``labels.csv`` in `folder`."""
    with (folder / "labels.csv").open(newline="") as file:
        return [
            LabelledPart(row["file"], float(row["start_s"]), float(row["end_s"]), row["emotion"])
            for row in csv.DictReader(file)
        ]


def evaluate(folder: Path, engine: str, detector: str) -> tuple[int, int]:
    """Classify the clips, print the results, and return the labelled frames classified as labelled, and all of them."""
    timelines = {name: fervid.timeline(folder / name, engine=engine, detector=detector) for name in CLIPS}
    print(f"{engine}, {detector}")
    for name, timeline in timelines.items():
        tally = timeline.tally()
        print(f"  {name:<26} {tally.with_face:3d} of {tally.frames} frames with a face, {tally.faces} identities")
    correct = total = 0
    for part in labelled_parts(folder):
        hits, frames = part.score(timelines[part.file])
        correct, total = correct + hits, total + frames
        print(f"  {part.file:<26} {part.start:5.2f} to {part.end:5.2f} s {part.emotion:<8} {hits}/{frames}")
    print(f"  labelled frames classified as labelled: {correct} of {total}, {correct / total:.1%}", flush=True)
    return correct, total


def main() -> None:
    """Evaluate the engine of the command line, or all shipped ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "videos"
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="the clips and labels.csv")
    parser.add_argument("--engine", default="auto", help="name or folder (default: that of fervid)")
    parser.add_argument("--detector", default="mediapipe", help="name (default: mediapipe)")
    parser.add_argument("--results", action="store_true", help="evaluate all shipped engines, for clips.json")
    arguments = parser.parse_args()
    if not arguments.results:
        evaluate(arguments.folder, arguments.engine, arguments.detector)
        return
    found = {}
    for name in engines.shipped():
        correct, frames = evaluate(arguments.folder, name, arguments.detector)
        digest = Manifest.load(engines.resolve(name)).sha256
        found[name] = {"sha256": digest, "correct": correct, "frames": frames}
    document = {
        "command": "python benchmarks/footage.py --results",
        "date": datetime.now(timezone.utc).date().isoformat(),
        "detector": arguments.detector,
        "engines": found,
    }
    write_text(FIGURES, json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
