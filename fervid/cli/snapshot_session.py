"""One photo: the countdown, the picture, and what is read in it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from fervid.cli.photos import open_table
from fervid.cli.reporter import Reporter
from fervid.cli.signals import asked_to_stop
from fervid.core.readings import Frame, FrameReading
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import SourceError, UsageError
from fervid.formats.picture import PictureWriter
from fervid.formats.strengths import Format, ReadPhoto, as_text
from fervid.live.preview import Preview
from fervid.run.photo import PhotoReader
from fervid.settings import Settings
from fervid.sources import LiveSource
from fervid.window import ESCAPE, Pane, paint_number

_SHOWN_S: Final = 5.0
"""How long the result stays in the window, unless a key is pressed."""

_PATIENCE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Shooting:
    """The work of ``fervid snapshot``.

    Attributes:
        settings: How to read.
        output: What ``-o`` said.
        tables: What to write beside the picture: a file's name, or ``-``, and the form of it. Where there is none, what
            was read is listed on standard output.
        reporter: Where messages go.
        countdown: Seconds from the first picture to the photo.
        mirror: Whether the picture is mirrored.
        window: Show it in a window, which there must be a display for.
        overwrite: Whether files that are there may be replaced.
    """

    settings: Settings
    output: str | None
    tables: Sequence[tuple[str, Format]]
    reporter: Reporter
    countdown: float
    mirror: bool = False
    window: bool = False
    overwrite: bool = False

    def shoot(self, connect: Callable[[], LiveSource]) -> int:
        """Take the photo and read it.

        Args:
            connect: Opens the source; called when the models are loaded, since a source does not wait.

        Returns:
            The exit code: 0, or 1 where the user left before the photo was taken.

        Raises:
            FervidError: The models cannot be loaded, the source fails, or a result cannot be written.
        """
        target = self._target()
        with asked_to_stop() as asked, ExitStack() as stack:
            painter = Painter(Blur() if self.settings.blur else None)
            writer = stack.enter_context(PictureWriter(target, painter=painter, overwrite=self.overwrite))
            tables = [stack.enter_context(open_table(*named, overwrite=self.overwrite)) for named in self.tables]
            reader = stack.enter_context(PhotoReader(self.settings))
            pane = stack.enter_context(Pane("fervid: snapshot")) if self.window else None
            with Preview(connect()) as preview:
                frame = self._taken(preview, pane, asked)
            if frame is None:
                self.reporter.note("fervid: no photo was taken")
                return 1
            reading = reader.read(frame)
            writer.write(frame, reading)
            writer.finish()
            photo = ReadPhoto(target, frame.width, frame.height, reading.faces)
            if not tables:
                click.echo(as_text(photo))
            for written in (target, *(table.finish([photo], reader.classes) for table in tables)):
                if written is not None:
                    self.reporter.note(f"wrote {written}")
            if pane is not None:
                self._show(frame, reading, pane, asked)
        return 0

    def _target(self) -> Path:
        if self.output is None:
            return Path(f"snapshot-{datetime.now():%Y%m%d-%H%M%S}.jpg")
        if Path(self.output).is_dir():
            raise UsageError(f"{self.output} is a folder", "give -o the name of a picture")
        return Path(self.output)

    def _taken(self, preview: Preview, pane: Pane | None, asked: Callable[[], bool]) -> Frame | None:
        """The frame at the end of the countdown; None where the user has left before.

        Raises:
            SourceError: The source fails, or ends too early.
        """
        left_before = 0
        for frame, passed in self._coming(preview, asked):
            left = math.ceil(self.countdown - passed)
            if left <= 0:
                return frame
            if pane is None and left != left_before:
                self.reporter.note(str(left))
                left_before = left
            elif pane is not None:
                keys = self._counted(frame, left, pane)
                if " " in keys:
                    return frame
                if pane.closed or ESCAPE in keys or "q" in keys:
                    return None
        raise SourceError(f"{preview.name} has ended before the photo was taken", "give a shorter --countdown")

    def _coming(self, preview: Preview, asked: Callable[[], bool]) -> Iterator[tuple[Frame, float]]:
        """The newest frame, again and again, and the seconds that passed since the first one.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM asks to stop.
        """
        newest: Frame | None = None
        begin = 0.0
        for came in preview.frames.watch(_PATIENCE_S):
            if asked():
                raise KeyboardInterrupt
            if came is not None:
                begin = begin if newest is not None else time.monotonic()
                newest = _photo(came, mirror=self.mirror)
            if newest is not None:
                yield newest, time.monotonic() - begin

    def _counted(self, frame: Frame, left: int, pane: Pane) -> list[str]:
        image = frame.image.copy()
        if self.settings.blur:
            image[:] = 0  # nobody is hidden before faces are looked for
        paint_number(image, left)
        return pane.show(image)

    def _show(self, frame: Frame, reading: FrameReading, pane: Pane, asked: Callable[[], bool]) -> None:
        """Show the photo for a while."""
        image = frame.image.copy()
        Painter(Blur() if self.settings.blur else None).paint(image, reading)
        begin = time.monotonic()
        while time.monotonic() - begin < _SHOWN_S and not (pane.closed or asked() or pane.show(image)):
            time.sleep(_PATIENCE_S)


def _photo(frame: Frame, *, mirror: bool) -> Frame:
    """The frame as a still picture of its own."""
    image: NDArray[np.uint8] = frame.image[:, ::-1] if mirror else frame.image
    return Frame(np.ascontiguousarray(image), index=0, pts=0, time_base=Fraction(1))
