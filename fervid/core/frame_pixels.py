"""The pixels of a frame, converted to what a stage asks for, and no sooner."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from fervid.core.rotation import Rotation

if TYPE_CHECKING:  # sources are imported for help texts, which need no arrays
    import numpy as np
    from numpy.typing import NDArray


class Pixels:
    """The pixels of an upright image. Several threads may ask for them at once; each conversion is done once.

    This class holds an image in blue, green and red. Subclasses make the image, or avoid making it.

    No array may be written to.

    Args:
        image: (height, width, 3) uint8, blue green red; None for a subclass that makes it in `_make_image`, or where
            only the size is known.
        width: The width in pixels, where there is no image.
        height: The height in pixels, where there is no image.

    Attributes:
        width: The width in pixels.
        height: The height in pixels.
    """

    def __init__(self, image: NDArray[np.uint8] | None, width: int = 0, height: int = 0) -> None:
        self.width = width if image is None else int(image.shape[1])
        self.height = height if image is None else int(image.shape[0])
        self._image = image
        self._reduced: dict[int, Pixels] = {}
        self._lock = threading.RLock()  # reentrant, because one conversion may begin with another

    @staticmethod
    def of(image: NDArray[np.uint8] | Pixels) -> Pixels:
        """Return the pixels of an image, or the pixels themselves."""
        return image if isinstance(image, Pixels) else Pixels(image)

    @property
    def image(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, blue green red, kept once it is made."""
        with self._lock:
            if self._image is None:
                self._image = self._make_image()
            return self._image

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """(height, width, 3) uint8, red green blue, contiguous. It is not kept."""
        import cv2
        import numpy as np

        return np.asarray(cv2.cvtColor(self.image, cv2.COLOR_BGR2RGB), np.uint8)

    @property
    def grey(self) -> NDArray[np.uint8]:
        """(height, width) uint8, the brightness from 0 to 255. It is not kept."""
        import cv2
        import numpy as np

        return np.asarray(cv2.cvtColor(self.image, cv2.COLOR_BGR2GRAY), np.uint8)

    def within(self, left: int, top: int, right: int, bottom: int) -> Pixels:
        """Return the pixels of a part of the image, which are converted without the rest where that is possible.

        Args:
            left: The first column.
            top: The first row.
            right: The column after the last one.
            bottom: The row after the last one. The part must lie inside the image.
        """
        return Pixels(self.image[top:bottom, left:right])

    def mirrored(self) -> Pixels:
        """Return the pixels of the mirror image."""
        import cv2
        import numpy as np

        return Pixels(np.asarray(cv2.flip(self.image, 1), np.uint8))

    def turned(self, rotation: Rotation) -> Pixels:
        """Return the pixels of the image, turned clockwise."""
        import numpy as np

        return Pixels(np.ascontiguousarray(np.rot90(self.image, -rotation.quarters)))

    def reduced(self, longest: int) -> Pixels:
        """Return a smaller copy in the same proportions, kept once it is made; itself where it is small enough.

        Args:
            longest: The largest width and height of the copy, in pixels.
        """
        scale = longest / max(self.width, self.height)
        if scale >= 1:
            return self
        with self._lock:
            if longest not in self._reduced:
                size = max(1, round(self.width * scale)), max(1, round(self.height * scale))
                self._reduced[longest] = self._resized(*size)
            return self._reduced[longest]

    def _make_image(self) -> NDArray[np.uint8]:
        """Return the image, (height, width, 3) uint8, blue green red."""
        raise ValueError("the pixels of this frame were not kept")

    def _resized(self, width: int, height: int) -> Pixels:
        """Return a smaller copy."""
        import cv2
        import numpy as np

        return Pixels(np.asarray(cv2.resize(self.image, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8))
