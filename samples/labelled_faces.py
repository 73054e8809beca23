"""Labelled faces: many people with known expressions, in grey pictures framed as FER2013 frames faces."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import CK_PLUS, FER2013
from fervid.crop.framing import EYE_DISTANCE, EYES_CENTRE
from samples.drawing import BOX_CENTRE, BOX_SIDE, draw_face
from samples.people import Person, somebody
from samples.taggers import votes_on

SIZE: Final = 48
"""Width and height of a picture in pixels."""

RISING: Final = (0.0, 0.3, 0.6, 0.85, 1.0)
"""The share of the expression in the frames of a sequence."""

_FACES_A_PERSON: Final = 4
_FINE: Final = 2  # a face is drawn this many times larger and shrunk


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFaces:
    """N faces whose ground truth is known.

    Attributes:
        images: (N, 48, 48) uint8.
        labels: (N,) text, what each face shows, a name from `samples.expressions.EXPRESSIONS`.
        people: (N,) text, who is seen. Nobody is in two splits.
        splits: (N,) text, ``training``, ``public_test`` or ``private_test``.
        votes: (N, 10) uint8, what ten people would see in each face, see `samples.taggers`.
        rows: (N,) int64, the row of each face in a larger table, rising.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.str_]
    people: NDArray[np.str_]
    splits: NDArray[np.str_]
    votes: NDArray[np.uint8]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class FaceSequence:
    """One person whose face goes from neutral to an expression.

    Attributes:
        person: Their name.
        number: Which of this person's sequences it is, from 1.
        label: The expression, a name of `fervid.core.emotions.CK_PLUS`; None where nobody labelled it.
        images: (N, 48, 48) uint8, one a frame.
    """

    person: str
    number: int
    label: str | None
    images: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Shot:
    """The pose, light and camera of a picture."""

    tilt: float
    scale: float
    shift: tuple[float, float]
    backdrop: tuple[float, float, float]
    gain: float
    contrast: float
    slope: tuple[float, float]  # how much lighter the picture becomes to the right and downwards
    blur: float
    grain: float

    @classmethod
    def at_random(cls, random: np.random.Generator) -> _Shot:
        """Return a shot like no other."""
        red, green, blue = random.uniform(20, 235, 3)
        angle, steepness = random.uniform(0, 2 * math.pi), random.uniform(0, 0.5)
        return cls(
            tilt=random.normal(0, 5),
            scale=random.uniform(0.95, 1.06),  # within the sizes that one portrait serves
            shift=(random.normal(0, 0.025), random.normal(0, 0.025)),
            backdrop=(red, green, blue),
            gain=random.uniform(0.8, 1.2),
            contrast=random.uniform(0.9, 1.4),
            slope=(steepness * math.cos(angle), steepness * math.sin(angle)),
            blur=random.uniform(0.2, 0.6),
            grain=random.uniform(1, 4),
        )

    def take(self, person: Person, expression: Mapping[str, float], random: np.random.Generator) -> NDArray[np.uint8]:
        """Draw a person, and return the picture, (48, 48) uint8; `random` decides its grain."""
        side = SIZE * _FINE
        image = np.full((side, side, 3), self.backdrop, np.uint8)
        eye_distance, angle = EYE_DISTANCE * self.scale * side, math.radians(self.tilt)
        below = BOX_CENTRE[1] * eye_distance
        centre = (
            (EYES_CENTRE.x + self.shift[0]) * side - math.sin(angle) * below,
            (EYES_CENTRE.y + self.shift[1]) * side + math.cos(angle) * below,
        )
        draw_face(image, centre, BOX_SIDE * eye_distance, expression, person=person, tilt=self.tilt)
        grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        return self._expose(np.asarray(grey, np.float32), random)

    def _expose(self, grey: NDArray[np.float32], random: np.random.Generator) -> NDArray[np.uint8]:
        place = np.linspace(-1, 1, SIZE)
        light = self.gain * (1 + self.slope[0] * place[None, :] + self.slope[1] * place[:, None])
        soft = cv2.GaussianBlur((grey * light - 128) * self.contrast + 128, (0, 0), self.blur)
        return (soft + random.normal(0, self.grain, soft.shape)).round().clip(0, 255).astype(np.uint8)


def draw_labelled_faces(parts: Mapping[str, int], seed: int = 1) -> LabelledFaces:
    """Draw faces that show the seven expressions of FER2013, each of them as often as the others.

    Args:
        parts: How many faces each split has.
        seed: Decides everything: the same seed draws the same faces.
    """
    random = np.random.default_rng(seed)
    images: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    people: list[str] = []
    votes: list[list[int]] = []
    numbers = count(1)
    for faces in parts.values():
        shown = np.resize(FER2013, faces)
        random.shuffle(shown)
        for place, label in enumerate(shown.tolist()):
            if place % _FACES_A_PERSON == 0:
                person = somebody(f"S{next(numbers):03d}", random)
            images.append(_Shot.at_random(random).take(person, _clearly(label, random), random))
            people.append(person.name)
        labels += shown.tolist()
        votes += votes_on(shown.tolist(), random)
    # FER+ leaves out some rows of FER2013's table, so that a face's place is not its row.
    rows = random.choice(len(labels) + len(labels) // 16 + 1, len(labels), replace=False)
    return LabelledFaces(
        images=np.array(images, np.uint8),
        labels=np.array(labels),
        people=np.array(people),
        splits=np.repeat(list(parts), list(parts.values())),
        votes=np.array(votes, np.uint8),
        rows=np.sort(rows).astype(np.int64),
    )


def draw_sequences(
    people: int = 8, shares: Sequence[float] = RISING, labels: Sequence[str | None] = CK_PLUS, seed: int = 1
) -> Iterator[FaceSequence]:
    """Draw sequences like those of CK+, in which a face goes from neutral to an expression.

    Args:
        people: How many people there are.
        shares: The share of the expression in each frame; the rest is neutral.
        labels: What each person shows, a sequence each; None is a smile that nobody labelled.
        seed: Decides everything: the same seed draws the same sequences.
    """
    random = np.random.default_rng(seed)
    for place in range(people):
        person = somebody(f"S{place + 5:03d}", random)
        for number, label in enumerate(labels, 1):
            shot = _Shot.at_random(random)
            shown = label or "happy"
            images = [shot.take(person, {shown: share, "neutral": 1 - share}, random) for share in shares]
            yield FaceSequence(person.name, number, label, np.array(images, np.uint8))


def _clearly(label: str, random: np.random.Generator) -> dict[str, float]:
    """Return the shares of a face that shows `label`, not always to the full."""
    share = random.uniform(0.85, 1.0)
    return {label: 1.0} if label == "neutral" else {label: share, "neutral": 1 - share}
