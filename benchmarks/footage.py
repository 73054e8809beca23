"""Judge an engine and a detector on real clips: python benchmarks/footage.py [FOLDER] [--engine E] [--detector D].

The folder holds the clips and ``labels.csv`` (file,start_s,end_s,emotion): the stretches whose expression is plain to a
viewer. Prints the frames with a face, the identities, and how many of the labelled frames bear their label.
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
class Stretch:
    """Some seconds of a clip in which everybody sees the same expression."""

    file: str
    start: float
    end: float
    emotion: str

    def score(self, timeline: Timeline) -> tuple[int, int]:
        """How many frames of it bear its label, and how many it has; one without a face counts as wrong."""
        frames = [frame for frame in timeline.frames if self.start <= frame.time < self.end]
        return sum(any(face.emotion == self.emotion for face in frame.faces) for frame in frames), len(frames)


def stretches(folder: Path) -> list[Stretch]:
    """What ``labels.csv`` in `folder` says."""
    with (folder / "labels.csv").open(newline="") as file:
        return [
            Stretch(row["file"], float(row["start_s"]), float(row["end_s"]), row["emotion"])
            for row in csv.DictReader(file)
        ]


def main() -> None:
    """Read the clips and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = Path(__file__).resolve().parents[2] / "shared" / "videos"
    parser.add_argument("folder", nargs="?", type=Path, default=default)
    parser.add_argument("--engine", default="emotionnet")
    parser.add_argument("--detector", default="mediapipe")
    arguments = parser.parse_args()
    timelines = {
        name: fervid.read_timeline(arguments.folder / name, engine=arguments.engine, detector=arguments.detector)
        for name in CLIPS
    }
    print(f"{arguments.engine}, {arguments.detector}")
    for name, timeline in timelines.items():
        tally = timeline.tally()
        print(f"  {name:<26} {tally.with_face:3d} of {tally.frames} frames with a face, {tally.faces} identities")
    right = total = 0
    for stretch in stretches(arguments.folder):
        hits, frames = stretch.score(timelines[stretch.file])
        right, total = right + hits, total + frames
        print(f"  {stretch.file:<26} {stretch.start:5.2f} to {stretch.end:5.2f} s {stretch.emotion:<8} {hits}/{frames}")
    print(f"  labelled frames that bear their label: {right} of {total}, {right / total:.1%}")


if __name__ == "__main__":
    main()
