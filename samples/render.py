"""Draws the sample clips: ``python samples/render.py OUT_DIR [--clip NAME]``.

Each clip becomes ``NAME.mp4`` and, beside it, ``NAME.truth.csv``: which face is where in each frame, and what it shows.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

if __package__ in (None, ""):  # run as a script: the folder above holds the package `samples`
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from samples.clips import CLIPS, Clip
from samples.staging import SOUND_RATE, TIME_BASE, shots, sound
from samples.video import Video

TRUTH_COLUMNS: Final = ("frame", "time_s", "face", "x", "y", "width", "height", "expression")


def render(clip: Clip, folder: Path, seed: int = 1) -> Path:
    """Draw a clip.

    Args:
        clip: Which.
        folder: Where; made if missing. Files of the same name are replaced.
        seed: Decides the grain, when people blink, and the times of uneven frames.

    Returns:
        The video; the truth lies beside it, see `truth_path`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{clip.name}.mp4"
    heard = 0
    with (
        Video(
            path, width=clip.width, height=clip.height, rate=clip.rate, time_base=TIME_BASE, sound_rate=SOUND_RATE
        ) as video,
        truth_path(path).open("w", encoding="utf-8", newline="") as file,
    ):
        rows = csv.writer(file)
        rows.writerow(TRUTH_COLUMNS)
        for index, shot in enumerate(shots(clip, seed)):
            video.picture(shot.image, shot.pts)
            due = round((float(shot.pts * TIME_BASE) + 1 / clip.rate) * SOUND_RATE)
            video.sound(sound(clip, heard, due - heard))
            heard = due
            time = f"{float(shot.pts * TIME_BASE):.3f}"
            for seen in shot.truth:
                box = [f"{value:.1f}" for value in seen.box]
                rows.writerow([index, time, seen.face, *box, seen.expression])
    return path


def truth_path(video: Path) -> Path:
    """Where the truth about a rendered video lies."""
    return video.with_suffix(".truth.csv")


def adapted(clip: Clip, size: tuple[int, int] | None = None, seconds: float | None = None) -> Clip:
    """The same clip at another size in pixels, or cut (or held on) to another length."""
    width, height = size or (clip.width, clip.height)
    return dataclasses.replace(clip, width=width, height=height, seconds=seconds or clip.seconds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and draw."""
    parser = argparse.ArgumentParser(description="Draw short sample clips, each with the truth beside it as CSV.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="where the clips go")
    parser.add_argument("--clip", choices=list(CLIPS), help="draw this one only")
    parser.add_argument(
        "--size", type=_size, metavar="WIDTHxHEIGHT", help="in pixels, both even (default: the clip's own)"
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="how long (default: the clip's own length)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="decides grain, blinks and uneven times (default: 1)"
    )
    options = parser.parse_args(arguments)
    for name in [options.clip] if options.clip else CLIPS:
        path = render(adapted(CLIPS[name], options.size, options.seconds), options.folder, options.seed)
        sys.stdout.write(f"{path}: {CLIPS[name].shows}\n")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write it as 1280x720")
    size = int(width), int(height)
    if min(size) < 64 or size[0] % 2 or size[1] % 2:
        raise argparse.ArgumentTypeError(f"'{text}' does not do; both sides must be even and at least 64")
    return size


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' does not do; give seconds from 0.1 to 3600")
    return seconds


if __name__ == "__main__":
    main()
