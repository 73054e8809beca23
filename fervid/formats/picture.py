"""The annotated picture: one frame with its readings drawn on it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from typing_extensions import override

from fervid import formats
from fervid.core.readings import Frame, FrameReading
from fervid.errors import OutputError
from fervid.formats.base import matching_suffix
from fervid.formats.context import Context
from fervid.formats.file_output import FileOutput
from fervid.formats.file_writer import FileWriter


def annotated_suffix(source: Path) -> str:
    """Return the suffix of the annotated picture of `source`: photo.jpg becomes photo.annotated.jpg.

    The picture has the suffix of its source, or ``.png`` where fervid does not write that kind.
    """
    picture = formats.by_name("picture")
    return ".annotated" + (matching_suffix(source, picture.suffixes) or picture.suffix)


class PictureWriter(FileWriter):
    """A writer of one frame as an annotated picture, encoded as the suffix of the target says.

    Args:
        output: The file to write.
        context: `Context.painter` draws the reading.
    """

    def __init__(self, output: FileOutput, context: Context) -> None:
        super().__init__(output)
        self._path = output.target
        self._painter = context.painter
        self._written = False

    @override
    def write(self, frame: Frame, reading: FrameReading) -> None:
        """Draw the reading on a copy of the frame, and write it; see `Writer.write`."""
        if self._written:
            raise OutputError(f"'{self._path}' can hold only one picture", "write each picture to a file of its own")
        image = np.array(frame.image, order="C")
        if self._painter is not None:
            self._painter.paint(image, reading)
        encoded, content = cv2.imencode(self._path.suffix.lower(), image)
        if not encoded:
            raise OutputError(f"'{self._path}' cannot be encoded", "use .png instead")
        with self._output.guard():
            self._output.open().write(content.tobytes())
        self._written = True

    @override
    def finish(self, *, partial: bool = False) -> Path | None:
        """Give the picture its name; see `Writer.finish`. Without a frame there is no picture, and None is returned."""
        if not self._written:
            self.discard()
            return None
        return super().finish(partial=partial)


open_writer = PictureWriter
