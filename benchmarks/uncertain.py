"""Count uncertain readings of good and of spoilt clips: python benchmarks/uncertain.py [FOLDER] [--smoothing NAME].

FOLDER has the clips and ``labels.csv``, as for `benchmarks/footage.py`. Counted are the readings of ``fervid timeline``
with its defaults in each clip, in its labelled parts (where those with another label are wrong), and, of the longest
clip, in the part where a hand covers the face, in a copy with 6 % of its light, and in one that is upside down.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the folder `benchmarks` is in the parent folder

import fervid
from benchmarks.footage import CLIPS, LabelledPart, labelled_parts
from fervid.core.readings import FaceReading
from fervid.settings import OPTIONS

CLIP = "expressions_640x360.mp4"

COVERED = (2.9, 9.5)
"""The seconds in which a hand covers the face."""

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


def print_row(name: str, readings: list[FaceReading], wrong: int | None = None) -> None:
    """Print the number of readings, of the uncertain ones and, where it is known, of the wrong ones."""
    uncertain = sum(one.emotion == "uncertain" for one in readings)
    print(f"{name:40} {len(readings):8} {uncertain:10} {'' if wrong is None else wrong:6}".rstrip(), flush=True)


def print_labelled(parts: list[LabelledPart], readings: list[FaceReading]) -> None:
    """Print the row of the labelled parts; certain readings with another label than the part are wrong."""
    found = [(part.emotion, within(readings, part.start, part.end)) for part in parts]
    wrong = sum(one.emotion not in (label, "uncertain") for label, some in found for one in some)
    print_row("- its labelled parts", [one for _, some in found for one in some], wrong)


def within(readings: list[FaceReading], start: float, end: float) -> list[FaceReading]:
    """Return the readings from `start` to `end`, in seconds."""
    return [one for one in readings if start <= one.time < end]


def main() -> None:
    """Read the clips and the spoilt copies of one, and print a table."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "videos"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=default, help="the clip and labels.csv")
    parser.add_argument("--smoothing", default=OPTIONS["smoothing"].default, help="the smoother (the default one)")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    clip = folder / CLIP

    def read(path: Path) -> list[FaceReading]:
        return list(fervid.timeline(path, smoothing=arguments.smoothing).readings)

    if not clip.exists():
        sys.exit(f"'{clip}' does not exist; name the folder with the labelled clips")
    print(f"{arguments.smoothing:40} readings  uncertain  wrong")
    for name in CLIPS:
        readings = read(folder / name)
        print_row(name, readings)
        parts = [part for part in labelled_parts(folder) if part.file == name]
        if parts:
            print_labelled(parts, readings)
        if name == CLIP:
            print_row("- the part with the hand", within(readings, *COVERED))
    with tempfile.TemporaryDirectory() as place:
        dark = spoilt(clip, Path(place) / "dark.mp4", lambda image: (image * LIGHT).astype(np.uint8))
        readings = read(dark)
        print_row(f"{CLIP} with {LIGHT:.0%} of its light", readings)
        print_labelled([part for part in labelled_parts(folder) if part.file == CLIP], readings)
        turned = spoilt(clip, Path(place) / "turned.mp4", lambda image: image[::-1, ::-1])
        print_row(f"{CLIP} upside down", read(turned))


if __name__ == "__main__":
    main()
