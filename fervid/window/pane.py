"""A desktop window that shows pictures and returns the keys pressed."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.errors import MissingPackageError

ESCAPE: Final = "\x1b"

_LARGEST: Final = (1280, 960)


class Pane(Closing):
    """A window that opens with the first picture, in its size up to a limit; it can be resized and keeps its aspect.

    Desktops allow windows in the main thread alone. Call `missing_display` first.

    Args:
        title: The title of the window.

    Attributes:
        closed: True once the user has closed the window.
    """

    def __init__(self, title: str) -> None:
        self.closed = False
        self._title = title.encode(errors="replace").decode()  # invalid text, as in a broken file name, crashes Qt
        self._open = False

    def show(self, image: NDArray[np.uint8]) -> list[str]:
        """Show a picture.

        Args:
            image: (height, width, 3) uint8, BGR.

        Returns:
            The keys pressed since the last picture, as the characters that they type.

        Raises:
            MissingPackageError: This build of OpenCV cannot open windows.
        """
        if not self._open:
            self._begin(image.shape[1], image.shape[0])
        cv2.imshow(self._title, image)
        keys = []
        while (key := cv2.pollKey()) != -1:
            keys.append(chr(key & 0xFF))
        self.closed = not self._visible()
        return keys

    def close(self) -> None:
        """Close the window. May be called twice."""
        if self._open:
            self._open = False
            if not self.closed:
                cv2.destroyAllWindows()
                cv2.pollKey()

    def _visible(self) -> bool:
        try:
            return cv2.getWindowProperty(self._title, cv2.WND_PROP_VISIBLE) >= 1
        except cv2.error:  # the user has closed it, and Qt shuts down with its last window
            return False

    def _begin(self, width: int, height: int) -> None:
        scale = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
        try:
            cv2.namedWindow(self._title, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.resizeWindow(self._title, round(width * scale), round(height * scale))
        except cv2.error as error:
            raise MissingPackageError("this build of OpenCV cannot open windows", "use --no-window") from error
        self._open = True
