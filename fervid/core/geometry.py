"""Points and boxes in a frame, and the pose of a head before it.

Coordinates are in pixels, x to the right and y down; (0, 0) is the top left corner of the top left pixel.
"""

from __future__ import annotations

import math
from typing import NamedTuple


class Point(NamedTuple):
    """A point in a frame, in pixels.

    >>> fervid.Point(0, 0).distance(fervid.Point(3, 4))
    5.0
    """

    x: float
    y: float

    def distance(self, other: Point) -> float:
        """Return the Euclidean distance to `other`, in pixels."""
        return math.hypot(self.x - other.x, self.y - other.y)


class Box(NamedTuple):
    """An upright rectangle, in pixels. It may extend beyond the frame.

    >>> box = fervid.Box(x=10, y=20, width=40, height=30)
    >>> box.right, box.bottom, box.centre
    (50, 50, Point(x=30.0, y=35.0))
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x coordinate of the right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y coordinate of the bottom edge."""
        return self.y + self.height

    @property
    def centre(self) -> Point:
        """The centre."""
        return Point(self.x + self.width / 2, self.y + self.height / 2)

    @property
    def area(self) -> float:
        """The area in square pixels; 0 where a side is not positive."""
        return max(0.0, self.width) * max(0.0, self.height)

    def holds(self, point: Point) -> bool:
        """Return True if a point lies in the box."""
        return self.x <= point.x < self.right and self.y <= point.y < self.bottom

    def scaled(self, factor_x: float, factor_y: float) -> Box:
        """Return the same box in a frame resized by these factors."""
        return Box(self.x * factor_x, self.y * factor_y, self.width * factor_x, self.height * factor_y)

    def grown(self, margin: float) -> Box:
        """Return the box with so many pixels more on each side."""
        return Box(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def intersection(self, other: Box) -> Box:
        """Return the rectangle that both boxes cover; of zero size where they do not overlap."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        width, height = min(self.right, other.right) - x, min(self.bottom, other.bottom) - y
        if width <= 0 or height <= 0:
            return Box(x, y, 0.0, 0.0)
        return Box(x, y, width, height)

    def clipped(self, width: float, height: float) -> Box:
        """Return the part of the box inside a frame of this size."""
        return self.intersection(Box(0.0, 0.0, width, height))

    def iou(self, other: Box) -> float:
        """Return the intersection over union with `other`, 0 to 1; 0 where both are empty."""
        shared = self.intersection(other).area
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0


class HeadPose(NamedTuple):
    """The direction in which a head is turned, in degrees, as seen by somebody who looks at the picture.

    All three are 0 for a face that looks into the camera, wherever it is in the picture. `roll` is the outermost of the
    three rotations, so rotating the picture changes `roll` alone; mirroring it changes the signs of `yaw` and `roll`.

    >>> pose = fervid.HeadPose(yaw=-30.0, pitch=0.0, roll=5.0)
    >>> pose.yaw < 0  # the face looks to the left of the picture
    True

    Attributes:
        yaw: Positive where the face looks to the right of the picture; unless the picture is mirrored, that is the
            person's left.
        pitch: Positive where it looks up.
        roll: Positive where the head leans to the right of the picture, clockwise; 180 if it is upside down.
    """

    yaw: float
    pitch: float
    roll: float
