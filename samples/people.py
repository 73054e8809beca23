"""The people of the clips, and people at random, with the properties that no expression changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from samples.paint import Colour, mix, shade


@dataclass(frozen=True, slots=True)
class Person:
    """The appearance of a person.

    Attributes:
        name: The name in the ground truth of a clip.
        skin: Colour of the skin in plain light.
        hair: Colour of the hair.
        brows: Colour of the brows.
        iris: Colour of the eyes.
        lips: Colour of the lips.
        shirt: Colour of the jumper.
        hairstyle: The style of the hair.
        width: Width of the face; 1 is usual.
        brow_weight: Thickness of the brows; 1 is usual.
        lashes: Strength of the eyelashes; 1 is usual.
    """

    name: str
    skin: Colour
    hair: Colour
    brows: Colour
    iris: Colour
    lips: Colour
    shirt: Colour
    hairstyle: Literal["long", "short", "bun", "curly"]
    width: float = 1.0
    brow_weight: float = 1.0
    lashes: float = 1.0


ADA: Final = Person(
    "ada", skin=(236, 190, 160), hair=(74, 44, 30), brows=(66, 42, 32), iris=(92, 64, 40), lips=(196, 92, 90),
    shirt=(44, 122, 128), hairstyle="long", width=0.97, lashes=1.2,
)  # fmt: skip
BEN: Final = Person(
    "ben", skin=(168, 112, 78), hair=(34, 26, 24), brows=(34, 24, 20), iris=(58, 38, 26), lips=(150, 82, 72),
    shirt=(222, 158, 52), hairstyle="short", width=1.04, brow_weight=1.25, lashes=0.7,
)  # fmt: skip
CLEO: Final = Person(
    "cleo", skin=(246, 210, 188), hair=(176, 84, 40), brows=(132, 70, 40), iris=(70, 116, 104), lips=(208, 104, 100),
    shirt=(92, 84, 150), hairstyle="bun", width=0.99, brow_weight=0.9,
)  # fmt: skip
DAN: Final = Person(
    "dan", skin=(214, 162, 124), hair=(58, 46, 42), brows=(52, 40, 36), iris=(82, 96, 110), lips=(182, 98, 88),
    shirt=(178, 72, 70), hairstyle="curly", width=1.0, brow_weight=1.15, lashes=0.8,
)  # fmt: skip

PEOPLE: Final = (ADA, BEN, CLEO, DAN)
"""Everybody in the clips."""

_SKINS: Final[tuple[Colour, ...]] = (
    (248, 216, 196), (236, 190, 160), (214, 162, 124), (168, 112, 78), (112, 74, 54),
)  # fmt: skip
"""From light to dark."""
_HAIRS: Final[tuple[Colour, ...]] = (
    (34, 26, 24), (74, 44, 30), (120, 78, 46), (176, 84, 40), (206, 168, 108), (150, 146, 144),
)  # fmt: skip
_IRISES: Final[tuple[Colour, ...]] = ((58, 38, 26), (92, 64, 40), (82, 96, 110), (70, 116, 104))
_HAIRSTYLES: Final[tuple[Literal["long", "short", "bun", "curly"], ...]] = ("long", "short", "bun", "curly")


def somebody(name: str, random: np.random.Generator) -> Person:
    """Return a person who looks like nobody else.

    Args:
        name: What to call them.
        random: Decides how they look.
    """
    place = random.uniform(0, len(_SKINS) - 1)
    skin = mix(_SKINS[int(place)], _SKINS[int(place) + 1], place % 1)
    # Where light hair is on dark skin, brows and hairline would hardly show in grey.
    hair = _HAIRS[random.integers(len(_HAIRS) if place < 2 else 2)]
    red, green, blue = random.uniform(30, 220, 3)
    return Person(
        name,
        skin=skin,
        hair=shade(hair, random.uniform(0.8, 1.15)),
        brows=mix(hair, (34, 24, 20), random.uniform(0.4, 0.8)),
        iris=_IRISES[random.integers(len(_IRISES))],
        lips=mix(skin, (176, 60, 70), random.uniform(0.3, 0.7)),
        shirt=(red, green, blue),
        hairstyle=_HAIRSTYLES[random.integers(len(_HAIRSTYLES))],
        width=random.uniform(0.94, 1.07),
        brow_weight=random.uniform(0.8, 1.35),
        lashes=random.uniform(0.6, 1.3),
    )
