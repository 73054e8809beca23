"""One still picture: its faces are read without regard to any other picture."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path

from fervid import formats
from fervid.core.closing import Closing
from fervid.core.pixels import MAX_PIXELS
from fervid.core.readings import Frame, FrameReading
from fervid.detect.search import Searched
from fervid.detect.vigilance import STILL
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.formats.context import Context
from fervid.formats.photo_table import PhotoReading
from fervid.run.advice import advise, advise_turn
from fervid.run.models import Models
from fervid.settings import Settings
from fervid.sources.picture_files import read_picture
from fervid.sources.turned import turn


class PhotoReader(Closing):
    """The models for still pictures. Each picture is read on its own.

    All of it is searched, as with `--search thorough`, because a picture may take longer than a frame of a video. In a
    large one, the smallest faces to look for are larger.

    Args:
        settings: The options of the analysis; those that concern time have no effect.
        outline: Let its painters outline the regions, and the faces that were left out.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        names: The names of the models.
        max_pixels: The number of pixels that a picture may have.
        regions: The parts of a picture in which faces count.
        rotation: The angle by which a picture is to be turned clockwise before it is read.

    Raises:
        FervidError: The detector or the engine cannot be opened, as for `Models`.
    """

    def __init__(self, settings: Settings, *, outline: bool = False) -> None:
        self._settings = settings.replace(search="thorough")
        self._outline = outline
        self._models = Models(self._settings)
        self.max_pixels = settings.max_pixels
        self.regions = settings.regions
        self.rotation = settings.rotate
        self.classes = self._models.engine.manifest.classes
        self.names = self._models.names

    def read(self, frame: Frame) -> FrameReading:
        """Return the reading of a picture. Its faces are numbered from 1, from left to right, and are not smoothed."""
        return self._read(frame)

    def read_with_advice(self, frame: Frame) -> tuple[FrameReading, str | None]:
        """Return the reading of a picture, and the advice where it has no face, or none that is upright."""
        models, settings = self._models, self._settings
        check = models.orientation_check()
        reading = self._read(frame, None if check is None else check.watch)
        if check is not None and check.rotation:
            return reading, advise_turn(check.rotation, settings)
        if reading.faces:
            return reading, None
        return reading, advise(models.detector, models.scout, settings, frame.canvas, STILL)

    def painter(self) -> Painter:
        """Return a new painter of readings onto a picture, as the settings ask for it."""
        blur = Blur() if self._settings.blur else None
        return Painter(blur, choice=self.regions if self._outline else None)

    def _read(self, frame: Frame, watch: Callable[[Searched], None] | None = None) -> FrameReading:
        analyser = self._models.still_analyser(watch)
        ((_, reading),) = analyser.read(analyser.find([frame]))
        return reading

    def close(self) -> None:
        """Close the detector and the engine. May be called more than once."""
        self._models.close()


def open_photo(path: Path, max_pixels: int = MAX_PIXELS) -> Frame:
    """Return a picture file as a frame, turned upright according to its EXIF data.

    Args:
        path: The file.
        max_pixels: The number of pixels that it may have.

    Raises:
        SourceError: The file cannot be read, does not decode, or is too large.
    """
    return Frame(read_picture(path, max_pixels), index=0, pts=0, time_base=Fraction(1))


def read_photo(
    reader: PhotoReader, picture: Path, target: Path | None = None, *, overwrite: bool = False
) -> PhotoReading:
    """Read a picture file, and write it with boxes and labels.

    Args:
        reader: The models.
        picture: The file to read.
        target: The file to write; None to write none.
        overwrite: Replace a file that exists.

    Raises:
        UsageError: A region lies outside the picture.
        SourceError: The picture cannot be read, does not decode, or is too large.
        OutputError: The annotated picture cannot be written.
    """
    with ExitStack() as stack:
        writer = None
        if target is not None:  # opened first, so that no work is done if the file exists already
            context = Context(reader.classes, painter=reader.painter())
            writer = stack.enter_context(formats.create(target, context, "picture", overwrite=overwrite))
        frame = turn(open_photo(picture, reader.max_pixels), reader.rotation)
        reader.regions.check(frame.canvas, f"'{picture}'")
        reading, advice = reader.read_with_advice(frame)
        if writer is not None:
            writer.write(frame, reading)
            writer.finish()
    return PhotoReading(picture, frame.width, frame.height, reading.faces, advice)
