"""An annotated picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from typing_extensions import override

from fervid import formats
from fervid.core.readings import Frame, FrameReading
from fervid.errors import OutputError
from fervid.formats.base import Context, matching
from fervid.formats.file_writer import FileWriter
from fervid.formats.output import FileOutput


def annotated(source: Path) -> str:
    """Return the ending of the annotated picture of `source`: of the same kind, or PNG where that is not written.

    It stands in the place of the suffix: photo.jpg becomes photo.annotated.jpg.
    """
    written = formats.by_name("picture")
    return ".annotated" + (matching(source, written.suffixes) or written.suffix)


class PictureWriter(FileWriter):
    """Paints one frame and writes it as a picture, whose kind the suffix of the target names."""

    def __init__(self, output: FileOutput, context: Context) -> None:
        super().__init__(output)
        self._path = output.target
        self._painter = context.painter
        self._written = False

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Paint and write the one frame; see `Writer.write`. The frame's own image is left as it is."""
        if self._written:
            raise OutputError(f"'{self._path}' holds one picture, and there are more", "write them one by one")
        image = np.array(frame.image, order="C")
        if self._painter is not None:
            self._painter.paint(image, reading)
        encoded, content = cv2.imencode(self._path.suffix.lower(), image)
        if not encoded:
            raise OutputError(f"'{self._path}' cannot be written", "use .png instead")
        with self._output.guard():
            self._output.open().write(content.tobytes())
        self._written = True

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Give the picture its name; see `Writer.finish`. Where there was none, None is returned."""
        if not self._written:
            self.discard()
            return None
        return super().finish(partial=partial)


open_writer = PictureWriter
