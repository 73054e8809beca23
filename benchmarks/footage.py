"""Evaluate an engine and a detector on real clips: python benchmarks/footage.py [FOLDER] [--engine E] [--detector D].

The folder has the clips and ``labels.csv`` (file,start_s,end_s,emotion), which labels the parts with an unmistakable
expression. It prints the frames with a face, the identities, and how many labelled frames are classified as labelled.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import fervid
from fervid import Timeline

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


def main() -> None:
    """Classify the clips, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "videos"
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="the clips and labels.csv")
    parser.add_argument("--engine", default="emotionnet", help="name or folder (default: emotionnet)")
    parser.add_argument("--detector", default="mediapipe", help="name (default: mediapipe)")
    arguments = parser.parse_args()
    timelines = {
        name: fervid.timeline(arguments.folder / name, engine=arguments.engine, detector=arguments.detector)
        for name in CLIPS
    }
    print(f"{arguments.engine}, {arguments.detector}")
    for name, timeline in timelines.items():
        tally = timeline.tally()
        print(f"  {name:<26} {tally.with_face:3d} of {tally.frames} frames with a face, {tally.faces} identities")
    correct = total = 0
    for part in labelled_parts(arguments.folder):
        hits, frames = part.score(timelines[part.file])
        correct, total = correct + hits, total + frames
        print(f"  {part.file:<26} {part.start:5.2f} to {part.end:5.2f} s {part.emotion:<8} {hits}/{frames}")
    print(f"  labelled frames classified as labelled: {correct} of {total}, {correct / total:.1%}")


if __name__ == "__main__":
    main()
