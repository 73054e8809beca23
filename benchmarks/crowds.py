"""Crowds of faces that move as people do, with the ground truth of each, and a detector's view of them.

Nothing is drawn: a crowd is a table of places over time, from which faces are derived with the errors of a detector.
That takes a few milliseconds, so that a tracker can be measured on many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box
from fervid.core.readings import Face

WIDTH: Final = 1280
HEIGHT: Final = 720

Places = NDArray[np.float64]
"""(frames, people, 3): the centre of each face and its side, in pixels."""

VISIBLE: Final = 0.6  # the share of a face that must be uncovered and in the frame for a detector to find it
_FALTERING: Final = 0.85  # the share below which a detector finds it every other time, with a low score


@dataclass(frozen=True, slots=True)
class Noise:
    """The errors of a detector.

    Attributes:
        missed: The share of the faces that are missed.
        weak: The share of the faces that have a score of 0.5 to 0.7.
        jitter: The standard deviation of the place and of the logarithm of the size, in face widths.
        false: The false detections in a frame, on average. They are weak, and each lasts 0.15 s.
    """

    missed: float = 0.02
    weak: float = 0.02
    jitter: float = 0.02
    false: float = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """The faces of a made-up clip.

    Attributes:
        times: (frames,) The time of each frame, in seconds.
        places: Where the faces are. One that is nearer to the camera comes later.
        present: (frames, people) False where a person is away or behind something that is no face.
        cuts: The frames with which a new scene begins.
        noise: The errors of the detector.
        camera: (frames, 2) The movement of the camera, in pixels; None where it stands still.
        alike: True where all people look the same.
    """

    times: NDArray[np.float64]
    places: Places
    present: NDArray[np.bool_]
    cuts: frozenset[int] = frozenset()
    noise: Noise = field(default_factory=Noise)
    camera: NDArray[np.float64] | None = None
    alike: bool = False

    def zoomed(self, factor: float) -> Crowd:
        """Return the same crowd, larger about the centre of the frame."""
        centre = np.array((WIDTH / 2, HEIGHT / 2, 0.0))
        camera = None if self.camera is None else self.camera * factor
        return replace(self, places=(self.places - centre) * factor + centre, camera=camera)

    def visible(self) -> NDArray[np.float64]:
        """Return the share of each face that is in the frame and not covered, (frames, people), 0 to 1."""
        shares = np.zeros(self.present.shape)
        for frame, person in np.argwhere(self.present):
            box = box_at(self.places[frame, person])
            covered = [
                box.intersection(box_at(self.places[frame, nearer])).area
                for nearer in range(person + 1, self.present.shape[1])
                if self.present[frame, nearer]
            ]
            shares[frame, person] = (box.clipped(WIDTH, HEIGHT).area - max(covered, default=0.0)) / box.area
        return shares.clip(0, 1)

    def visits(self) -> NDArray[np.int64]:
        """Return the number of the visit of each face, (frames, people).

        A person who leaves the frame, or is cut away from, begins a new visit: a tracker compares positions, and cannot
        know them again. One who is hidden goes on with the old.
        """
        x, y = self.places[..., 0], self.places[..., 1]
        inside = (x > 0) & (x < WIDTH) & (y > 0) & (y < HEIGHT)
        visits = np.zeros(inside.shape, np.int64)
        number = 0
        for person in range(inside.shape[1]):
            for frame in range(len(self.times)):
                begins = inside[frame, person] and (frame == 0 or not inside[frame - 1, person] or frame in self.cuts)
                number += begins
                visits[frame, person] = number
        return visits


def box_at(place: NDArray[np.float64]) -> Box:
    """Return the box of a face at this place: centre and side, in pixels."""
    x, y, side = map(float, place)
    return Box(x - side / 2, y - side / 2, side, side)


def detect(crowd: Crowd, random: np.random.Generator) -> list[list[tuple[int | None, Face]]]:
    """Return what a detector finds in each frame: the visit of the face, None for a false detection, and the face."""
    visible, visits, noise = crowd.visible(), crowd.visits(), crowd.noise
    found: list[list[tuple[int | None, Face]]] = []
    ghosts: list[tuple[float, NDArray[np.float64]]] = []
    step = float(np.median(np.diff(crowd.times)))
    for frame, time in enumerate(crowd.times):
        now: list[tuple[int | None, Face]] = []
        for person, share in enumerate(visible[frame]):
            faltering = share < _FALTERING
            missed = 0.5 if faltering else noise.missed
            if share < VISIBLE or random.random() < missed:
                continue
            weak = random.random() < (0.5 if faltering else noise.weak)
            score = random.uniform(0.5, 0.7) if weak else random.uniform(0.7, 0.95)
            place = crowd.places[frame, person] + _jitter(crowd.places[frame, person, 2], noise.jitter, random)
            now.append((int(visits[frame, person]), Face(box_at(place), score)))
        if random.random() < noise.false * step * 30:
            ghosts.append((time + 0.15, random.uniform((0, 0, 50), (WIDTH, HEIGHT, 200))))
        ghosts = [ghost for ghost in ghosts if ghost[0] >= time]
        now += [(None, Face(box_at(place), random.uniform(0.5, 0.65))) for _, place in ghosts]
        found.append([now[index] for index in random.permutation(len(now))])
    return found


def _jitter(side: float, deviation: float, random: np.random.Generator) -> NDArray[np.float64]:
    return random.normal(0, deviation, 3) * (side, side, side)


# The scenes. Each takes a generator and a frame rate, and makes another crowd for each seed.


def crossing_equal(random: np.random.Generator, rate: int) -> Crowd:
    """Make two faces that look the same and are of one size, whose paths cross, the nearer in front."""
    return replace(_crossing(random, rate, 1.0), alike=True)


def crossing_different(random: np.random.Generator, rate: int) -> Crowd:
    """Make two faces of different sizes whose paths cross, the larger in front."""
    return _crossing(random, rate, random.uniform(1.2, 1.6))


def _crossing(random: np.random.Generator, rate: int, ratio: float) -> Crowd:
    side = random.uniform(70, 150)
    times = _times(6.0, rate)
    middle = random.uniform(2.0, 4.0)
    # Together they pass each other at one to six face widths a second, at less than half a width from each other.
    speeds = side * random.uniform(0.5, 3.0, 2) * (1, -1)
    slants = side * random.uniform(-0.4, 0.4, 2)
    beside = side * random.uniform(-0.5, 0.5)
    places = []
    for number in range(2):
        x = WIDTH / 2 + speeds[number] * (times - middle)
        y = HEIGHT / 2 + slants[number] * (times - middle) + beside * number
        places.append(_walk(times, x, y, side * (1 if number == 0 else ratio), random))
    return _crowd(times, places)


def meeting(random: np.random.Generator, rate: int) -> Crowd:
    """Make two faces of one size that come close to each other, stay for a moment, and turn back."""
    side = random.uniform(80, 150)
    times = _times(6.0, rate)
    arrival, stay = random.uniform(1.2, 2.5), random.uniform(0.0, 1.5)
    speed = side * random.uniform(0.7, 2.5)
    distance = speed * (np.maximum(0, arrival - times) + np.maximum(0, times - arrival - stay))
    gap = side * random.uniform(1.05, 1.3) / 2
    places = [
        _walk(times, WIDTH / 2 + way * (gap + distance), np.full_like(times, HEIGHT / 2), side, random)
        for way in (-1, 1)
    ]
    return _crowd(times, places)


def occlusion(random: np.random.Generator, rate: int) -> Crowd:
    """Make three people who walk behind a pillar, or turn away, for a moment."""
    times = _times(6.0, rate)
    places, present = [], []
    for row in range(3):
        side = random.uniform(70, 120)
        speed = side * random.uniform(-2.0, 2.0)
        x = WIDTH / 2 + speed * (times - 3)
        places.append(_walk(times, x, np.full_like(times, 140 + 220 * row), side, random))
        start = random.uniform(1.5, 3.5)
        present.append((times < start) | (times > start + random.uniform(0.2, 0.9)))
    return _crowd(times, places, np.stack(present, axis=1))


def leaving(random: np.random.Generator, rate: int) -> Crowd:
    """Make three people of whom one walks out of the frame and returns after seconds, while another arrives."""
    times = _times(9.0, rate)
    side = random.uniform(80, 130)
    out = random.uniform(3.0, 4.5)
    away = WIDTH / 2 + np.clip(times - 1.0, 0, None) * WIDTH / 3
    back = WIDTH / 2 + np.clip(1.0 + 2 * out - times - 1.0, 0, None) * WIDTH / 3
    turning = np.minimum(away, back)
    places = [
        _walk(times, np.full_like(times, 250.0), np.full_like(times, 300.0), side * 1.1, random),
        _walk(times, turning, np.full_like(times, 350.0), side, random),
        _walk(times, np.clip(-300 + 200 * times, None, 480.0), np.full_like(times, 560.0), side, random),
    ]
    return _crowd(times, places)


def cuts(random: np.random.Generator, rate: int) -> Crowd:
    """Make scenes of about two seconds, each with three people in places of its own."""
    times = _times(8.0, rate)
    scene = np.searchsorted(np.cumsum(random.uniform(1.5, 2.5, 6)), times)
    centres = random.uniform((0.15, 0.3), (0.85, 0.7), (7, 3, 2)) * (WIDTH, HEIGHT)
    centres[..., 0] = (np.arange(3) + 0.5) * WIDTH / 3 + random.uniform(-90, 90, (7, 3))
    sides = random.uniform(70, 150, (7, 3))
    places = [
        _walk(times, centres[scene, person, 0], centres[scene, person, 1], sides[scene, person], random)
        for person in range(3)
    ]
    begins = np.flatnonzero(np.diff(scene)) + 1
    return replace(_crowd(times, places), cuts=frozenset(map(int, begins)))


def pan(random: np.random.Generator, rate: int) -> Crowd:
    """Make a row of four people before a camera that shakes, and swings from one end to the other."""
    times = _times(6.0, rate)
    side = random.uniform(80, 120)
    swing = 300 * np.sin(2 * np.pi * times / random.uniform(1.5, 3.5))
    shake = side * 0.15 * np.sin(2 * np.pi * times * random.uniform(1.5, 3.0) + random.uniform(0, 6))
    camera = np.stack([swing + shake, shake], axis=1)
    places = []
    for number in range(4):
        x = WIDTH / 2 + (number - 1.5) * side * random.uniform(1.3, 1.5)
        places.append(_walk(times, x + camera[:, 0], HEIGHT / 2 + camera[:, 1], side, random))
    return replace(_crowd(times, places), camera=camera)


def missed(random: np.random.Generator, rate: int) -> Crowd:
    """Make four people who walk about, of whom the detector misses every fourth face."""
    return replace(_wandering(random, rate, 4), noise=Noise(missed=0.25, weak=0.2))


def jitter(random: np.random.Generator, rate: int) -> Crowd:
    """Make four people close together, whose detected boxes jump by a tenth of their width."""
    times = _times(6.0, rate)
    side = random.uniform(80, 120)
    places = [
        _walk(times, np.full_like(times, WIDTH / 2 + (n - 1.5) * side * 1.2), np.full_like(times, 360.0), side, random)
        for n in range(4)
    ]
    return replace(_crowd(times, places), noise=Noise(jitter=0.1))


def crowd(random: np.random.Generator, rate: int) -> Crowd:
    """Make eight people who walk about and cover each other, before a detector that errs in every way."""
    return replace(_wandering(random, rate, 8), noise=Noise(missed=0.08, weak=0.1, jitter=0.03, false=0.1))


def _wandering(random: np.random.Generator, rate: int, people: int) -> Crowd:
    times = _times(8.0, rate)
    places = []
    for _ in range(people):
        side = random.uniform(60, 120)
        # The sum of two slow swings, within the frame, at about three face widths a second on average.
        x = WIDTH / 2 + _swing(times, random, (0.08, 0.2)) * WIDTH * 0.42
        y = HEIGHT / 2 + _swing(times, random, (0.03, 0.1)) * HEIGHT * 0.3
        places.append(_walk(times, x, y, side, random))
    return _crowd(times, places)


SCENES: Final[dict[str, Callable[[np.random.Generator, int], Crowd]]] = {
    "crossing, equal": crossing_equal,
    "crossing, different": crossing_different,
    "meeting": meeting,
    "occlusion": occlusion,
    "leaving": leaving,
    "cuts": cuts,
    "pan": pan,
    "missed": missed,
    "jitter": jitter,
    "crowd": crowd,
}
"""The function that makes a crowd of each kind."""


def _times(seconds: float, rate: int) -> NDArray[np.float64]:
    return np.arange(round(seconds * rate)) / rate


def _swing(times: NDArray[np.float64], random: np.random.Generator, hertz: tuple[float, float]) -> NDArray[np.float64]:
    slow, fast = random.uniform(*hertz, 2)
    first, second = random.uniform(0, 2 * np.pi, 2)
    return 0.7 * np.sin(2 * np.pi * slow * times + first) + 0.3 * np.sin(2 * np.pi * 2 * fast * times + second)


def _walk(
    times: NDArray[np.float64],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    side: float | NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the places of a head that sways on this path, (frames, 3)."""
    sway = 0.06 * np.sin(2 * np.pi * random.uniform(0.3, 0.8) * times + random.uniform(0, 6))
    bob = 0.04 * np.sin(2 * np.pi * random.uniform(1.2, 2.0) * times + random.uniform(0, 6))
    sides = side * (1 + 0.05 * np.sin(2 * np.pi * random.uniform(0.1, 0.4) * times + random.uniform(0, 6)))
    return np.stack([x + sway * sides, y + bob * sides, sides], axis=1)


def _crowd(
    times: NDArray[np.float64], places: list[NDArray[np.float64]], present: NDArray[np.bool_] | None = None
) -> Crowd:
    table = np.stack(places, axis=1)
    return Crowd(times, table, np.ones(table.shape[:2], np.bool_) if present is None else present)
