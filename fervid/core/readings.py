"""The nouns that pass from stage to stage, a different one between each pair.

    source -> detect -> track       -> classify   -> smooth      -> formats
         Frame     Face    TrackedFace   Prediction   FaceReading, gathered in a FrameReading

This module imports no other part of fervid but its geometry, so that every stage can.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box, Point


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture of a source.

    Attributes:
        image: (height, width, 3) uint8, blue green red, upright. Stages must not write into it.
        index: Its place among the decoded frames of the source, from 0.
        pts: Its presentation timestamp in units of `time_base`, as the container has it.
        time_base: The unit of `pts` in seconds.
    """

    image: NDArray[np.uint8]
    index: int
    pts: int
    time_base: Fraction

    @property
    def time(self) -> float:
        """Its presentation time in seconds, as the container has it (never index / frame rate)."""
        return self.pts * self.time_base.numerator / self.time_base.denominator

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.image.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.image.shape[0])


@dataclass(frozen=True, slots=True)
class Face:
    """One face that a detector found.

    Attributes:
        box: Where, in pixels of the full frame; parts of it may lie outside.
        score: How sure the detector is, 0 to 1.
        keypoints: Empty where the detector gives none; else the person's right eye, left eye (so the right eye is on
            the left of an unmirrored picture), then, from MediaPipe, nose, mouth, right ear, left ear.
    """

    box: Box
    score: float
    keypoints: tuple[Point, ...] = ()

    @property
    def eyes(self) -> tuple[Point, Point] | None:
        """The person's right and left eye, where the detector gives them."""
        return (self.keypoints[0], self.keypoints[1]) if len(self.keypoints) >= 2 else None


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face that belongs to somebody.

    Attributes:
        face_id: The same number for the same face from frame to frame; from 1, never given twice in a run.
        face: What the detector saw.
    """

    face_id: int
    face: Face


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What the engine makes of one tracked face in one frame.

    Attributes:
        tracked: Whose face.
        probabilities: (classes,) float32, 0 to 1, summing to 1, not smoothed.
    """

    tracked: TrackedFace
    probabilities: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class FaceReading:
    """One face in one frame, with its emotion: a row of a timeline.

    Attributes:
        frame: The frame's index, from 0.
        time: The frame's presentation time in seconds.
        face_id: The same number for the same face from frame to frame, from 1.
        box: Where, in pixels of the full frame.
        score: How sure the detector is that this is a face, 0 to 1.
        classes: The names of the classes, in the order of the probabilities.
        probabilities: (classes,) float32, smoothed over time, summing to 1.
        raw: (classes,) float32, of this frame alone, summing to 1.
    """

    frame: int
    time: float
    face_id: int
    box: Box
    score: float
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    raw: NDArray[np.float32]

    @property
    def emotion(self) -> str:
        """The class of the largest smoothed probability."""
        return self.classes[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The largest smoothed probability, 0 to 1."""
        return float(self.probabilities.max())

    @property
    def strengths(self) -> dict[str, float]:
        """The smoothed probability of each class by its name."""
        return dict(zip(self.classes, map(float, self.probabilities), strict=True))


@dataclass(frozen=True, slots=True)
class FrameReading:
    """All faces of one frame; none is a result too.

    Attributes:
        index: The frame's index, from 0.
        time: The frame's presentation time in seconds.
        faces: Its faces, in the order of their `face_id`.
        analysed: False for a frame that ``every`` passed over; `faces` and `seen` are then those of the last analysed
            frame.
        seen: With ``blur``, where anything like a face is, also what is too small or too unsure to be read; else empty.
    """

    index: int
    time: float
    faces: tuple[FaceReading, ...]
    analysed: bool = True
    seen: tuple[Box, ...] = ()
