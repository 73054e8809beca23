"""Pictures of a real face that may be used freely: NASA's portrait of Eileen Collins, smiling, from scikit-image."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.data import astronaut

Image = NDArray[np.uint8]

SIZE = (640, 360)
"""Width and height of a view, in pixels, where no other is asked for."""

FACE = (225.5, 124.5)
"""The centre of the face in the portrait, in pixels."""

FACE_SIDE = 101.0
"""The side of the face's box in the portrait, in pixels, as BlazeFace draws it."""


@lru_cache(maxsize=1)
def portrait() -> Image:
    """Return the whole portrait: (512, 512, 3) uint8, blue green red, read-only."""
    image = np.ascontiguousarray(astronaut()[..., ::-1])
    image.flags.writeable = False
    return image


def view(
    centre: tuple[float, float], scale: float, *, tilt: float = 0.0, gain: float = 1.0, size: tuple[int, int] = SIZE
) -> Image:
    """Return the portrait as a camera sees it.

    Args:
        centre: The point of the portrait in the middle of the view, in pixels.
        scale: Pixels of the view for a pixel of the portrait.
        tilt: How far the portrait is turned clockwise, in degrees.
        gain: Brightness; 1 leaves it as it is.
        size: Width and height, in pixels.
    """
    matrix = cv2.getRotationMatrix2D(centre, -tilt, scale)
    matrix[:, 2] += np.array(size) / 2 - np.array(centre)
    image = cv2.warpAffine(portrait(), matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return image if gain == 1 else cv2.convertScaleAbs(image, alpha=gain)


def smile(
    side: float = 180.0,
    at: tuple[float, float] = (0.5, 0.5),
    *,
    tilt: float = 0.0,
    gain: float = 1.0,
    size: tuple[int, int] = SIZE,
) -> Image:
    """Return a view of the smiling face.

    Args:
        side: The side of the face's box in the view, in pixels.
        at: The centre of the face, as shares of the view's width and height.
        tilt: How far the head leans to the right of the view, in degrees.
        gain: Brightness; 1 leaves it as it is.
        size: Width and height, in pixels.
    """
    scale = side / FACE_SIDE
    turn = np.deg2rad(-tilt)
    x, y = (0.5 - np.array(at)) * size / scale
    centre = (FACE[0] + x * np.cos(turn) - y * np.sin(turn), FACE[1] + x * np.sin(turn) + y * np.cos(turn))
    return view(centre, scale, tilt=tilt, gain=gain, size=size)
