"""Clips whose pictures tell their time and whose sound beeps, and how far apart the two are in a recording."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

RATE = 48_000
FPS = 25
BEEP_S = 0.06
_DARKEST, _STEP = 20, 3
"""The grey level of the first picture, and that by which each is brighter than the one before."""


def beeps(at: Sequence[float], seconds: float, *, rate: int = RATE, pitch: float = 1000.0) -> NDArray[np.float32]:
    """(samples,) of silence with a beep at each of some times."""
    time = np.arange(round(seconds * rate)) / rate
    heard = np.zeros(len(time), bool)
    for begin in at:
        heard |= (time >= begin - 1e-9) & (time < begin + BEEP_S)
    return np.where(heard, 0.5 * np.sin(2 * np.pi * pitch * time), 0.0).astype(np.float32)


def write_beeps(
    path: Path,
    at: Sequence[float],
    seconds: float,
    *,
    picture: bool = True,
    rate: int = RATE,
    layout: str = "mono",
    codec: str = "aac",
) -> Path:
    """Write a clip of 25 frames/s, each a little brighter than the one before, with a beep at each of some times.

    Args:
        path: Its suffix chooses the container.
        at: Times in seconds.
        seconds: The duration, at most 3 seconds where there is a picture.
        picture: False for sound alone.
        rate: The sample rate.
        layout: The layout of the channels, all of which have the same sound.
        codec: The codec of the sound.
    """
    sound = beeps(at, seconds, rate=rate)
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=FPS, options={"preset": "ultrafast"}) if picture else None
        track = file.add_stream(codec, rate=rate, layout=layout)
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for index in range(round(seconds * FPS)):
            if video is not None:
                image = drawn_picture(index)
                image.pts, image.time_base = index, Fraction(1, FPS)
                file.mux(video.encode(image))
            begin, end = (round(place / FPS * rate) for place in (index, index + 1))
            samples = np.round(sound[begin:end] * 32767).astype(np.int16)
            samples = np.repeat(samples, 2 if layout == "stereo" else 1)[None]
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="s16", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, begin, Fraction(1, rate)
            file.mux(track.encode(frame))
        for stream in (video, track):
            if stream is not None:
                file.mux(stream.encode(None))
    return path


def drawn_picture(index: int) -> av.VideoFrame:
    """The picture of a clip that is `index` frames after its beginning, 64 pixels wide and 48 high."""
    planes = np.full((72, 64), 128, np.uint8)
    planes[:48] = _DARKEST + _STEP * index
    return av.VideoFrame.from_ndarray(planes, "yuv420p")


def beeps_by_picture(path: Path) -> list[float]:
    """The times of the beeps in a recording of such a clip, by the pictures that are nearest to them.

    Where sound and picture are in time, these are the times in the clip, whichever frames the recording lacks.
    """
    with av.open(str(path)) as file:
        seen = [
            (float(frame.time or 0), round((frame.to_ndarray()[: frame.height].mean() - _DARKEST) / _STEP) / FPS)
            for frame in file.decode(video=0)
        ]
    nearest = [(beep, min(seen, key=lambda picture: abs(picture[0] - beep))) for beep in heard_beeps(path)]
    return [own + beep - shown for beep, (shown, own) in nearest]


def heard_beeps(path: Path, level: float = 0.1) -> list[float]:
    """The times at which the sound of a video becomes loud after a silence of a fifth of a second, in seconds."""
    loud = np.flatnonzero(np.abs(samples_of(path)) > level) / RATE
    return loud[np.diff(loud, prepend=-1.0) > 0.2].tolist()


def samples_of(path: Path, channel: int = 0) -> NDArray[np.float32]:
    """The sound of a recording from the time 0 on, which has no gap."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    assert frames[0].pts == 0
    for before, after in itertools.pairwise(frames):
        assert after.pts == before.pts + before.samples
    assert frames[0].sample_rate == RATE
    return np.concatenate([frame.to_ndarray()[channel] for frame in frames])


def has_sound(path: Path) -> bool:
    """True if a video has a sound track."""
    with av.open(str(path)) as file:
        return bool(file.streams.audio)
