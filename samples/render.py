"""Draw the sample clips: ``python samples/render.py OUT_DIR [--clip NAME]``.

Each clip becomes ``NAME.mp4`` and ``NAME.truth.csv``, the ground truth: the faces in each frame, with their boxes and
expressions.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

if __package__ in (None, ""):  # run as a script: the package `samples` is in the parent folder
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from samples.clips import CLIPS, Clip
from samples.staging import SOUND_RATE, TIME_BASE, shots, sound
from samples.video import Video

TRUTH_COLUMNS: Final = ("frame", "time_s", "face", "x", "y", "width", "height", "expression")


def render(clip: Clip, folder: Path, seed: int = 1) -> Path:
    """Draw a clip.

    Args:
        clip: The clip.
        folder: The folder to write to, created if necessary. Files of the same name are replaced.
        seed: The seed for the grain, the blinks, and the times of uneven frames.

    Returns:
        The path of the video. `truth_path` gives that of the ground truth.
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
    """Return the path of the ground truth of a rendered video."""
    return video.with_suffix(".truth.csv")


def adapted(clip: Clip, size: tuple[int, int] | None = None, seconds: float | None = None) -> Clip:
    """Return the clip at another size in pixels, or with another duration: cut, or its end held."""
    width, height = size or (clip.width, clip.height)
    return dataclasses.replace(clip, width=width, height=height, seconds=seconds or clip.seconds)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw the clips that the command line asks for."""
    parser = argparse.ArgumentParser(description="Draw short sample clips, each with its ground truth as CSV.")
    parser.add_argument("folder", type=Path, metavar="OUT_DIR", help="folder for the clips")
    parser.add_argument("--clip", choices=list(CLIPS), help="draw only this clip")
    parser.add_argument(
        "--size", type=_size, metavar="WIDTHxHEIGHT", help="frame size in pixels, both even (default: that of the clip)"
    )
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="duration (default: that of the clip)")
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="seed for grain, blinks and uneven times (default: 1)"
    )
    options = parser.parse_args(arguments)
    for name in [options.clip] if options.clip else CLIPS:
        path = render(adapted(CLIPS[name], options.size, options.seconds), options.folder, options.seed)
        sys.stdout.write(f"{path}: {CLIPS[name].shows}\n")


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(f"'{text}' is not a size; write it like 1280x720")
    size = int(width), int(height)
    if min(size) < 64 or size[0] % 2 or size[1] % 2:
        raise argparse.ArgumentTypeError(f"'{text}' is not possible; both sides must be even and at least 64")
    return size


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.1 <= seconds <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is not possible; give 0.1 to 3600 seconds")
    return seconds


if __name__ == "__main__":
    main()
