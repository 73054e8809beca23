"""A clip with what results must not stumble over: two faces, a gap in its times, and a cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from samples.drawing import draw_face
from samples.people import ADA, BEN
from samples.scenery import garden, room
from support.clips import write_clip

_SIZE = (480, 270)

TIMES = (*(40 * n for n in range(45)), *(100_000 + 40 * n for n in range(45)))
"""The time of each frame, in milliseconds; 98 seconds are missing."""


def two_faces(path: Path) -> Path:
    """Write the clip: two faces in a room, of which one changes its expression, and after a cut one in a garden."""
    return write_clip(path, map(scene, range(len(TIMES))), times=TIMES)


def scene(index: int) -> NDArray[np.uint8]:
    """Return the picture of a frame."""
    image: NDArray[np.uint8] = (room if index < 60 else garden)(*_SIZE).copy()
    if index < 60:
        draw_face(image, (140, 135), 90, "happy" if index < 20 else "surprise", person=ADA)
        draw_face(image, (340, 135), 90, "neutral", person=BEN)
    else:
        draw_face(image, (240, 135), 110, "happy", person=BEN)
    return image
