"""Still pictures: each stands alone, with any number of faces."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Final

from fervid.core.closing import Closing
from fervid.core.readings import Frame, FrameReading
from fervid.run.analyser import Analyser
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.smooth.base import Unsmoothed
from fervid.sources.picture_files import read_picture
from fervid.track.tracker import StillFaces

_DEPTH: Final = 5
"""How often squares are halved in the search for faces: down to 256 pixels in a picture of 8192."""


class PhotoReader(Closing):
    """Reads one still picture after the other; none has to do with the one before.

    A picture has time, so faces are looked for more thoroughly than in a video: in a group of sixty too.

    Args:
        settings: How; what concerns time is not looked at.

    Attributes:
        classes: The names of the classes, in the order of the engine.

    Raises:
        FervidError: The detector or the engine cannot be opened, as for `Models`.
    """

    def __init__(self, settings: Settings) -> None:
        self._models = Models(settings, depth=_DEPTH)
        self.classes = self._models.engine.manifest.classes

    def read(self, frame: Frame) -> FrameReading:
        """The faces in `frame`, numbered from 1 from left to right; their probabilities are not smoothed."""
        models = self._models
        analyser = Analyser(models.detector, StillFaces(), models.engine, Unsmoothed(), lookout=models.lookout)
        ((_, reading),) = analyser.read(analyser.find([frame]))
        return reading

    def close(self) -> None:
        """Let go of detector and engine. May be called twice."""
        self._models.close()


def open_photo(path: Path) -> Frame:
    """A picture file as a frame, turned upright as its EXIF data says.

    Raises:
        SourceError: It cannot be read, or does not decode.
    """
    return Frame(read_picture(path), index=0, pts=0, time_base=Fraction(1))
