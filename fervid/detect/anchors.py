"""The steps around BlazeFace's network: from a picture to its input, and from its output to faces.

They are those of MediaPipe's face detector (``face_detector_graph.cc`` and the calculators that it names), so that
faces come out as MediaPipe finds them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.geometry import Box, Point
from fervid.core.readings import Face

_LEAST_OVERLAP: Final = 0.3
"""The intersection over union above which two boxes are of one face."""

# Beyond that a score is 0 or 1, and its exponential exceeds float32.
_LARGEST_LOGIT: Final = np.float32(80)


@dataclass(frozen=True, slots=True)
class Layout:
    """The input and the anchors of a network.

    Attributes:
        side: Width and height of its input, in pixels.
        grids: The grids of anchors: the pixels from one to the next, and how many stand at each place.
    """

    side: int
    grids: tuple[tuple[int, int], ...]

    def anchors(self) -> NDArray[np.float32]:
        """Return the centres of the anchors: (anchors, 2) float32, in pixels of the input."""
        centres = []
        for stride, count in self.grids:
            line = (np.arange(self.side // stride) + 0.5) * stride
            grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
            centres.append(np.repeat(grid, count, axis=0))
        return np.concatenate(centres).astype(np.float32)


LAYOUTS: Final = {
    "mediapipe": Layout(side=128, grids=((8, 2), (16, 6))),
    "mediapipe-full": Layout(side=192, grids=((4, 1),)),
}
"""The layouts of the models in `fervid.detect.assets`."""


class Letterbox(NamedTuple):
    """The place of a picture in the input of a network, which shows all of it in the middle of a black square.

    Attributes:
        scale: The pixels of the input for each pixel of the picture.
        left: The x of the picture's left edge in the input.
        top: The y of its upper edge.
    """

    scale: float
    left: float
    top: float

    @classmethod
    def of(cls, width: int, height: int, side: int) -> Letterbox:
        """Return the place of a picture of that size in an input of `side` by `side` pixels."""
        scale = side / max(width, height)
        return cls(scale, (side - scale * width) / 2, (side - scale * height) / 2)

    def fill(self, values: NDArray[np.float32], image: NDArray[np.uint8]) -> None:
        """Write a picture into the input.

        Args:
            values: (side, side, 3) float32, which get values from -1 to 1.
            image: (height, width, 3) uint8, red green blue.
        """
        matrix = np.array([[self.scale, 0, self.left], [0, self.scale, self.top], [0, 0, 1]])
        # An affine transform would take half the time, but rounds differently from MediaPipe's perspective one.
        shown = cv2.warpPerspective(image, matrix, values.shape[1::-1], flags=cv2.INTER_LINEAR)
        np.multiply(shown, np.float32(2 / 255), out=values)
        np.subtract(values, np.float32(1), out=values)

    def face(self, values: NDArray[np.float32], score: float, enlarged: tuple[float, float] = (1.0, 1.0)) -> Face:
        """Return a face in pixels of the picture, or of a larger one that it is a copy of.

        Args:
            values: (16,) float32: the corners of the box, then the key points, in pixels of the input.
            score: Its score.
            enlarged: How many times wider and higher the larger picture is.
        """
        factors = np.array(enlarged) / self.scale
        places = ((values.reshape(8, 2) - (self.left, self.top)) * factors).tolist()
        (left, top), (right, bottom), *points = places
        return Face(Box(left, top, right - left, bottom - top), score, tuple(Point(x, y) for x, y in points))


class Decoder:
    """Decodes the output of a network.

    Args:
        layout: Its anchors.
        min_score: Leave out boxes below this score, 0 to 1.
    """

    def __init__(self, layout: Layout, min_score: float) -> None:
        self._min_score = np.float32(min_score)
        # The network gives the size of a box in the third and fourth column, all other values relative to the anchor.
        self._origins = np.tile(layout.anchors(), 8)
        self._origins[:, 2:4] = 0

    def faces(
        self, values: NDArray[np.float32], logits: NDArray[np.float32]
    ) -> Iterator[tuple[NDArray[np.float32], float]]:
        """Yield the corners and key points of each face, in pixels of the input, with its score, the best first.

        Boxes of one face are averaged by their scores.

        Args:
            values: (anchors, 16) float32, from the network.
            logits: (anchors,) float32, from the network.
        """
        scores = 1 / (1 + np.exp(-np.clip(logits, -_LARGEST_LOGIT, _LARGEST_LOGIT)))
        (found,) = np.nonzero(scores >= self._min_score)
        if not len(found):
            return
        found = found[np.argsort(-scores[found], kind="stable")]
        scores, boxes = scores[found], values[found] + self._origins[found]
        boxes[:, :2] -= boxes[:, 2:4] / 2
        boxes[:, 2:4] += boxes[:, :2]
        while len(boxes):
            same = _overlaps(boxes) > _LEAST_OVERLAP
            same[0] = True
            weights = scores[same]
            yield weights @ boxes[same] / weights.sum(), float(scores[0])
            boxes, scores = boxes[~same], scores[~same]


def _overlaps(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the intersection over union of each box and the first one."""
    left, top, right, bottom = boxes[:, :4].T
    across = np.minimum(right, right[0]) - np.maximum(left, left[0])
    down = np.minimum(bottom, bottom[0]) - np.maximum(top, top[0])
    shared = np.maximum(across, 0) * np.maximum(down, 0)
    areas = (right - left) * (bottom - top)
    return np.asarray(shared / np.maximum(areas + areas[0] - shared, np.float32(1e-6)), np.float32)
