"""One photo of a live source: the countdown, the picture and its reading."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from fervid import formats
from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.formats.context import Context
from fervid.formats.photo_table import PhotoReading
from fervid.live import COUNTDOWN
from fervid.live.preview import Preview
from fervid.run.photo import PhotoReader
from fervid.run.photo_batch import Tables, finish_tables, open_tables
from fervid.settings import Settings
from fervid.sources import LiveSource
from fervid.video.fitting import fit, show_square

_PATIENCE_S: Final = 0.05


class Press(Enum):
    """A decision of the user during the countdown: to wait, to take the photo at once, or to leave without one."""

    WAIT = auto()
    TAKE = auto()
    LEAVE = auto()


class Viewfinder(Protocol):
    """A display of the picture and the countdown, such as a window."""

    def count(self, image: NDArray[np.uint8], left: int) -> Press:
        """Show the newest picture, and return the decision of the user.

        Args:
            image: (height, width, 3) uint8, blue green red; black if faces are to be hidden. It may be painted on.
            left: The number of seconds until the photo is taken, rounded up.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """A photo and its reading.

    Attributes:
        photo: The reading, under the name of the photo's file.
        image: The photo with boxes and labels, (height, width, 3) uint8, blue green red.
        written: The files of the photo and of the tables.
    """

    photo: PhotoReading
    image: NDArray[np.uint8]
    written: tuple[Path, ...]


def take_snapshot(
    settings: Settings,
    connect: Callable[[], LiveSource],
    target: Path,
    viewfinder: Viewfinder,
    *,
    countdown: float = COUNTDOWN,
    mirror: bool = False,
    outline: bool = False,
    tables: Tables | None = None,
    overwrite: bool = False,
    stoppable: Callable[[], AbstractContextManager[Callable[[], bool]]] = lambda: nullcontext(_never),
) -> Snapshot | None:
    """Count down on the live picture, take one photo, read it and write it with boxes and labels.

    Args:
        settings: The options of the analysis; those that concern time have no effect.
        connect: Opens the source. It is called when the models are loaded, because a source does not wait.
        target: The file of the photo.
        viewfinder: Shows the countdown, in the calling thread.
        countdown: The time from the first picture to the photo, in seconds.
        mirror: Mirror the picture.
        outline: Outline the regions, and the faces that were left out.
        tables: The tables to write beside the photo.
        overwrite: Replace files that exist.
        stoppable: Returns a context for the countdown alone, with a function that is called repeatedly and returns True
            to leave. Opening the source may take long, and must stay interruptible by an exception.

    Returns:
        The photo; None if the user left before it was taken.

    Raises:
        FervidError: The models cannot be loaded, the source fails or ends too early, or a result cannot be written.
    """
    with ExitStack() as stack:
        opened = open_tables(tables or {}, stack, overwrite=overwrite)
        reader = stack.enter_context(PhotoReader(settings, outline=outline))
        context = Context(reader.classes, painter=reader.painter())
        writer = stack.enter_context(formats.create(target, context, "picture", overwrite=overwrite))
        with Preview(connect()) as preview, stoppable() as until:
            frame = _count_down(preview, viewfinder, countdown, mirror=mirror, hide=settings.blur, until=until)
        if frame is None:
            return None
        reading = reader.read(frame)
        writer.write(frame, reading)
        writer.finish()
        photo = PhotoReading(target, frame.width, frame.height, reading.faces)
        written = finish_tables(opened, [photo], reader.classes)
        image = frame.image.copy()
        reader.painter().paint(image, reading)
    return Snapshot(photo, image, (target, *written))


def _count_down(
    preview: Preview,
    viewfinder: Viewfinder,
    countdown: float,
    *,
    mirror: bool,
    hide: bool,
    until: Callable[[], bool],
) -> Frame | None:
    """Return the frame at the end of the countdown; None if the user left before.

    Raises:
        SourceError: The source fails, or ends too early.
    """
    newest: Frame | None = None
    begin = 0.0
    for frame in preview.frames.watch(_PATIENCE_S):
        if until():
            return None
        if frame is not None:
            begin = begin if newest is not None else time.monotonic()
            newest = _still(frame, mirror=mirror)
        if newest is None:
            continue
        left = math.ceil(countdown - (time.monotonic() - begin))
        if left <= 0:
            return newest
        # No face has been detected yet, so the whole picture is hidden if faces are to be hidden.
        press = viewfinder.count(np.zeros_like(newest.image) if hide else newest.image.copy(), left)
        if press is not Press.WAIT:
            return newest if press is Press.TAKE else None
    raise SourceError(f"{preview.name} ended before the photo was taken", "give a shorter --countdown")


def _still(frame: Frame, *, mirror: bool) -> Frame:
    """Return the frame as a still picture with square pixels, without its place and time in the source."""
    image = fit(show_square(frame)).image
    image = image[:, ::-1] if mirror else image
    return Frame(np.ascontiguousarray(image), index=0, pts=0, time_base=Fraction(1))


def _never() -> bool:
    return False
