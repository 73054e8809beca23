"""Where frames come from: video files, pictures, folders of pictures; live, also cameras and streams."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.sources.base import LiveSource, Source
from fervid.sources.inputs import PICTURE_RATE, PICTURE_SUFFIXES, VIDEO_SUFFIXES, expand

__all__ = [
    "PICTURE_RATE",
    "PICTURE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "LiveSource",
    "Source",
    "expand",
    "open_live",
    "open_source",
]


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
        from fervid.sources.picture_files import PictureFolder

        return PictureFolder(path, rate, start=start, end=end)
    if path.suffix.lower() in PICTURE_SUFFIXES:
        from fervid.sources.picture_files import Picture

        return Picture(path)
    from fervid.sources.video_file import VideoFile

    return VideoFile(path, start=start, end=end)


def open_live(
    source: str,
    *,
    size: tuple[int, int] | None = None,
    rate: float | None = None,
    form: str = "auto",
    reconnect: bool = False,
    start: Timecode | None = None,
    end: Timecode | None = None,
) -> LiveSource:
    """Open a camera, a stream, or a file that is played at its own speed.

    Args:
        source: A camera's number or device (``0``, ``/dev/video2``), an address (``rtsp://...``), or a path.
        size: Width and height to ask a camera for, in pixels; None for 1280 by 720.
        rate: Frames a second to ask a camera for; None for 30.
        form: How a camera is to send its pictures: ``auto``, ``mjpg`` or ``yuyv``.
        reconnect: Open a camera or stream anew, again and again, when it fails or ends.
        start: The first frame of a file to give; None for the first of all.
        end: The frame of a file to stop before; None for none.

    Raises:
        SourceError: It cannot be opened.
        UsageError: An option is for another kind of source.
    """
    device = _device(source)
    for wrong, option, kind in (
        (device is None and (size or rate or form != "auto"), "the size, rate or format of pictures", "a camera"),
        ((start or end) and (device is not None or "://" in source), "a start or an end", "a file"),
        (reconnect and device is None and "://" not in source, "reconnection", "a camera or a stream"),
    ):
        if wrong:
            raise UsageError(f"'{source}' is not {kind}", f"leave out {option}")

    def connect() -> LiveSource:
        return _connected(source, device, size, rate, form)

    if device is None and "://" not in source:
        from fervid.sources.paced import Paced

        return Paced(open_source(Path(source), start=start, end=end))
    if reconnect:
        from fervid.sources.reconnecting import Reconnecting

        return Reconnecting(connect)
    return connect()


def _device(source: str) -> int | str | None:
    """The camera that `source` names; None where it is no camera's name."""
    if source.isdecimal():
        return int(source)
    return source if source.startswith("/dev/") else None


def _connected(
    source: str, device: int | str | None, size: tuple[int, int] | None, rate: float | None, form: str
) -> LiveSource:
    if device is None:
        from fervid.sources.stream import Stream

        return Stream(source)
    from fervid.sources.camera import USUAL_RATE, USUAL_SIZE, open_camera

    return open_camera(device, size=size or USUAL_SIZE, rate=rate or USUAL_RATE, form=form)
