"""Count uncertain readings of a clip that is spoilt: python benchmarks/uncertain.py [FOLDER].

FOLDER has the longest of the labelled clips and ``labels.csv``, as for `benchmarks/footage.py`. Counted are the
readings of ``fervid timeline`` with its defaults in the clip as it is, in its labelled parts, in a copy with 6 % of its
light, and in one that is upside down.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

import fervid
from fervid.core.readings import FaceReading

CLIP = "expressions_640x360.mp4"

LIGHT = 0.06
"""The share of the light that is left."""

Image = NDArray[np.uint8]


def spoilt(clip: Path, target: Path, change: Callable[[Image], Image]) -> Path:
    """Write a copy of a clip whose frames are changed, and return its path."""
    with av.open(str(clip)) as source, av.open(str(target), "w") as copy:
        shown = source.streams.video[0]
        stream = copy.add_stream("libx264", rate=shown.average_rate, options={"crf": "16", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = shown.width, shown.height, "yuv420p"
        for frame in source.decode(shown):
            image = change(frame.to_ndarray(format="bgr24"))
            changed = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
            changed.pts, changed.time_base = frame.pts, frame.time_base
            copy.mux(stream.encode(changed))
        copy.mux(stream.encode())
    return target


def print_row(name: str, readings: list[FaceReading]) -> None:
    """Print the number of readings, and of the uncertain ones."""
    print(f"{name:32} {len(readings):4}  {sum(one.emotion == 'uncertain' for one in readings):4}", flush=True)


def main() -> None:
    """Read the clip and its spoilt copies, and print a table."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "videos"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="the clip and labels.csv")
    folder: Path = parser.parse_args().folder
    clip = folder / CLIP
    if not clip.exists():
        sys.exit(f"'{clip}' does not exist; name the folder with the labelled clips")
    with (folder / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] == CLIP]
    labelled = [(float(row["start_s"]), float(row["end_s"])) for row in rows]
    readings = list(fervid.timeline(clip).readings)
    print(f"{CLIP:32} readings  uncertain")
    print_row("as it is", readings)
    print_row("its labelled parts", [one for one in readings if any(a <= one.time < b for a, b in labelled)])
    with tempfile.TemporaryDirectory() as place:
        dark = spoilt(clip, Path(place) / "dark.mp4", lambda image: (image * LIGHT).astype(np.uint8))
        print_row(f"darkened to {LIGHT:.0%} of its light", list(fervid.timeline(dark).readings))
        turned = spoilt(clip, Path(place) / "turned.mp4", lambda image: image[::-1, ::-1])
        print_row("upside down", list(fervid.timeline(turned).readings))


if __name__ == "__main__":
    main()
