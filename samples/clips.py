"""The sample clips as data: their people, with positions and expressions over time, and their backgrounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from samples import people
from samples.people import Person

_CHANGE_S: Final = 0.4  # duration of the change from one expression to the next
_BLINK_S: Final = 0.2  # duration of a blink
_BLINK_PERIOD_S: Final = 3.1


@dataclass(frozen=True, slots=True)
class Place:
    """The position of a face at one time.

    Attributes:
        time: The time in seconds.
        x: The centre of the bounding box, as a share of the frame width. May lie outside 0 to 1.
        y: The centre of the bounding box, as a share of the frame height. May lie outside 0 to 1.
        size: The side of the bounding box, as a share of the frame height.
    """

    time: float
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Mood:
    """An expression, by name, and the time in seconds from which it is shown."""

    time: float
    expression: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A person in a clip.

    Attributes:
        person: The person.
        path: The positions in the order of time. Between two of them the face moves smoothly; before the first and
            after the last it stays in place.
        moods: The expressions in the order of time.
    """

    person: Person
    path: tuple[Place, ...]
    moods: tuple[Mood, ...]

    def place(self, time: float) -> Place:
        """Return the position of the face at this time, in seconds."""
        if time <= self.path[0].time:
            return self.path[0]
        for start, stop in zip(self.path, self.path[1:], strict=False):
            if time < stop.time:
                share = _ease((time - start.time) / (stop.time - start.time))
                return Place(
                    time,
                    start.x + (stop.x - start.x) * share,
                    start.y + (stop.y - start.y) * share,
                    start.size + (stop.size - start.size) * share,
                )
        return self.path[-1]

    def expression(self, time: float) -> Mapping[str, float]:
        """Return the expressions at this time (in seconds), by name, as shares that sum to 1."""
        reached = [mood for mood in self.moods if mood.time <= time] or [self.moods[0]]
        now, before = reached[-1], reached[max(0, len(reached) - 2)]
        share = _ease(min(1.0, (time - now.time) / _CHANGE_S))
        if share >= 1 or before is now:
            return {now.expression: 1.0}
        return {before.expression: 1 - share, now.expression: share}

    def tilt(self, time: float) -> float:
        """Return the tilt of the head at this time, in degrees. It sways a little, as nobody sits quite still."""
        return 2.0 * math.sin(2 * math.pi * time / 3.7 + len(self.person.name))

    def blink(self, time: float, offset: float) -> float:
        """Return how far the eyes are closed at this time, 0 to 1. They blink every few seconds, first at `offset`."""
        phase = (time - offset) % _BLINK_PERIOD_S / _BLINK_S
        return math.sin(math.pi * phase) if time >= offset and phase < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """A sample clip.

    Attributes:
        name: The stem of its file names.
        shows: A description in one line.
        width: The width in pixels.
        height: The height in pixels.
        seconds: The duration.
        scenery: The background, a name from `samples.scenery.SCENERIES`.
        actors: The people, the farthest first.
        rate: Frames a second.
        steady: Whether the frames are evenly spaced in time; those of phones are not.
    """

    name: str
    shows: str
    width: int
    height: int
    seconds: float
    scenery: str
    actors: tuple[Actor, ...] = ()
    rate: int = 30
    steady: bool = True


def _ease(share: float) -> float:
    return share * share * (3 - 2 * share)


FACES: Final = Clip(
    "faces", "four people in a living room: one shows five expressions, two swap places, one leaves, one arrives",
    1280, 720, 9.0, "room",
    (
        Actor(
            people.CLEO,
            (Place(2.4, 0.86, 0.41, 0.31), Place(3.8, 0.60, 0.41, 0.31)),
            (Mood(0, "happy"), Mood(2.2, "neutral"), Mood(5.2, "surprise"), Mood(7.2, "happy")),
        ),
        Actor(
            people.DAN,
            (Place(6.2, 1.22, 0.44, 0.33), Place(7.6, 0.85, 0.44, 0.33)),
            (Mood(0, "happy"),),
        ),
        Actor(
            people.BEN,
            (Place(2.4, 0.59, 0.44, 0.34), Place(3.8, 0.85, 0.44, 0.34), Place(5.0, 0.85, 0.44, 0.34),
             Place(6.2, 1.24, 0.44, 0.34)),
            (Mood(0, "neutral"), Mood(1.2, "surprise"), Mood(2.6, "happy"), Mood(4.6, "neutral")),
        ),
        Actor(
            people.ADA,
            (Place(0.0, 0.26, 0.485, 0.40),),
            (Mood(0, "neutral"), Mood(1.6, "happy"), Mood(3.5, "surprise"), Mood(5.3, "sad"), Mood(7.1, "angry")),
        ),
    ),
)  # fmt: skip

SINGLE: Final = Clip(
    "single", "one face, five expressions, a second each", 640, 360, 5.0, "garden",
    (
        Actor(
            people.DAN,
            (Place(0.0, 0.46, 0.50, 0.41), Place(2.5, 0.54, 0.50, 0.45), Place(5.0, 0.48, 0.50, 0.41)),
            (Mood(0, "neutral"), Mood(1, "happy"), Mood(2, "surprise"), Mood(3, "sad"), Mood(4, "angry")),
        ),
    ),
)  # fmt: skip

CROSSING: Final = Clip(
    "crossing", "two faces whose paths cross, the nearer one in front", 640, 360, 4.0, "garden",
    (
        Actor(people.CLEO, (Place(0.9, 0.80, 0.45, 0.35), Place(3.1, 0.22, 0.45, 0.35)), (Mood(0, "happy"),)),
        Actor(people.BEN, (Place(0.9, 0.20, 0.50, 0.40), Place(3.1, 0.78, 0.50, 0.40)), (Mood(0, "neutral"),)),
    ),
)  # fmt: skip

NONE: Final = Clip("none", "hills by a lake, without people", 640, 360, 2.0, "hills")

VFR: Final = Clip(
    "vfr", "one face, with a variable frame rate as in phone videos", 640, 360, 4.0, "garden",
    (
        Actor(
            people.CLEO,
            (Place(0.0, 0.40, 0.50, 0.36), Place(4.0, 0.60, 0.52, 0.42)),
            (Mood(0, "neutral"), Mood(1.3, "happy"), Mood(2.7, "surprise")),
        ),
    ),
    steady=False,
)  # fmt: skip

CLIPS: Final[Mapping[str, Clip]] = {clip.name: clip for clip in (FACES, SINGLE, CROSSING, NONE, VFR)}
"""All clips, by name."""
