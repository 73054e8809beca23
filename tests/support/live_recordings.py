"""A video and its timeline as a key of a live session records them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from fervid import formats
from fervid.core.emotions import FER2013
from fervid.core.readings import Frame
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from support.drawn_timelines import face, frames


def record_live(target: Path, begin: float, **fields: Any) -> None:
    """Record a person in red from a time on, after one in blue, for two seconds: a video and a CSV.

    Args:
        target: The video.
        begin: The time of the first frame on the clock of the source, in seconds.
        **fields: The facts for the sidecar of the timeline, which has none without them.
    """
    context = Context(FER2013, provenance=fields or None)
    video = formats.create(target, context, "video", output=InPlace)
    table = formats.create(target.with_suffix(".csv"), context, "timeline", output=InPlace)
    with video, table:
        for reading in frames(2, 25, begin=begin):
            colour = (200, 60, 40) if reading.time < begin + 1 else (40, 60, 200)
            picture = np.full((360, 640, 3), colour, np.uint8)
            clear = replace(face(reading.index, reading.time), score=0.9 if reading.time >= begin + 1.2 else 0.1)
            video.write(Frame(picture, reading.index, round(1000 * reading.time), Fraction(1, 1000)), reading)
            table.write(Frame(picture, reading.index, 0, Fraction(1, 1000)), replace(reading, faces=(clear,)))
        video.finish()
        table.finish()
