"""Looking at parts of the picture in turn, where there is no time to look at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, cycle, islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.detect.base import distinct
from fervid.detect.tiles import Tile, TiledDetector

_CLOSE_UP: Final = 4.0
"""The side of a close-up, in widths of the face: small enough to find it in, and large enough for it to have moved."""


class InTurn(Closing):
    """Looks three times at each picture, however many squares it has.

    The first look is at the whole picture, the second at one square, a different one each time. The third is a close-up
    of where a face was that the first two did not find again, the one that was found the longest ago; where there is
    none, it is at one more square. A face whose turn has not come counts as being where it was. All squares are looked
    at in the first picture, and in one of another size.

    The detector remembers these faces, so use a fresh one for each source.

    Args:
        detector: Looks; closed with this one.
    """

    def __init__(self, detector: TiledDetector) -> None:
        self._detector = detector
        self._tiles: list[Tile] = []
        self._turns: Iterator[Tile] = iter(())
        self._known: list[Face] = []  # the one that was found the longest ago comes last

    @property
    def name(self) -> str:
        """The name of the detector that looks."""
        return self._detector.name

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:
        """Return the faces in `image`, the best first, some of them where they were a moment ago; see `Detector`."""
        look = self._detector.detect_in
        due = self._due(image)
        found = distinct(chain(self._detector.detect_whole(image), *(look(tile, image) for tile in due)))
        lost = distinct([*found, *self._known])[len(found) :]
        third = [_close_up(lost[-1].box, image)] if lost else self._next()
        found.extend(face for tile in third for face in look(tile, image))
        self._known = distinct([*found, *lost[:-1]])
        return sorted(self._known, key=lambda face: -face.score)

    def close(self) -> None:
        """Close the detector. May be called twice."""
        self._detector.close()

    def _due(self, image: NDArray[np.uint8] | Pixels) -> list[Tile]:
        """Return the squares to look at now."""
        tiles = self._detector.tiles(image)
        if tiles != self._tiles:
            self._tiles, self._turns, self._known = tiles, cycle(tiles), []
            return tiles
        return self._next()

    def _next(self) -> list[Tile]:
        """Return the square whose turn it is; none in a picture too small to have any."""
        return list(islice(self._turns, 1))


def _close_up(box: Box, image: NDArray[np.uint8] | Pixels) -> Tile:
    """Return the square around `box`, inside the picture."""
    pixels = Pixels.of(image)
    width, height = pixels.width, pixels.height
    side = round(_CLOSE_UP * max(1.0, box.width, box.height))
    left, top = round(box.centre.x - side / 2), round(box.centre.y - side / 2)
    return Tile(max(0, min(left, width - side)), max(0, min(top, height - side)), side)
