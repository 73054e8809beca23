"""The clips as data: who is where when, with which expression, in front of what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from samples import people
from samples.people import Person

_CHANGE: Final = 0.4  # seconds that one expression takes to become the next
_BLINK: Final = 0.2  # seconds from open to open
_BLINK_EVERY: Final = 3.1


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody's face is at one moment.

    Attributes:
        time: In seconds.
        x: The middle of the face's box, as a share of the frame's width; may lie outside 0 to 1.
        y: The same, as a share of the frame's height.
        size: The side of the box, as a share of the frame's height.
    """

    time: float
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Mood:
    """From when on somebody shows which expression."""

    time: float
    expression: str


@dataclass(frozen=True, slots=True)
class Actor:
    """One person in one clip.

    Attributes:
        person: Who.
        path: Where, in the order of time; in between they glide, before the first and after the last they stay.
        moods: With which expression, in the order of time.
    """

    person: Person
    path: tuple[Place, ...]
    moods: tuple[Mood, ...]

    def place(self, time: float) -> Place:
        """Where they are at this time."""
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
        """The shares of the expressions that they show at this time; they sum to 1."""
        reached = [mood for mood in self.moods if mood.time <= time] or [self.moods[0]]
        now, before = reached[-1], reached[max(0, len(reached) - 2)]
        share = _ease(min(1.0, (time - now.time) / _CHANGE))
        if share >= 1 or before is now:
            return {now.expression: 1.0}
        return {before.expression: 1 - share, now.expression: share}

    def tilt(self, time: float) -> float:
        """How far the head leans at this time, in degrees: nobody sits quite still."""
        return 2.0 * math.sin(2 * math.pi * time / 3.7 + len(self.person.name))

    def blink(self, time: float, offset: float) -> float:
        """How far the eyes are closed at this time, 0 to 1; they blink every few seconds, first after `offset`."""
        phase = (time - offset) % _BLINK_EVERY / _BLINK
        return math.sin(math.pi * phase) if time >= offset and phase < 1 else 0.0


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip.

    Attributes:
        name: Of its files.
        shows: What it shows, in one line.
        width: In pixels.
        height: In pixels.
        seconds: How long.
        scenery: A name from `samples.scenery.SCENERIES`.
        actors: Its people, the farthest first.
        rate: Frames a second.
        steady: False where the frames come at uneven times, as a phone's do.
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

NONE: Final = Clip("none", "hills by a lake; nobody is there", 640, 360, 2.0, "hills")

VFR: Final = Clip(
    "vfr", "one face, with frames at uneven times as a phone records them", 640, 360, 4.0, "garden",
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
"""Every clip by its name."""
