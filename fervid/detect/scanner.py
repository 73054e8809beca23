"""Looking for new faces at the places of a picture in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fervid.core.geometry import Box
from fervid.core.readings import Face
from fervid.core.regions import are_empty_or_hold
from fervid.detect.base import is_same_face
from fervid.detect.close_ups import ALONE, close_up
from fervid.detect.coverage import Cells, Coverage, Place, places, total_places
from fervid.detect.followed import matched
from fervid.detect.looks import Looks, Sight
from fervid.detect.pace import Pace
from fervid.detect.tiles import Tile
from fervid.detect.vigilance import Vigilance

_STRICTER: Final = 0.4
"""The part of the way to 1 by which a new face must score higher, as each look may find a false face."""

_ENOUGH: Final = 0.5
"""The share of a square from which a close-up of a face in it would show hardly more than the square did."""


class Scanner:
    """Finds new faces: a look at a place finds candidates, and a candidate is a face once a close-up confirms it.

    Args:
        near: The detector for close-ups and for the whole picture.
        far: The detector that looks for small faces; None if `near` does so too.
        smallest: The width of the smallest face to look for, in pixels; None for whatever the whole picture shows.
        min_score: The least score of a known face, 0 to 1. A new one must score higher, 0.7 for 0.5.
        vigilance: The effort to miss none.
        pace: The looks that a frame may have.
    """

    def __init__(
        self, near: Sight, far: Sight | None, smallest: int | None, min_score: float, vigilance: Vigilance, pace: Pace
    ) -> None:
        self._near = near
        self._far = far
        self._smallest = smallest
        self._least_score = min_score + _STRICTER * (1 - min_score)
        self._vigilance = vigilance
        self._pace = pace
        self._coverage = Coverage([])
        self._areas: Sequence[Box] = ()
        self._pending: list[tuple[Place, Face]] = []
        self._begins = True

    def begin_scene(self, size: tuple[int, int], areas: Sequence[Box]) -> None:
        """Begin with a new scene, of which nothing has been looked at.

        Args:
            size: The width and height of its frames, in pixels.
            areas: The parts of them in which faces count, in pixels; empty for all of them.
        """
        found = places(*size, self._near, self._far, self._vigilance.smallest(self._smallest, size))
        if self._vigilance.is_total:
            total = total_places(*size, self._near, self._far)
            shown = {(place.tile, place.sight) for place in total}
            found = total + [place for place in found if (place.tile, place.sight) not in shown]
        self._coverage = Coverage(found, areas)
        self._areas = areas
        self._pending = []
        self._begins = True

    def watch(self, box: Box, time: float) -> None:
        """Look more often for a while at the places that show where a face came or went."""
        self._coverage.watch(box, time)

    def hurry(self) -> None:
        """Look at the whole picture the next time, because a face is not where it was expected."""
        self._coverage.hurry()

    def scan(
        self, looks: Looks, time: float, elapsed: float, shown: Sequence[Face], moving: Iterable[Box]
    ) -> list[Face]:
        """Return the new faces in a frame, the best candidate first.

        Args:
            looks: The looks at the frame.
            time: Its time, in seconds.
            elapsed: The seconds since the last call.
            shown: The known faces in the frame.
            moving: The boxes of known faces, whose movement is no reason for a look.
        """
        begins, self._begins = self._begins, False
        self._pace.begin(elapsed, looks.count)
        candidates, self._pending = self._pending, []
        if self._vigilance.is_total or not candidates:
            cells = Cells(looks.pixels, moving)
            searches_all = begins and (self._vigilance.is_total or not self._pace.spreads)
            turns = self._everywhere(cells, time) if searches_all else self._in_turn(cells, time, elapsed)
            candidates = [
                (place, face) for place, mirrored in turns for face in self._look_at(looks, place, mirrored=mirrored)
            ]
        found = self._confirm(looks, candidates, shown)
        if not begins:
            for face in found:
                self._coverage.watch(face.box, time)
        return found

    def _confirm(self, looks: Looks, candidates: Iterable[tuple[Place, Face]], shown: Sequence[Face]) -> list[Face]:
        """Return the candidates that are new faces, the best first; those without a close-up yet have to wait."""
        found: list[Face] = []
        close_ups = 0
        for place, candidate in sorted(candidates, key=lambda pair: -pair[1].score):
            known = [*shown, *found]
            if not are_empty_or_hold(self._areas, candidate.box.centre) or any(
                is_same_face(candidate, other) for other in known
            ):
                continue
            face: Face | None = candidate
            if self._is_doubtful(place, candidate):
                if self._affords_close_up(close_ups):
                    close_ups += 1
                    tile = close_up(candidate.box, *looks.size)
                    face = matched([candidate.box], self._look(looks, self._near, tile)).get(0)
                else:
                    self._pending.append((place, candidate))
                    face = None
            if face is None or face.score < self._least_score:
                face = candidate if self._is_trusted(place, looks) else None
            if face is not None and not any(is_same_face(face, other) for other in known):
                found.append(face)
        return found

    def _everywhere(self, cells: Cells, time: float) -> Iterator[tuple[Place, bool]]:
        """Yield every place, and those for small faces once more with True, for their mirror images."""
        for place in self._coverage.all(cells, time):
            yield place, False
            if self._vigilance.mirrors and place.sight != self._near:
                yield place, True

    def _in_turn(self, cells: Cells, time: float, elapsed: float) -> Iterator[tuple[Place, bool]]:
        """Yield the places whose turn it is, and True for every other look of those for small faces."""
        due = self._coverage.due(cells, time, elapsed, lambda place: self._pace.affords(place.sight.detector.name))
        for place in due:
            place.mirrored = place.sight != self._near and not place.mirrored
            yield place, place.mirrored

    def _look_at(self, looks: Looks, place: Place, *, mirrored: bool) -> list[Face]:
        if place.is_always_due:  # the pace has no say in it
            return looks.look(place.sight.detector, place.tile, mirrored=mirrored)
        return self._look(looks, place.sight, place.tile, mirrored=mirrored)

    def _look(self, looks: Looks, sight: Sight, tile: Tile, *, mirrored: bool = False) -> list[Face]:
        count, begin = looks.count, self._pace.now()
        found = looks.look(sight.detector, tile, mirrored=mirrored)
        if looks.count > count:  # it was not looked at before
            self._pace.took(sight.detector.name, begin)
        return found

    def _is_doubtful(self, place: Place, candidate: Face) -> bool:
        """Return True if a close-up has to confirm a candidate."""
        return place.sight != self._near or ALONE * candidate.box.width < _ENOUGH * place.tile.side

    def _is_trusted(self, place: Place, looks: Looks) -> bool:
        """Return True if a candidate counts although no close-up confirms it."""
        return self._vigilance.trusts_whole and place.sight == self._near and place.tile.side >= max(looks.size)

    def _affords_close_up(self, count: int) -> bool:
        """Return True if a frame may have one more close-up of a candidate, beside so many others."""
        most = self._vigilance.most_close_ups
        return self._pace.affords_close_up(self._near.detector.name) if most is None else count < most
