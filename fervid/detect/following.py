"""The search that follows known faces in close-ups and looks at every place of the picture in turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.core.regions import EVERYWHERE, Regions, are_empty_or_hold
from fervid.detect.base import Detector, distinct, is_same_face
from fervid.detect.close_ups import ALONE, WIDE, close_up, close_ups
from fervid.detect.followed import Followed, Seen, matched, nearest, patch
from fervid.detect.looks import Held, Looks, Sight
from fervid.detect.pace import LivePace, Pace
from fervid.detect.scanner import Scanner
from fervid.detect.search import Searched
from fervid.detect.tiles import Tile
from fervid.detect.vigilance import RECORDED, Vigilance
from fervid.video.cuts import CutDetector, SceneCuts

_STRIDE_S: Final = 0.21
"""The longest time from one look at a steady face to the next, in seconds."""

_STEADY_S: Final = 0.1
"""The longest time from one look at a steady face to the next where a stride is a single frame, in seconds."""

_HELD: Final = 16
"""The largest number of frames that wait, so that a face which is found late can be traced back in them."""

_HELD_S: Final = 0.37
"""The time for which they may wait, in seconds, where that is longer."""

_FAR: Final = 0.4
"""The distance, in widths, that a face may move from one look to the next. A faster one shortens the strides."""

_HELD_PIXELS: Final = 32_000_000
"""The pixels that they may have together, of up to 4.5 bytes each; two frames may always wait."""

_LOST_S: Final = 0.5
"""Seconds for which a lost face is looked for where it was."""

_BEYOND: Final = 0.5
"""The distance, in widths of the face, by which its centre must leave the regions before it is followed no longer."""


class Following:
    """A search that spends looks where they tell most.

    It takes the frames of a scene in strides of up to five, or as its `Vigilance` says. In the last frame of a stride
    it looks at all known faces, in close-ups that neighbours share, and at those places of the picture whose turn it
    is. Faces in the frames between are interpolated, unless the pixels there differ from those at both ends: then it
    looks there too. A face that comes or goes is traced to the frame in which it does.

    A place finds candidates. A face counts once a close-up confirms it.

    Use a fresh one for each source.

    Args:
        near: The detector for close-ups and for the whole picture. It stays open.
        far: The detector that looks for small faces; None if `near` does so too. It stays open.
        smallest: The width of the smallest face to look for, in pixels; None for whatever the whole picture shows.
        min_score: The least score of a known face, 0 to 1. A new one must score higher, 0.7 for 0.5, in a close-up.
        vigilance: The effort to miss no face.
        cuts: The detector of scene cuts; a new `SceneCuts` when None.
        regions: The parts of a frame in which faces count. Nothing is looked for beside them.
        pace: The looks for new faces that a frame may have; None for that of `vigilance`.

    Attributes:
        looks: The number of looks so far.
    """

    def __init__(
        self,
        near: Detector,
        far: Detector | None,
        smallest: int | None,
        *,
        min_score: float = 0.5,
        vigilance: Vigilance = RECORDED,
        cuts: CutDetector | None = None,
        regions: Regions = EVERYWHERE,
        pace: Pace | None = None,
    ) -> None:
        self._near = Sight.of(near)
        pace = pace or (LivePace() if vigilance.is_paced else Pace())
        sight = None if far is None else Sight.of(far)
        self._scanner = Scanner(self._near, sight, smallest, min_score, vigilance, pace)
        self._vigilance = vigilance
        self._cuts = SceneCuts() if cuts is None else cuts
        self._regions = regions
        self._areas: list[Box] = []
        self._size = (0, 0)
        self._known: list[Followed] = []
        self._gone: list[Followed] = []
        self._held: deque[Held] = deque()
        self._step = 0
        self._stride: list[Held] = []
        self._last: Held | None = None  # the last frame of the stride before
        self.looks = 0

    def add(self, frame: Frame, *, is_cut: bool | None = None) -> Iterator[Searched]:
        """Take the next frame, and yield those that are done. See `Search`."""
        is_cut = self._cuts.is_cut(frame.pixels) if is_cut is None else is_cut
        size = frame.width, frame.height
        if is_cut or size != self._size:
            yield from self.flush()
            self._begin_scene(frame)
        held = Held(frame, self._step, is_cut, Looks(frame.pixels))
        self._step += 1
        self._held.append(held)
        self._stride.append(held)
        if self._stride_ends():
            self._finish_stride()
            yield from self._release(self._capacity(frame) - self._vigilance.stride)

    def flush(self) -> Iterator[Searched]:
        """Yield the frames that still wait. See `Search`."""
        if self._stride:
            self._finish_stride()
        yield from self._release(0)

    def _begin_scene(self, frame: Frame) -> None:
        self._size, self._last = (frame.width, frame.height), None
        self._known, self._gone = [], []
        self._areas = self._regions.boxes(frame.canvas, frame.placement)
        self._scanner.begin_scene(self._size, self._areas)

    def _stride_ends(self) -> bool:
        """Return True unless the next frame may belong to the stride too."""
        if self._last is None or self._vigilance.stride == 1:
            return True
        first, newest = self._last.frame, self._stride[-1].frame
        before = self._stride[-2].frame if len(self._stride) > 1 else first
        longest = min(self._vigilance.stride, self._capacity(newest))
        elapsed = 2 * newest.time - before.time - first.time  # at the end of the next frame
        return (
            2 * newest.index - before.index - first.index > longest
            or elapsed > _STRIDE_S
            or any(elapsed * one.speed > _FAR for one in self._known if not one.is_lost)
            or (len(self._known) > 1 and any(one.is_new for one in self._known))
        )

    def _capacity(self, frame: Frame) -> int:
        pixels = frame.width * frame.height
        return max(2, _HELD_PIXELS // pixels) if self._vigilance.waits else 0

    def _release(self, kept: int) -> Iterator[Searched]:
        """Yield the oldest frames, so that the others are `kept` consecutive ones at most, and wait no longer."""
        while self._held:
            oldest, newest = self._held[0].frame, self._held[-1].frame
            count = newest.index - oldest.index
            is_new = count < _HELD - self._vigilance.stride or newest.time - oldest.time < _HELD_S
            if count < kept and is_new:
                break
            held = self._held.popleft()
            self.looks += held.looks.count
            found = (one.sure_at(held.step, held.frame.time) for one in (*self._known, *self._gone))
            faces = distinct(sorted((face for face in found if face is not None), key=lambda face: -face.score))
            yield Searched(held.frame, faces, held.is_cut)
            for one in self._known:
                one.forget(held.step)
            self._gone = [one for one in self._gone if one.newest.step > held.step]

    def _finish_stride(self) -> None:
        """Look at the last frame of the stride, and at those before it where faces cannot be interpolated."""
        *between, key = self._stride
        self._stride = []
        seen = [one for one in self._known if not one.is_lost]
        self._observe(key, [one for one in self._known if self._is_due(one, key)])
        lost = [one for one in seen if one.is_lost]
        self._chase(between, key, lost)
        lost = [one for one in lost if one.is_lost]
        if lost:
            self._scanner.hurry()
        for one in lost:  # it may have been steady, and not looked at, in the frames before
            self._fill([held for held in self._held if one.last_time < held.frame.time < key.frame.time], [one])
        self._drop_doubles(key)
        self._retire([one for one in self._known if not self._is_near_areas(one.last)])
        new = self._scan(key)
        self._fill(between, self._known)
        self._fill([held for held in self._held if held is not key], new)
        self._trace_back([held for held in self._held if held is not key], new)
        self._known += new
        self._retire([one for one in self._known if one.is_lost and key.frame.time - one.last_time > _LOST_S])
        self._last = key

    def _chase(self, between: Sequence[Held], key: Held, faces: Sequence[Followed]) -> None:
        """Follow faces that the end of the stride does not show where they were expected, frame by frame."""
        for held in between:
            self._observe(held, faces)
            faces = [one for one in faces if one.at(held.step, held.frame.time) is not None]
        if between and faces:
            self._observe(key, faces)

    def _trace_back(self, frames: Sequence[Held], faces: Sequence[Followed]) -> None:
        """Follow new faces back, frame by frame, beyond the first one in which they were found."""
        for held in reversed(frames):
            self._observe(held, [one for one in faces if one.at(held.step, held.frame.time) is None])
            faces = [one for one in faces if one.at(held.step, held.frame.time) is not None]

    def _is_due(self, one: Followed, held: Held) -> bool:
        """Return True if a known face needs a look; at the end of a stride of several frames, all do."""
        time = held.frame.time
        return (
            self._vigilance.stride > 1
            or time - one.newest.time >= _STEADY_S
            or not one.is_steady(time, held.looks.pixels)
        )

    def _observe(self, held: Held, faces: Sequence[Followed]) -> None:
        """Look for known faces in a frame."""
        looks = held.looks
        expected = [one.near(held.step, held.frame.time).box for one in faces]
        taken = [face for one in self._known if one not in faces and (face := one.at(held.step, held.frame.time))]
        found: dict[int, Face] = {}
        for tile, group in close_ups(expected, *looks.size):
            shown = matched([expected[index] for index in group], self._look(looks, tile, taken))
            found |= {group[place]: face for place, face in shown.items()}
        found = nearest(expected, found)
        for index, one in enumerate(faces):
            face = found.get(index) or self._look_again(looks, expected[index], [*taken, *found.values()])
            if face is not None:
                found[index] = face
            self._note(one, held, face)

    def _look_again(self, looks: Looks, expected: Box, taken: Sequence[Face]) -> Face | None:
        """Return a face that a first close-up missed; None where others miss it too."""
        for sides in (ALONE, WIDE):
            found = matched([expected], self._look(looks, close_up(expected, *looks.size, sides=sides), taken))
            if found:
                return found[0]
        return None

    def _look(self, looks: Looks, tile: Tile, taken: Sequence[Face]) -> list[Face]:
        """Return the faces in a close-up, but for those that are known to be others than those looked for."""
        found = looks.look(self._near.detector, tile)
        return [face for face in found if not any(is_same_face(face, other) for other in taken)]

    @staticmethod
    def _note(one: Followed, held: Held, face: Face | None) -> None:
        pixels = None if face is None else patch(held.looks.pixels, face)
        one.add(Seen(held.step, held.frame.time, face, pixels))

    def _fill(self, frames: Sequence[Held], faces: Sequence[Followed]) -> None:
        """Look at frames between two looks: in the middle first, then in the halves that need it."""
        if not frames or not faces:
            return
        middle = len(frames) // 2
        needy = [
            one
            for one in faces
            if not all(one.is_plain(held.step, held.frame.time, held.looks.pixels) for held in frames)
        ]
        self._observe(frames[middle], needy)
        for half in (frames[:middle], frames[middle + 1 :]):
            self._fill(half, needy)

    def _scan(self, held: Held) -> list[Followed]:
        """Return the new faces at the places whose turn it is."""
        time, looks = held.frame.time, held.looks
        elapsed = 0.0 if self._last is None else time - self._last.frame.time
        shown = [one.newest.face if one.newest.step == held.step else one.expected(time) for one in self._known]
        moving = (one.expected(time).box for one in self._known if not one.is_lost)
        found = self._scanner.scan(looks, time, elapsed, [face for face in shown if face is not None], moving)
        return [Followed(Seen(held.step, time, face, patch(looks.pixels, face))) for face in found]

    def _is_near_areas(self, face: Face) -> bool:
        """Return True unless a face has left the parts of the frame in which faces count."""
        return are_empty_or_hold(self._areas, face.box.centre, margin=_BEYOND * face.box.width)

    def _drop_doubles(self, held: Held) -> None:
        """Let go of a face that lies on one that is known for longer."""
        kept: list[Face] = []
        doubles = []
        for one in self._known:
            face = one.newest.face if one.newest.step == held.step else None
            if face is None:
                continue
            if any(is_same_face(face, other) for other in kept):
                doubles.append(one)
                self._note(one, held, None)
            else:
                kept.append(face)
        self._retire(doubles)

    def _retire(self, faces: Sequence[Followed]) -> None:
        for one in faces:
            self._scanner.watch(one.last.box, one.newest.time)
        self._known = [one for one in self._known if one not in faces]
        self._gone += faces
