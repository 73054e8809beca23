"""Looking at every place of a picture in turn."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise, product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.detect.looks import Sight
from fervid.detect.tiles import Tile

PERIOD: Final = 0.45
"""Seconds of video in which every place has its turn. A turn may come one frame late, within half a second."""

QUIET_PERIOD: Final = 2.0
"""Seconds after which a place is looked at again although nothing has changed in it."""

_BUSY_S: Final = 2.0
"""Seconds for which a place where a face came or went is looked at twice as often."""

# A picture of 16:9 is covered by two squares as high as it is with this overlap (a fraction of the side), not by three.
_OVERLAP: Final = 0.22

_TOTAL: Final = 0.06
"""The width of the smallest face that `total_places` show, as a fraction of the longer side of the picture."""

_SAMPLED: Final = 320
_CELLS: Final = 160
_LEVELS: Final = 10
_CHANGED_CELLS: Final = 3
_HEAD: Final = (0.6, 0.8)  # how far a head reaches beyond its box on each side, in widths and heights


@dataclass(slots=True, eq=False)
class Place:
    """A square of the picture that has its turn.

    Attributes:
        tile: The square.
        sight: The detector that looks at it.
        time: The time of the last look, in seconds.
        cells: The cells of the square at that look.
        mirrored: True if the next look is at the mirror image.
        busy_until: The time until which it is looked at more often.
        is_always_due: True if it is looked at whenever any place is.
    """

    tile: Tile
    sight: Sight
    time: float = -math.inf
    cells: NDArray[np.int16] = field(default_factory=lambda: np.empty((0, 0), np.int16))
    mirrored: bool = False
    busy_until: float = -math.inf
    is_always_due: bool = False


def places(width: int, height: int, near: Sight, far: Sight | None, smallest: int | None) -> list[Place]:
    """Return the squares that show every face of a picture that is at least so wide, the largest first.

    Args:
        width: The width of the picture, in pixels.
        height: The height of the picture, in pixels.
        near: The detector that looks at the whole picture.
        far: The detector that looks for small faces; None if `near` does so too.
        smallest: The width of the smallest face, in pixels; None for whatever the whole picture shows.
    """
    longer = max(width, height)
    whole = Tile(0, 0, longer)
    searching = near if far is None else far
    # A strip that is lower than the smallest face has room for none, but for hundreds of squares.
    if smallest is None or near.least * longer <= smallest or min(width, height) < smallest:
        return [Place(whole, near)] + ([Place(whole, far)] if far is not None and smallest is None else [])
    squares = [
        Place(Tile(left, top, side), searching)
        for side in reversed(_sides(width, height, smallest, near.least, searching.least))
        for top, left in product(starts(height, side), starts(width, side))
    ]
    return [Place(whole, near), *(place for place in squares if (place.tile, place.sight) != (whole, near))]


def total_places(width: int, height: int, near: Sight, far: Sight | None) -> list[Place]:
    """Return the few squares that show every face of at least a sixteenth of the picture's longer side, always due.

    Args:
        width: The width of the picture, in pixels.
        height: The height of the picture, in pixels.
        near: The detector that looks at the whole picture.
        far: The detector that looks for small faces, at the whole picture too; None if `near` does so, at squares.
    """
    found = places(width, height, near, far, None if far is not None else round(_TOTAL * max(width, height)))
    for place in found:
        place.is_always_due = True
    return found


def _sides(width: int, height: int, smallest: int, near: float, far: float) -> list[int]:
    """Return the sides of the squares, the smallest first: each level shows whole the faces that the next one misses.

    Args:
        width: The width of the picture, in pixels.
        height: The height of the picture, in pixels.
        smallest: The width of the smallest face, in pixels.
        near: The least size of a face in the whole picture, as a fraction of its longer side.
        far: The least size of a face in a square, as a fraction of its side.
    """
    longer, shorter = max(width, height), min(width, height)
    sides: list[int] = []
    side = smallest / far
    while not sides or (sides[-1] < longer and _shared(width, height, sides[-1]) < near * longer):
        sides.append(longer if sides and sides[-1] == shorter else max(1, min(int(side), shorter)))
        side *= _OVERLAP / far
    return sides


def _shared(width: int, height: int, side: int) -> int:
    """Return how wide a face may be that lies in one of the squares as a whole, wherever it is."""
    shared = side
    for length in (width, height):
        begins = starts(length, side)
        shared = min([shared, *(side - (second - first) for first, second in pairwise(begins))])
    return shared


def starts(length: int, side: int) -> list[int]:
    """Return where along `length` squares begin, evenly, each overlapping the next by `_OVERLAP` of its side."""
    room = length - side
    if room <= 0:
        return [0]
    # A hundredth less overlap is no reason for one more square.
    steps = max(1, math.ceil(room / (side * (1 - _OVERLAP)) - 0.01))
    return [round(step * room / steps) for step in range(steps + 1)]


class Cells:
    """The brightness of a picture in a coarse grid, by which a change is noticed.

    They are computed when they are first asked for, since in most frames no place has its turn.

    Args:
        pixels: The pixels of the picture.
        known: The known faces in it. What changes there is their movement.
    """

    def __init__(self, pixels: Pixels, known: Iterable[Box] = ()) -> None:
        self._pixels = pixels
        self._known = known
        scale = min(1.0, _CELLS / max(pixels.width, pixels.height))
        self._size = max(1, round(pixels.width * scale)), max(1, round(pixels.height * scale))
        self._across, self._down = self._size[0] / pixels.width, self._size[1] / pixels.height

    @cached_property
    def _grid(self) -> NDArray[np.int16]:
        # Sampling before averaging makes the cost independent of the size of the frame.
        grey = self._pixels.reduced(_SAMPLED).grey
        return np.asarray(cv2.resize(grey, self._size, interpolation=cv2.INTER_AREA), np.int16)

    @cached_property
    def _is_free(self) -> NDArray[np.bool_]:
        free = np.ones(self._grid.shape, np.bool_)
        for box in self._known:
            across, down = _HEAD[0] * box.width, _HEAD[1] * box.height
            free[self._slices(box.x - across, box.y - down, box.right + across, box.bottom + down)] = False
        return free

    def within(self, tile: Tile) -> NDArray[np.int16]:
        """Return the cells that lie at least partly in a square."""
        return self._grid[self._of(tile)]

    def changed(self, tile: Tile, before: NDArray[np.int16]) -> int:
        """Return how many cells of a square differ from those `before`, apart from those of known faces."""
        where = self._of(tile)
        return int(np.count_nonzero((np.abs(self._grid[where] - before) > _LEVELS) & self._is_free[where]))

    def _of(self, tile: Tile) -> tuple[slice, slice]:
        return self._slices(tile.left, tile.top, tile.left + tile.side, tile.top + tile.side)

    def _slices(self, left: float, top: float, right: float, bottom: float) -> tuple[slice, slice]:
        down = slice(max(0, int(top * self._down)), max(0, math.ceil(bottom * self._down)))
        return down, slice(max(0, int(left * self._across)), max(0, math.ceil(right * self._across)))


class Coverage:
    """The turns of all places of a picture.

    Args:
        found: The places, as `places` returns them; those that are always due come first.
        areas: The parts of the picture in which faces count, in pixels; empty for all of it. Other places have no turn.
    """

    def __init__(self, found: Sequence[Place], areas: Sequence[Box] = ()) -> None:
        self._places = [place for place in found if place.tile.shows(areas)]
        self._next = 0
        self._credit = 0.0

    def all(self, cells: Cells, time: float) -> list[Place]:
        """Return every place, to be looked at now."""
        for place in self._places:
            self._mark(place, cells, time)
        return self._places

    def due(
        self, cells: Cells, time: float, elapsed: float, affords: Callable[[Place], bool] = lambda _: True
    ) -> Iterator[Place]:
        """Yield the places to look at now.

        Args:
            cells: The cells of the picture.
            time: Its time, in seconds.
            elapsed: The seconds since the last call.
            affords: Returns False for a place that is to be put off, with all that would come after it.
        """
        count = len(self._places)
        self._credit = min(self._credit + count * elapsed / PERIOD, float(count))
        looked = []
        for place in self._places:
            is_busy = place.busy_until >= time and time - place.time >= PERIOD / 2
            if place.is_always_due or is_busy or place.time == -math.inf:
                if not place.is_always_due and not affords(place):
                    return
                looked.append(place)
                self._mark(place, cells, time)
                yield place
        while self._credit >= 1 and affords(self._places[self._next]):
            self._credit -= 1
            place = self._places[self._next]
            self._next = (self._next + 1) % count
            if place not in looked and (time - place.time >= QUIET_PERIOD or self._has_changed(place, cells)):
                self._mark(place, cells, time)
                yield place

    def watch(self, box: Box, time: float) -> None:
        """Look more often for a while at the places that show where a face came or went."""
        for place in self._places[1:]:
            left, top, side = place.tile
            if left <= box.centre.x < left + side and top <= box.centre.y < top + side:
                place.busy_until = time + _BUSY_S

    def hurry(self) -> None:
        """Give the first place, which shows the whole picture, its turn the next time."""
        for place in self._places[:1]:
            place.time = -math.inf

    @staticmethod
    def _mark(place: Place, cells: Cells, time: float) -> None:
        place.time, place.cells = time, cells.within(place.tile)

    @staticmethod
    def _has_changed(place: Place, cells: Cells) -> bool:
        return cells.changed(place.tile, place.cells) >= _CHANGED_CELLS
