"""The inputs for tests of writers: readings made by hand, and small clips whose every frame is known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from support.clips import Sound, write_clip

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.core.geometry import Box
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.draw.painter import Painter
from fervid.formats.base import Writer
from fervid.formats.context import Context
from fervid.formats.encoding import Encoding
from fervid.sources import open_source
from fervid.sources.base import SourceInfo
from fervid.video.containers import TAG_OPTIONS

MILLISECOND = Fraction(1, 1000)
SIZE = (96, 64)
BOX = Box(10.0, 12.0, 30.5, 31.25)


def face(
    emotion: str = "happy",
    confidence: float = 0.9,
    *,
    index: int = 0,
    time: float = 0.0,
    face_id: int = 1,
    box: Box = BOX,
) -> FaceReading:
    """A face that shows `emotion`; the other classes share what is left."""
    rest = (1 - confidence) / (len(FERPLUS) - 1)
    shares = np.array([confidence if name == emotion else rest for name in FERPLUS], np.float32)
    raw = np.full(len(FERPLUS), 1 / len(FERPLUS), np.float32)
    return FaceReading(index, time, face_id, box, 0.75, FERPLUS, shares, raw)


def reading(index: int, time: float, *emotions: str, analysed: bool = True) -> FrameReading:
    """A frame with a face for each of `emotions`."""
    faces = tuple(
        face(emotion, index=index, time=time, face_id=number) for number, emotion in enumerate(emotions, start=1)
    )
    return FrameReading(index, time, faces, analysed)


def flat(colour: tuple[int, int, int], size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """A picture of one colour, blue green red."""
    return np.full((size[1], size[0], 3), colour, np.uint8)


def frames(count: int, size: tuple[int, int] = SIZE, step: int = 40) -> list[Frame]:
    """Grey frames, each a little brighter, `step` milliseconds apart."""
    return [Frame(flat((40 + index, 60, 80), size), index, index * step, MILLISECOND) for index in range(count)]


def noisy_frames(count: int) -> list[Frame]:
    """Frames that compress badly, so that a video of them is large."""
    random = np.random.default_rng(0)
    return [
        Frame(random.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8), index, index * 40, MILLISECOND)
        for index in range(count)
    ]


def info(path: Path = Path("made.mp4"), size: tuple[int, int] = SIZE, **known: object) -> SourceInfo:
    """Return the properties of a source that yields `frames`."""
    return SourceInfo(path, *size, time_base=MILLISECOND, rate=Fraction(25), **known)  # type: ignore[arg-type]


def clip(
    path: Path,
    times: Sequence[int],
    *,
    sound: str | None = None,
    sound_ms: int = 1000,
    sound_from_ms: int = 0,
    tracks: int = 1,
) -> Path:
    """Write a video with frames at `times` (milliseconds), and a tone as sound."""
    images = (flat((index % 200 + 20, 90, 90)) for index in range(len(times)))
    tone = Sound(sound, sound_ms / 1000, sound_from_ms / 1000, tracks=tracks) if sound else None
    return write_clip(path, images, times=times, sound=tone)


def writing(target: Path, known: SourceInfo, *, trimmed: bool = False, **choices: Any) -> Writer:
    """The writer of an annotated video of a source."""
    context = Context(FERPLUS, source=known, painter=Painter(), encoding=Encoding(**choices), trimmed=trimmed)
    return formats.create(target, context, "video")


def copy(source: Path, writer_of: object, *, limit: int | None = None) -> None:
    """Run every frame of `source` through the writer that `writer_of` makes from its info, without faces."""
    with open_source(source) as opened, writer_of(opened.info) as writer:  # type: ignore[operator]
        for frame in opened:
            if frame.index == limit:
                break
            writer.write(frame, FrameReading(frame.index, frame.time, ()))
        written = writer.finish(partial=limit is not None)
    if limit is not None:
        assert written is not None
        written.rename(writer.target)


def times(path: Path) -> list[Fraction]:
    """Return the time at which each frame of a video is shown, in seconds."""
    with av.open(f"file:{path}", **TAG_OPTIONS) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def packets(path: Path, track: int = 0) -> list[tuple[Fraction, bytes]]:
    """Return the start, in seconds, and the bytes of each packet of a sound track."""
    with av.open(f"file:{path}", **TAG_OPTIONS) as container:
        stream = container.streams.audio[track]
        return [(packet.pts * packet.time_base, bytes(packet)) for packet in container.demux(stream) if packet.size]
