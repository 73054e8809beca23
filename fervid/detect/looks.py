"""Looks at parts of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Point
from fervid.core.readings import Face, Frame
from fervid.detect.base import Detector
from fervid.detect.tiles import Tile, is_whole, moved

_SHORT_SIGHT: Final = 0.12
_FAR_SIGHT: Final = 0.06
_PAIRS: Final = ((0, 1), (4, 5))
"""The key points that a mirror exchanges: the eyes and the ears."""


@dataclass(frozen=True, slots=True)
class Sight:
    """A detector, and the size of the faces that it finds reliably.

    Attributes:
        detector: The detector.
        least: The width of the smallest face, as a fraction of the side of the square that is looked at.
    """

    detector: Detector
    least: float

    @classmethod
    def of(cls, detector: Detector) -> Sight:
        """Return a detector with the size that was measured for its model (`benchmarks/search.py`)."""
        return cls(detector, _FAR_SIGHT if detector.name == "mediapipe-full" else _SHORT_SIGHT)


class Looks:
    """The looks at one picture, none of which is repeated.

    Args:
        pixels: The pixels of the picture.

    Attributes:
        pixels: As given.
        count: The number of looks so far.
    """

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.count = 0
        self._seen: dict[tuple[str, Tile, bool], list[Face]] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, in pixels."""
        return self.pixels.width, self.pixels.height

    def look(self, detector: Detector, tile: Tile, *, mirrored: bool = False) -> list[Face]:
        """Return the faces that lie wholly in `tile`, in pixels of the picture, the best first.

        Args:
            detector: The detector that looks.
            tile: The square to look at; where it is as large as the picture, the whole picture.
            mirrored: True to look at the mirror image, in which a detector may find a face that it misses otherwise.
        """
        longer = max(self.size)
        if tile.side >= longer:
            tile = Tile(0, 0, longer)
        key = detector.name, tile, mirrored
        if key not in self._seen:
            self._seen[key] = self._detect(detector, tile, mirrored)
        return self._seen[key]

    def _detect(self, detector: Detector, tile: Tile, mirrored: bool) -> list[Face]:
        self.count += 1
        width, height = self.size
        # The detector shows a part that is no square in the middle of a black one, so it sees black beyond the edges.
        left, top = max(0, tile.left), max(0, tile.top)
        right, bottom = min(tile.left + tile.side, width), min(tile.top + tile.side, height)
        part = self.pixels
        if (right - left, bottom - top) != (width, height):
            part = part.within(left, top, right, bottom)
        if mirrored:
            found = [_mirrored(face, part.width) for face in detector.detect(part.mirrored())]
        else:
            found = detector.detect(part)
        faces = [moved(face, tile._replace(left=left, top=top)) for face in found]
        return [face for face in faces if is_whole(face.box, tile, width, height)]


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """A frame that waits, and the looks at it.

    Attributes:
        frame: The frame.
        step: Its number among the frames that are searched.
        is_cut: True if a new scene begins with it.
        looks: The looks at it.
    """

    frame: Frame
    step: int
    is_cut: bool
    looks: Looks


def _mirrored(face: Face, width: int) -> Face:
    """Return a face of the mirror image of a picture in pixels of the picture."""
    points = [Point(width - point.x, point.y) for point in face.keypoints]
    for right, left in _PAIRS:
        if left < len(points):
            points[right], points[left] = points[left], points[right]
    return Face(face.box._replace(x=width - face.box.right), face.score, tuple(points))
