"""The functions for cameras, streams and files at their own speed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from typing_extensions import Unpack

from fervid.api.keywords import LiveOptions, PathText, argument, flags, optional, settings_from, spelled_out
from fervid.core.markers import Marker
from fervid.core.values import shown
from fervid.errors import UsageError
from fervid.live.group import LiveGroup, check_files
from fervid.live.group_markers import mark_together
from fervid.live.session import LiveSession, Recordings
from fervid.outlets import LSL_FACES_BOUNDS, OSC_RATE_BOUNDS, destinations
from fervid.settings import Settings
from fervid.sources import LiveSource, open_live
from fervid.sources.base import CAMERA_FORMATS, CAMERA_RATE_BOUNDS
from fervid.sources.common_clock import CommonClock


@spelled_out
def live(
    source: PathText | int = "0",
    *,
    record: PathText | None = None,
    record_clean: bool = False,
    sound: PathText | bool = True,
    csv: PathText | None = None,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    format: str = "auto",
    mirror: bool = False,
    outline: bool = False,
    reconnect: bool = False,
    clock: CommonClock | None = None,
    lsl: bool = False,
    lsl_faces: int | None = None,
    osc: str | None = None,
    osc_rate: float | None = None,
    virtual_camera: bool = False,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Unpack[LiveOptions],
) -> LiveSession:
    """Read a camera, a stream, or a file at its own speed, in a loop of your own: the newest frame wins.

    >>> with fervid.live("clip.mp4", csv="live.csv") as session:
    ...     for frame, reading in session:
    ...         emotions = [face.emotion for face in reading.faces]
    >>> len(fervid.Timeline.load("live.csv").frames) + session.dropped  # the dropped ones could not be read in time
    30

    Args:
        source: A camera's number or device, the address of a stream, or a file.
        record: The file to record the picture to, with boxes and labels; None to record none.
        record_clean: Record without boxes and labels.
        sound: The sound of recordings: True for that of a stream or a file itself, False for none, or else the name of
            a sound device (``"default"``), the address of a stream, or a file.
        csv: The file to write the timeline to, as it happens; None to write none.
        size: Width and height to request from a camera, in pixels; None for 1280 by 720.
        fps: Frames a second to request from a camera; None for 30.
        format: The encoding to request from a camera: ``auto``, ``mjpg`` or ``yuyv``.
        mirror: Mirror the picture, in recordings too.
        outline: Outline the regions, and the faces that were left out, in recordings and in pictures that are saved.
        reconnect: Wait for a camera or stream that is not there, and open it again whenever it fails or ends.
        clock: The clock that the times of several sessions count on, which is written beside the timeline; None for the
            source's own times.
        lsl: Send readings and changes of emotion to the local network as streams of the Lab Streaming Layer.
        lsl_faces: The number of faces in the stream of readings; None for one.
        osc: Send readings as OSC messages to this HOST:PORT; None to send none.
        osc_rate: The largest number of OSC bundles in a second; None to send one for each frame.
        virtual_camera: Show the picture with boxes and labels on a virtual camera.
        overwrite: Replace files that exist.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Returns:
        The session, which has begun. Iterate over it once; leaving the loop or its ``with`` block ends it, and
        completes the recordings.

    Raises:
        FervidError: An option is wrong, or the source, the detector, the engine, a recording or an output to another
            program cannot be opened.
    """
    chosen = settings_from(options, settings, among=LiveOptions, function="live")
    flags(record_clean=record_clean, mirror=mirror, outline=outline, reconnect=reconnect, overwrite=overwrite)
    flags(lsl=lsl, virtual_camera=virtual_camera)
    receivers = destinations(
        lsl=lsl,
        lsl_faces=optional("lsl_faces", lsl_faces, int, bounds=LSL_FACES_BOUNDS),
        osc=optional("osc", osc, str),
        osc_rate=optional("osc_rate", osc_rate, float, bounds=OSC_RATE_BOUNDS),
        virtual_camera=virtual_camera,
    )
    name = argument("source", str(source) if isinstance(source, int) else source, str)
    video, table = optional("record", record, Path), optional("csv", csv, Path)
    heard = sound if isinstance(sound, bool) else argument("sound", sound, str)
    recordings = Recordings(video, table, clean=record_clean, overwrite=overwrite, sound=heard)
    check_files(
        [name],
        recordings,
        source_option="source",
        sound_option="sound",
        video_option="record",
        csv_option="csv",
    )
    if not isinstance(clock, CommonClock | None):
        raise UsageError(f"clock takes a fervid.CommonClock, not {shown(clock)}")
    rate = optional("fps", fps, float, bounds=CAMERA_RATE_BOUNDS)
    camera_format = argument("format", format, str, choices=CAMERA_FORMATS)
    if not (size is None or (isinstance(size, tuple) and len(size) == 2 and all(type(side) is int for side in size))):
        raise UsageError(f"size takes a width and a height, such as (1280, 720), not {shown(size)}")

    def connect() -> LiveSource:
        return open_live(
            name,
            size=size,
            rate=rate,
            camera_format=camera_format,
            reconnect=reconnect,
            start=chosen.start,
            end=chosen.end,
            stream=chosen.stream,
            deinterlace=chosen.deinterlace,
            rotation=chosen.rotate,
            max_pixels=chosen.max_pixels,
            sound=heard is True,
        )

    group = LiveGroup(chosen, [connect], recordings, mirror=mirror, outline=outline, clock=clock)
    with ExitStack() as opening:  # if an output or a recording cannot be opened, the session is closed
        opening.enter_context(group)
        group.send_to(receivers)
        group.start()
        opening.pop_all()
    return group.sessions[0]


def mark(
    sessions: LiveSession | Iterable[LiveSession], name: str = "", *, time: float | None = None, source: str = "python"
) -> tuple[Marker | None, ...]:
    """Place one marker in several live sessions at once, with the same time and the same name, and in their recordings.

    >>> clock = fervid.CommonClock()
    >>> first = fervid.live("recordings/first.mp4", clock=clock)
    >>> with first, fervid.live("recordings/second.mp4", clock=clock) as second:
    ...     for frame, reading in second:
    ...         markers = fervid.mark((first, second), "stimulus 1")
    ...         break
    >>> print(markers[1].name)  # markers[0] is None if the first recording has ended meanwhile
    stimulus 1

    Args:
        sessions: The sessions, all opened with the same `clock`; or a single one.
        name: The name; empty for ``marker 1``, ``marker 2`` and so on, by the session that has most markers.
        time: The time of the marker, in seconds on that clock; None for now.
        source: The program or the control that places it.

    Returns:
        The marker of each session, in their order; None where no picture has arrived yet, or the source has ended.

    Raises:
        UsageError: The sessions are on different clocks, the time is negative or has not come yet, or a session has too
            many markers.
        SourceError: No session runs, or none has shown a picture, so there is no clock.
        OutputError: The marker could not be written to a file. It has been placed in all sessions all the same, and is
            written as soon as there is room.
    """
    single = isinstance(sessions, LiveSession) or not isinstance(sessions, Iterable)
    marked: list[Any] = [sessions] if single else list(sessions)
    if not marked or not all(isinstance(session, LiveSession) for session in marked):
        raise UsageError(f"sessions takes what fervid.live returned, not {shown(sessions)}")
    clock = marked[0].clock
    if len(marked) > 1 and (clock is None or any(session.clock is not clock for session in marked)):
        raise UsageError(
            "the sessions are on different clocks", "open each of them with the same clock=fervid.CommonClock()"
        )
    for text in (name, source):
        if not isinstance(text, str):
            raise UsageError(f"name and source take text, not {shown(text)}")
    markers = [session.controls.markers for session in marked]
    return tuple(mark_together(markers, name, time=optional("time", time, float), source=source))
