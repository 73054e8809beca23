"""The types that pass from stage to stage, a different one between each pair.

    source -> detect -> track       -> classify   -> smooth      -> formats
         Frame     Face    TrackedFace   Prediction   FaceReading, gathered in a FrameReading

Every stage can import this module, because it imports nothing of fervid but boxes and sizes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from fervid.core.canvas import SAME_PLACE, SQUARE, Canvas, Placement
from fervid.core.emotions import UNCERTAIN, valence
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box, HeadPose, Point

if TYPE_CHECKING:  # sources are imported for help texts, which need no arrays
    import numpy as np
    from numpy.typing import NDArray

    from fervid.core.sound_chunk import SoundChunk


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded frame of a source.

    >>> frame, reading = next(fervid.read("clip.mp4", frames=True, start=0.5))
    >>> frame.index, frame.time, frame.image.shape
    (15, 0.5, (180, 320, 3))

    Attributes:
        content: The upright image, (height, width, 3) uint8, blue green red, or `Pixels` that convert it when a stage
            asks for it. Stages use `image` or `pixels`, and write to neither.
        index: The position among the decoded frames of the source, from 0.
        pts: The presentation timestamp of the container, in units of `time_base`.
        time_base: The unit of `pts`, in seconds.
        shifts: What `pts` was increased by after each restart of the clock of the container so far; empty where it
            never restarted. It restarts where recordings were joined.
        pixel_aspect: The pixel aspect ratio (width / height) of the image.
        shown_on: The canvas that the frame is to be shown on; None where that is as large as the frame itself. Frames
            that fervid returns lie on their canvas already.
        sound: The sound of a live source that arrived since the frame before, with times that count from this frame;
            None where the source has none.
    """

    content: NDArray[np.uint8] | Pixels
    index: int
    pts: int
    time_base: Fraction
    shifts: tuple[int, ...] = ()
    pixel_aspect: Fraction = SQUARE
    shown_on: Canvas | None = None
    sound: tuple[SoundChunk, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", Pixels.of(self.content))

    @property
    def pixels(self) -> Pixels:
        """The upright pixels, in the forms that the stages ask for."""
        assert isinstance(self.content, Pixels)
        return self.content

    @property
    def image(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, blue green red, upright."""
        return self.pixels.image

    @property
    def time(self) -> float:
        """The presentation time of the container, in seconds. It is never computed from index and frame rate."""
        return self.pts * self.time_base.numerator / self.time_base.denominator

    @property
    def width(self) -> int:
        """The width in pixels."""
        return self.pixels.width

    @property
    def height(self) -> int:
        """The height in pixels."""
        return self.pixels.height

    @property
    def size(self) -> Canvas:
        """The size of the image and the shape of its pixels."""
        return Canvas(self.width, self.height, self.pixel_aspect)

    @property
    def canvas(self) -> Canvas:
        """The canvas that the frame is shown on, which is the frame of reference for the boxes of its reading."""
        return self.size if self.shown_on is None else self.shown_on

    @property
    def placement(self) -> Placement:
        """The place of the image on the canvas."""
        return SAME_PLACE if self.shown_on is None else self.shown_on.place(self.size)

    def without_pixels(self) -> Frame:
        """Return the frame with its size but without its pixels, so that their memory can be used again."""
        return replace(self, content=Pixels(None, self.width, self.height))


@dataclass(frozen=True, slots=True)
class Face:
    """A face that a detector found.

    >>> face = fervid.Face(fervid.Box(10, 20, 40, 30), score=0.9)
    >>> face.eyes is None
    True

    Attributes:
        box: The bounding box in pixels of the picture that was searched. It may extend beyond the picture.
        score: The confidence of the detector, 0 to 1.
        keypoints: The key points in pixels of that picture: the person's right eye (on the left of an unmirrored
            picture) and left eye, and with MediaPipe also nose, mouth, right ear and left ear. Empty where the
            detector gives none.
        best_score: The highest score at which the search found the same face, in this frame or another; 0 where it does
            not tell.
    """

    box: Box
    score: float
    keypoints: tuple[Point, ...] = ()
    best_score: float = 0.0

    @property
    def eyes(self) -> tuple[Point, Point] | None:
        """The person's right and left eye; None where the detector gives no key points."""
        return (self.keypoints[0], self.keypoints[1]) if len(self.keypoints) >= 2 else None


@dataclass(frozen=True, slots=True)
class TrackedFace:
    """A face with an identity.

    Attributes:
        face_id: The identity: the same number for the same face in every frame, from 1, never reused in a run.
        face: The detected face.
    """

    face_id: int
    face: Face


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """The prediction of the engine for one face in one frame.

    Attributes:
        tracked: The face.
        probabilities: (classes,) float32, 0 to 1, summing to 1, not smoothed.
        quality: The quality of the picture of the face, 0 to 1.
    """

    tracked: TrackedFace
    probabilities: NDArray[np.float32]
    quality: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class FaceReading:
    """The emotion of one face in one frame: a row of a timeline.

    >>> reading = next(fervid.read("clip.mp4"))
    >>> reading.likeliest == max(reading.strengths, key=reading.strengths.get)
    True
    >>> reading.emotion in (reading.likeliest, "uncertain")
    True
    >>> reading.classes
    ('angry', 'disgust', 'fear', 'happy', 'sad', 'surprise', 'neutral')

    Attributes:
        frame: The index of the frame, from 0.
        time: The presentation time of the frame, in seconds.
        face_id: The identity: the same number for the same face in every frame, from 1.
        box: The bounding box, in pixels of the frame as fervid returns, shows and writes it. It may extend beyond the
            frame. All frames of a file have one size, the largest that occurs in it, and pixels of the shape in which
            the file stores them. Frames of a live source have the size in which they came, and square pixels.
        score: The confidence of the detector that this is a face, 0 to 1.
        classes: The names of the classes, in the order of the probabilities.
        probabilities: (classes,) float32, smoothed over time, summing to 1.
        raw: (classes,) float32, the prediction for this frame alone, summing to 1.
        pose: The direction in which the head is turned; None where the detector gives no nose, mouth and ears.
        quality: The share of the engine's accuracy on good pictures that this picture of the face leaves, 0 to 1; NaN
            in a timeline of a version that did not measure it.
        certain: False where confidence times quality is below ``certain`` of the settings, or the detector doubts the
            face; `emotion` is then ``uncertain``.
    """

    frame: int
    time: float
    face_id: int
    box: Box
    score: float
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]
    raw: NDArray[np.float32]
    pose: HeadPose | None = None
    quality: float = 1.0
    certain: bool = True

    @property
    def emotion(self) -> str:
        """The class with the largest smoothed probability; ``uncertain`` if the reading is not certain."""
        return self.likeliest if self.certain else UNCERTAIN

    @property
    def likeliest(self) -> str:
        """The class with the largest smoothed probability, certain or not."""
        return self.classes[int(self.probabilities.argmax())]

    @property
    def confidence(self) -> float:
        """The largest smoothed probability, 0 to 1."""
        return float(self.probabilities.max())

    @property
    def strengths(self) -> dict[str, float]:
        """The smoothed probability of each class, by name."""
        return dict(zip(self.classes, map(float, self.probabilities), strict=True))

    @property
    def valence(self) -> float:
        """The smoothed probability of happy minus that of the strongest negative emotion, -1 to 1; NaN without them."""
        return valence(self.strengths)


