"""The reader of one source, for a loop of the caller's own."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TypeVar

from fervid.core.closing import Closing
from fervid.core.readings import Frame, FrameReading
from fervid.run.models import Models
from fervid.run.opening import open_recorded
from fervid.run.pipeline import analyse_frames
from fervid.settings import Settings
from fervid.sources.base import SourceInfo

T = TypeVar("T")


class Reader(Closing, Iterator[T]):
    """An iterator over the readings of a source, while it is decoded.

    >>> with fervid.read("clip.mp4") as reader:
    ...     first = next(reader)
    >>> reader.info.frames, reader.info.width, reader.info.height
    (30, 320, 180)

    Models and source are opened at once, so that errors come before the loop. They are closed at the end of the source,
    by an error, by leaving the ``with`` block, and when the last reference to the reader is gone, as after ``break``.

    Args:
        path: A video, a picture, or a folder of pictures.
        settings: The options of the analysis.
        items: Returns the items of an analysed frame and its reading.
        keep_pixels: False if `items` needs no pixels of the frame.

    Attributes:
        info: The properties of the source: its size, its frame rate, its expected number of frames, and more.
        classes: The names of the classes, in the order of the engine.

    Raises:
        FervidError: The source or the models cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        settings: Settings,
        items: Callable[[Frame, FrameReading], Iterable[T]],
        *,
        keep_pixels: bool = True,
    ) -> None:
        with ExitStack() as opening:
            self._source = opening.enter_context(open_recorded(path, settings))
            models = opening.enter_context(Models(settings))
            analysis = analyse_frames(self._source, models.analyser(), self._source.stop, keep_pixels=keep_pixels)
            results = opening.enter_context(closing(analysis))
            self._items = opening.enter_context(
                closing(item for frame, reading in results if reading.analysed for item in items(frame, reading))
            )
            # Not __del__, which would not run for a reader that still exists when Python exits.
            self._finalizer = weakref.finalize(self, opening.pop_all().close)
        self.info: SourceInfo = self._source.info
        self.classes = models.engine.manifest.classes

    @property
    def damage(self) -> str | None:
        """A one-line report of the damage found so far, such as a file that is cut off; None if there is none."""
        return self._source.damage

    @property
    def undecodable(self) -> int:
        """The number of packets or pictures so far that did not decode, and so gave no frame."""
        return self._source.undecodable

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """Return the next item.

        Raises:
            StopIteration: The source has ended, or the reader was closed.
            BaseException: The first error of any stage, after the items that came before it.
        """
        try:
            return next(self._items)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all threads, and close models and source. May be called more than once."""
        self._finalizer()
