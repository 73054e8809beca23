"""The Python interface: readings from a video in a loop, or all of them as a `Timeline`."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from os import PathLike
from pathlib import Path
from typing import Any

from fervid.core.readings import FaceReading, FrameReading
from fervid.formats.timeline import Timeline
from fervid.run.models import Models
from fervid.run.photo import PhotoReader, open_photo
from fervid.run.pipeline import analysed
from fervid.settings import Settings
from fervid.sources import open_source


def read(source: str | PathLike[str], **options: Any) -> Generator[FaceReading, None, None]:
    """Read the faces in a video, or in a folder of pictures, while it is decoded.

    Args:
        source: A video, a picture, or a folder of pictures.
        **options: The fields of `Settings`, as on the command line: ``detector="haar"``, ``every=2``, ``start="1:30"``.

    Yields:
        One reading a face and analysed frame, in order. A frame without a face yields none; `read_timeline` keeps it.

    Raises:
        FervidError: The source, the detector or the engine cannot be opened, or an option is out of its bounds.
    """
    settings = Settings(**options)
    with Models(settings) as models:
        for reading in _frames(source, models, settings):
            yield from reading.faces


def read_timeline(source: str | PathLike[str], **options: Any) -> Timeline:
    """Read a whole video, or a folder of pictures, into a `Timeline`, frames without a face included.

    Args:
        source: A video, a picture, or a folder of pictures.
        **options: The fields of `Settings`, as on the command line.

    Raises:
        FervidError: As for `read`.
    """
    settings = Settings(**options)
    with Models(settings) as models:
        return Timeline(models.engine.manifest.classes, tuple(_frames(source, models, settings)))


def read_photo(picture: str | PathLike[str], **options: Any) -> tuple[FaceReading, ...]:
    """Read the faces in a still picture, from left to right.

    `fervid.run.photo.PhotoReader` loads the models once for many pictures.

    Args:
        picture: Its file.
        **options: The fields of `Settings`, as on the command line; those that concern time are not looked at.

    Raises:
        FervidError: The picture, the detector or the engine cannot be opened, or an option is out of its bounds.
    """
    frame = open_photo(Path(picture))
    with PhotoReader(Settings(**options)) as reader:
        return reader.read(frame).faces


def _frames(source: str | PathLike[str], models: Models, settings: Settings) -> Iterator[FrameReading]:
    with (
        open_source(Path(source), start=settings.start, end=settings.end) as frames,
        closing(analysed(frames, models.analyser())) as results,
    ):
        for _, reading in results:
            if reading.analysed:
                yield reading
