"""The source of a run, opened as its settings say."""

from __future__ import annotations

from pathlib import Path

from fervid.errors import UsageError
from fervid.settings import Settings
from fervid.sources import Source, open_source
from fervid.video.clock import exact_rate


def open_recorded(path: Path, settings: Settings) -> Source:
    """Open a video, a picture, or a folder of pictures.

    Args:
        path: The file or folder.
        settings: The options of the analysis, of which those of the input apply.

    Raises:
        UsageError: A region lies outside its frames.
        SourceError: It cannot be read, has no such track, is too large, or not a single frame of it decodes.
    """
    source = open_source(
        path,
        start=settings.start,
        end=settings.end,
        stream=settings.stream,
        deinterlace=settings.deinterlace,
        rate=None if settings.picture_rate is None else exact_rate(settings.picture_rate),
        rotation=settings.rotate,
        max_pixels=settings.max_pixels,
    )
    try:
        settings.regions.check(source.info.canvas, f"'{path}'")
    except UsageError:
        source.close()
        raise
    return source
