"""An annotated picture."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from typing_extensions import override

from fervid.core.readings import Frame, FrameReading
from fervid.draw.painter import Painter
from fervid.errors import OutputError
from fervid.formats.output import FileWriter, Output

SUFFIXES: Final = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")
"""The kinds of pictures that are written."""


def annotated(source: Path) -> str:
    """The ending of the annotated picture that is made of `source`: of the same kind, or PNG where that is not written.

    It stands in the place of the suffix: photo.jpg becomes photo.annotated.jpg.
    """
    kind = source.suffix.lower()
    return ".annotated" + (kind if kind in SUFFIXES else ".png")


class PictureWriter(FileWriter):
    """Paints one frame and writes it as a picture.

    Args:
        target: Where to; its suffix, one of `SUFFIXES`, names the kind.
        painter: What is painted; None for a new `Painter`.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        OutputError: The target exists, its folder is missing or refuses, or its suffix is unknown.
    """

    def __init__(self, target: Path, *, painter: Painter | None = None, overwrite: bool = False) -> None:
        if target.suffix.lower() not in SUFFIXES:
            raise OutputError(f"{target} has no suffix of a picture that fervid writes", f"use {', '.join(SUFFIXES)}")
        self._path = target
        self._painter = painter or Painter()
        self._written = False
        output = Output(target, overwrite=overwrite)
        super().__init__(output)
        self._part = output.part

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Paint and write the one frame; see `Writer.write`. The frame's own image is left as it is."""
        if self._written:
            raise OutputError(f"{self._path} holds one picture, and there are more", "write them one by one")
        image = np.array(frame.image, order="C")
        self._painter.paint(image, reading)
        encoded, content = cv2.imencode(self._path.suffix.lower(), image)
        if not encoded:
            raise OutputError(f"{self._path} cannot be written", "use .png instead")
        with self._output.guard():
            self._part.write_bytes(content.tobytes())
        self._written = True

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Give the picture its name, as `Writer.finish` says; None where there was none."""
        if not self._written:
            self.discard()
            return None
        return super().finish(partial=partial)

    @override
    def _close(self, *, partial: bool) -> None:
        """The picture is complete since it was written."""

    @override
    def _abandon(self) -> None:
        """Nothing is open."""
