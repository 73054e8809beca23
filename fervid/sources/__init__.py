"""Where frames come from: video files, pictures, and folders of pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from fervid.sources.base import Source
from fervid.sources.inputs import PICTURE_RATE, PICTURE_SUFFIXES, VIDEO_SUFFIXES, expand
from fervid.timecodes import Timecode

__all__ = ["PICTURE_RATE", "PICTURE_SUFFIXES", "VIDEO_SUFFIXES", "Source", "expand", "open_source"]


def open_source(
    path: Path, *, start: Timecode | None = None, end: Timecode | None = None, rate: Fraction = PICTURE_RATE
) -> Source:
    """Open a folder as a sequence of pictures, a file with a picture's suffix as one, any other file as a video.

    Args:
        path: The file or folder.
        start: The first frame to give; None for the first of all. A single picture takes no notice of it.
        end: The frame to stop before; None for none.
        rate: How many pictures of a folder make a second.

    Raises:
        SourceError: It cannot be read, or not a single frame of it decodes.
    """
    # A decoder is loaded when a source needs it: FFmpeg and OpenCV take long to import.
    if path.is_dir():
        from fervid.sources.pictures import PictureFolder

        return PictureFolder(path, rate, start=start, end=end)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        from fervid.sources.pictures import Picture

        return Picture(path)
    from fervid.sources.video import VideoFile

    return VideoFile(path, start=start, end=end)
