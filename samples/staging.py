"""The frames of a clip, with their times, ground truth and sound, before anything is encoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from samples.clips import Clip
from samples.drawing import Box, draw_face, face_box
from samples.scenery import SCENERIES

TIME_BASE: Final = Fraction(1, 90_000)
"""The unit of all timestamps, in seconds."""

SOUND_RATE: Final = 48_000
"""Sound samples a second."""

_CHORDS: Final = {
    "neutral": (220.0, 329.6), "happy": (261.6, 329.6, 392.0), "surprise": (246.9, 370.0, 493.9),
    "sad": (174.6, 207.7, 261.6), "angry": (110.0, 155.6, 164.8), "disgust": (138.6, 155.6, 207.7),
    "fear": (293.7, 349.2, 415.3), "contempt": (146.8, 207.7),
}  # fmt: skip
_LOUDNESS: Final = 0.05
_GRAIN: Final = 1.3
_SHIFT: Final = 64  # pixels by which the one image of grain is shifted at most, another way for each frame
_LENS: Final = 0.0009  # standard deviation of the blur of the lens, in frame heights
_VISIBLE: Final = 0.5  # the share of a box that must be in the frame and uncovered for the face to count


@dataclass(frozen=True, slots=True)
class Truth:
    """The ground truth of one visible face in one frame.

    Attributes:
        face: The name of the person.
        box: The bounding box in pixels, from the brows to the chin.
        expression: The expression with the largest share.
        whole: Whether all of the box is in the frame and nobody is in front of it.
    """

    face: str
    box: Box
    expression: str
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame of a clip.

    Attributes:
        pts: The timestamp, in units of `TIME_BASE`.
        image: (height, width, 3) uint8, blue green red.
        truth: The visible faces, in the order of the actors of the clip.
    """

    pts: int
    image: NDArray[np.uint8]
    truth: tuple[Truth, ...]


def shots(clip: Clip, seed: int = 1) -> Iterator[Shot]:
    """Draw the frames of a clip, one after the other.

    Args:
        clip: The clip.
        seed: The seed for the grain, the blinks, and the times of uneven frames.
    """
    random = np.random.default_rng(seed)
    offsets = [float(random.uniform(0.5, 2.5)) for _ in clip.actors]
    grain = _grain(clip, random)
    for pts in frame_times(clip, random):
        time = float(pts * TIME_BASE)
        image = SCENERIES[clip.scenery](clip.width, clip.height, time).copy()
        for actor, offset in zip(clip.actors, offsets, strict=True):
            place = actor.place(time)
            draw_face(
                image,
                (place.x * clip.width, place.y * clip.height),
                place.size * clip.height,
                actor.expression(time),
                person=actor.person,
                tilt=actor.tilt(time),
                blink=actor.blink(time, offset),
            )
        yield Shot(pts, _expose(image, grain, random), truth(clip, time))


def frame_times(clip: Clip, random: np.random.Generator) -> list[int]:
    """Return the timestamps of the frames of a clip, in units of `TIME_BASE`, increasing from 0.

    Uneven frames come as those of a phone do: a little early or late, at a lower rate where it is dark, and sometimes
    one is missing.
    """
    ticks = int(1 / TIME_BASE) // clip.rate
    count = round(clip.seconds * clip.rate)
    if clip.steady:
        return [number * ticks for number in range(count)]
    times, now = [], 0
    while now < count * ticks:
        times.append(now)
        dark = count // 3 * ticks < now < count // 2 * ticks
        step = ticks * (1.25 if dark else 1.0) * (2 if random.random() < 0.04 else 1)
        now += round(step + random.uniform(-0.08, 0.08) * ticks)
    return times


def truth(clip: Clip, time: float) -> tuple[Truth, ...]:
    """Return the visible faces at this time (in seconds): at least half of each is in the frame and uncovered."""
    frame = Box(0, 0, clip.width, clip.height)
    boxes = []
    for actor in clip.actors:
        place = actor.place(time)
        boxes.append(face_box((place.x * clip.width, place.y * clip.height), place.size * clip.height))
    found = []
    for index, (actor, box) in enumerate(zip(clip.actors, boxes, strict=True)):
        covered = max((box.overlap(nearer) for nearer in boxes[index + 1 :]), default=0.0)
        inside = box.overlap(frame)
        if inside - covered >= _VISIBLE:
            shares = actor.expression(time)
            whole = inside > 0.9999 and covered == 0
            found.append(Truth(actor.person.name, box, max(shares, key=shares.__getitem__), whole))
    return tuple(found)


def sound(clip: Clip, start: int, count: int) -> NDArray[np.float32]:
    """Return a part of the sound of a clip: a soft chord that follows the expression of the nearest person.

    Args:
        clip: The clip.
        start: The index of the first sample.
        count: The number of samples.

    Returns:
        (count,) float32, -1 to 1, `SOUND_RATE` samples a second.
    """
    time = (start + np.arange(count)) / SOUND_RATE
    # Expressions change slowly, so they are evaluated at both ends only and interpolated in between.
    ends = [_shares(clip, start / SOUND_RATE), _shares(clip, (start + count) / SOUND_RATE)]
    wave = np.zeros(count)
    for name in ends[0].keys() | ends[1].keys():
        volume = np.linspace(ends[0].get(name, 0.0), ends[1].get(name, 0.0), count)
        for pitch in _CHORDS[name]:
            wave += volume * (np.sin(2 * np.pi * pitch * time) + 0.25 * np.sin(4 * np.pi * pitch * time))
    edge = np.minimum(1.0, np.minimum(time, np.maximum(0.0, clip.seconds - time)) / 0.15)
    return (wave * edge * _LOUDNESS).astype(np.float32)


def _shares(clip: Clip, time: float) -> dict[str, float]:
    return dict(clip.actors[-1].expression(time)) if clip.actors else {"neutral": 1.0}


def _grain(clip: Clip, random: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return how much lighter and how much darker each pixel becomes, as bytes, which are far faster to add."""
    noise = random.normal(0, _GRAIN, (clip.height + _SHIFT, clip.width + _SHIFT)).round()
    lighter, darker = noise.clip(0, 255).astype(np.uint8), (-noise).clip(0, 255).astype(np.uint8)
    return np.stack([lighter] * 3, axis=-1), np.stack([darker] * 3, axis=-1)


def _expose(
    image: NDArray[np.uint8], grain: tuple[NDArray[np.uint8], NDArray[np.uint8]], random: np.random.Generator
) -> NDArray[np.uint8]:
    height, width = image.shape[:2]
    left, top = random.integers(0, _SHIFT, 2)
    lighter, darker = (part[top : top + height, left : left + width] for part in grain)
    cv2.GaussianBlur(image, (0, 0), max(0.4, _LENS * height), dst=image)
    cv2.add(image, lighter, dst=image)
    cv2.subtract(image, darker, dst=image)
    return image
