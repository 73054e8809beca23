"""Sources of frames: video files, pictures, folders of pictures, and, live, cameras and network streams."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from fervid.core.credentials import shown_address
from fervid.core.pixels import MAX_PIXELS
from fervid.core.rotation import Rotation
from fervid.core.timecodes import Timecode
from fervid.errors import UsageError
from fervid.sources.base import CAMERA_FORMATS, CAMERA_RATE, CAMERA_SIZE, LiveSource, Source, camera_name
from fervid.sources.inputs import (
    ANIMATION_SUFFIXES,
    PICTURE_RATE,
    PICTURE_SUFFIXES,
    VIDEO_SUFFIXES,
    check_is_no_address,
    expand,
)

__all__ = [
    "PICTURE_RATE",
    "PICTURE_SUFFIXES",
    "VIDEO_SUFFIXES",
    "LiveSource",
    "Source",
    "expand",
    "is_picture",
    "open_live",
    "open_source",
]


# Each function imports a decoder only when it needs one: FFmpeg and OpenCV take long to load.


def open_source(
    path: Path,
    *,
    start: Timecode | None = None,
    end: Timecode | None = None,
    stream: int | None = None,
    deinterlace: bool = True,
    rate: Fraction | None = None,
    rotation: Rotation = Rotation.NONE,
    max_pixels: int = MAX_PIXELS,
) -> Source:
    """Open a video, a picture, or a folder of pictures.

    A file whose suffix is not one of `PICTURE_SUFFIXES` is opened as a video, and so is an animated WebP or PNG.

    Args:
        path: The file or folder.
        start: The first frame to yield; None for the beginning. Ignored for a single picture.
        end: The frame to stop before; None for the end. Ignored for a single picture.
        stream: The number of the video track, from 1; None for the default one. Ignored for pictures.
        deinterlace: Deinterlace the frames of a video that are flagged as interlaced.
        rate: Frames a second of a folder of pictures and of a bare stream, which have no times of their own; None for
            `PICTURE_RATE` and for the rate that the stream gives.
        rotation: The angle by which frames are turned clockwise, after what the file itself asks for.
        max_pixels: The number of pixels that a picture or a frame may have.

    Raises:
        SourceError: It cannot be read, has no such track, is too large, or not a single frame of it decodes.
    """
    source = _open_recorded(path, start, end, stream, deinterlace, rate, max_pixels)
    if rotation is Rotation.NONE:
        return source
    from fervid.sources.turned import TurnedSource

    return TurnedSource(source, rotation)


def _open_recorded(
    path: Path,
    start: Timecode | None,
    end: Timecode | None,
    stream: int | None,
    deinterlace: bool,
    rate: Fraction | None,
    max_pixels: int,
) -> Source:
    check_is_no_address(str(path))
    if path.is_dir():
        from fervid.sources.picture_files import PictureFolder

        return PictureFolder(path, rate or PICTURE_RATE, start=start, end=end, max_pixels=max_pixels)
    if is_picture(path):
        from fervid.sources.picture_files import Picture

        return Picture(path, max_pixels=max_pixels)
    if path.suffix.lower() in ANIMATION_SUFFIXES:
        from fervid.sources.animation import Animation

        return Animation(path, start=start, end=end, max_pixels=max_pixels)
    from fervid.sources.video_file import VideoFile

    return VideoFile(
        path, start=start, end=end, stream=stream, deinterlace=deinterlace, rate=rate, max_pixels=max_pixels
    )


def is_picture(path: Path) -> bool:
    """Return True if a file is a single picture, by its suffix; an animated WebP or PNG is none."""
    suffix = path.suffix.lower()
    if suffix not in ANIMATION_SUFFIXES:
        return suffix in PICTURE_SUFFIXES
    from fervid.sources.animation import is_animated

    return not is_animated(path)


def open_live(
    source: str,
    *,
    size: tuple[int, int] | None = None,
    rate: float | None = None,
    camera_format: str = CAMERA_FORMATS[0],
    reconnect: bool = False,
    wait: bool = True,
    start: Timecode | None = None,
    end: Timecode | None = None,
    stream: int | None = None,
    deinterlace: bool = True,
    rotation: Rotation = Rotation.NONE,
    max_pixels: int = MAX_PIXELS,
    sound: bool = False,
) -> LiveSource:
    """Open a camera, a network stream, or a file to be played at its own speed.

    Args:
        source: The number or device file of a camera (``0``, ``/dev/video2``), the address of a stream
            (``rtsp://...``), or the path of a video, picture or folder of pictures.
        size: Width and height to request from a camera, in pixels; None for `CAMERA_SIZE`.
        rate: Frames a second to request from a camera; None for `CAMERA_RATE`.
        camera_format: The encoding to request from a camera, one of `CAMERA_FORMATS`.
        reconnect: Wait for a camera or stream that is not there, and open it again whenever it fails or ends.
        wait: Wait for it here; False to wait within the loop over its frames.
        start: The first frame of a file to yield; None for the beginning.
        end: The frame of a file to stop before; None for the end.
        stream: The number of the video track of a file, from 1; None for the default one.
        deinterlace: Deinterlace the frames of a stream or a file that are flagged as interlaced.
        rotation: The angle by which frames are turned clockwise, after what the source itself asks for.
        max_pixels: The number of pixels that a frame of a stream or a file may have.
        sound: Let the frames of a stream or a file bring its sound with them.

    Raises:
        SourceError: It cannot be opened.
        UsageError: An option does not apply to this kind of source.
    """
    device = _device(source)
    is_file = device is None and "://" not in source
    if device is None and (size or rate or camera_format != CAMERA_FORMATS[0]):
        raise UsageError(
            f"'{shown_address(source)}' is not a camera",
            "leave out size, fps and format",
            options=("size", "fps", "format"),
        )
    if not is_file and (start or end or stream):
        raise UsageError(
            f"'{shown_address(source)}' is not a file",
            "leave out start, end and stream",
            options=("start", "end", "stream"),
        )
    if is_file and reconnect:
        raise UsageError(
            f"'{shown_address(source)}' is not a camera or a stream", "leave out reconnect", options=("reconnect",)
        )

    def connect() -> LiveSource:
        return _connect(source, device, size, rate, camera_format, deinterlace, max_pixels, sound)

    if is_file:
        from fervid.sources.paced import Paced

        return Paced(
            open_source(
                Path(source),
                start=start,
                end=end,
                stream=stream,
                deinterlace=deinterlace,
                rotation=rotation,
                max_pixels=max_pixels,
            ),
            sound=sound,
        )
    if reconnect:
        from fervid.sources.reconnecting import Reconnecting

        name = camera_name(device) if device is not None else shown_address(source)
        opened: LiveSource = Reconnecting(connect, absent=None if wait else name)
    else:
        opened = connect()
    if rotation is Rotation.NONE:
        return opened
    from fervid.sources.turned import TurnedLiveSource

    return TurnedLiveSource(opened, rotation)


def _device(source: str) -> int | str | None:
    """Return the number or device file of the camera that `source` names; None where it names no camera."""
    if source.isdecimal():
        return int(source)
    return source if source.startswith("/dev/") else None


def _connect(
    source: str,
    device: int | str | None,
    size: tuple[int, int] | None,
    rate: float | None,
    camera_format: str,
    deinterlace: bool,
    max_pixels: int,
    sound: bool,
) -> LiveSource:
    if device is None:
        from fervid.sources.stream import Stream

        return Stream(source, deinterlace=deinterlace, max_pixels=max_pixels, sound=sound)
    from fervid.sources.camera import open_camera

    return open_camera(device, size=size or CAMERA_SIZE, rate=rate or CAMERA_RATE, camera_format=camera_format)