@dataclass(frozen=True, slots=True)
class FrameReading:
    """The readings of all faces in one frame.

    >>> timeline = fervid.timeline("clip.mp4", end="3f")
    >>> [(frame.index, len(frame.faces)) for frame in timeline.frames]
    [(0, 3), (1, 3), (2, 3)]

    Attributes:
        index: The index of the frame, from 0.
        time: The presentation time of the frame, in seconds.
        faces: The faces, in the order of `face_id`; empty where there is none.
        analysed: False for a frame that ``every`` passed over. `faces`, `seen` and `left_out` are then those of the
            last analysed frame.
        seen: With ``blur``, the boxes of everything that may be a face, also where it is too small or too uncertain
            to be classified. Otherwise empty. They have the frame of reference of `FaceReading.box`.
        left_out: The boxes of faces that were found but do not count, in the same frame of reference: those that may
            be false detections, and those that ``faces`` or ``regions`` leaves out.
    """

    index: int
    time: float
    faces: tuple[FaceReading, ...]
    analysed: bool = True
    seen: tuple[Box, ...] = ()
    left_out: tuple[Box, ...] = ()

    def moved(self, placement: Placement) -> FrameReading:
        """Return the same reading for a picture that the frame lies on.

        Args:
            placement: The place of the frame on that picture.
        """
        if placement == SAME_PLACE:
            return self
        faces = tuple(replace(face, box=placement.box(face.box)) for face in self.faces)
        seen, left_out = tuple(map(placement.box, self.seen)), tuple(map(placement.box, self.left_out))
        return replace(self, faces=faces, seen=seen, left_out=left_out)
