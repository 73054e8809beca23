"""Small clips, written for the tests with PyAV, whose every frame is known."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from fervid.video.containers import TAG_OPTIONS

MILLISECONDS = Fraction(1, 1000)
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
"""The weights of red and blue in luma, by matrix coefficients (ITU-T H.273, table 4)."""


@dataclass(frozen=True)
class Encoding:
    """The way in which a clip is written.

    Attributes:
        codec: The name of FFmpeg's encoder.
        pix_fmt: Its pixel format.
        options: Of the encoder.
        container: Options of the muxer.
        tags: Attributes to set on the stream's codec context, such as ``colorspace``.
    """

    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    options: tuple[tuple[str, str], ...] = (("preset", "ultrafast"), ("crf", "10"))
    container: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, int | Fraction], ...] = ()


@dataclass(frozen=True)
class Sound:
    """The sound of a clip: a tone, of another pitch in each track.

    Attributes:
        codec: The name of FFmpeg's encoder.
        seconds: How long.
        start: When it begins, in seconds.
        rate: Samples a second.
        tracks: How many.
    """

    codec: str = "aac"
    seconds: float = 1.0
    start: float = 0.0
    rate: int = 44_100
    tracks: int = 1

    def tone(self, track: int = 0) -> av.AudioFrame:
        """Return the samples of a track."""
        wave = np.sin(np.arange(round(self.rate * self.seconds)) * (2 * np.pi * 220 * (track + 1) / self.rate)) * 8000
        frame = av.AudioFrame.from_ndarray(wave.astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate, frame.time_base = self.rate, Fraction(1, self.rate)
        frame.pts = round(self.rate * self.start)
        return frame


H264 = Encoding()
FASTSTART = Encoding(container=(("movflags", "faststart"),))
FFV1 = Encoding("ffv1", "yuv420p", ())


def grey(level: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """A picture of one brightness."""
    return np.full((height, width, 3), level, np.uint8)


def noise(seed: int, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """A picture that compresses badly, so that a clip has bytes to lose."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def quadrants(width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """A picture with another colour in each corner, so that every way of turning it shows."""
    image = np.zeros((height, width, 3), np.uint8)
    image[: height // 2, : width // 2] = (40, 40, 220)
    image[: height // 2, width // 2 :] = (40, 220, 40)
    image[height // 2 :, : width // 2] = (220, 40, 40)
    image[height // 2 :, width // 2 :] = (220, 220, 220)
    return image


def write_clip(
    path: Path,
    images: Iterable[NDArray[np.uint8] | av.VideoFrame],
    encoding: Encoding = H264,
    times: Sequence[int] | None = None,
    *,
    time_base: Fraction = MILLISECONDS,
    rate: Fraction | int = 25,
    sound: Sound | None = None,
    tags: Mapping[str, str] | None = None,
    tag_encoding: str = "utf-8",
) -> Path:
    """Write `images`, each (rows, columns, 3) uint8 blue green red or a frame of its own, to `path`.

    Args:
        path: Its suffix chooses the container.
        images: All of one size, unless they are frames and the codec allows it.
        encoding: How.
        times: The time of each, in units of `time_base`; every 40 where not given.
        time_base: In seconds.
        rate: Frames a second, as a hint for the encoder.
        sound: What is heard beside them; nothing where not given.
        tags: Of the container, such as ``title``.
        tag_encoding: How the tags are stored.
    """
    options = dict(encoding.container)
    with av.open(f"file:{path}", "w", container_options=options, **TAG_OPTIONS) as file:
        for tag, text in (tags or {}).items():
            file.metadata[tag] = text.encode(tag_encoding).decode("utf-8", "surrogateescape")
        stream = file.add_stream(encoding.codec, rate=rate, options=dict(encoding.options))
        stream.pix_fmt = encoding.pix_fmt
        stream.codec_context.time_base = time_base
        for name, value in encoding.tags:
            setattr(stream.codec_context, name, value)
        tracks: list[Any] = []
        for place, image in enumerate(images):
            frame = image if isinstance(image, av.VideoFrame) else av.VideoFrame.from_ndarray(image, "bgr24")
            if place == 0:  # the header is written with the first packet, so that every stream must be known
                stream.width, stream.height = frame.width, frame.height
                if sound:
                    tracks = [file.add_stream(sound.codec, rate=sound.rate, layout="mono") for _ in range(sound.tracks)]
            if frame.format.name != encoding.pix_fmt:
                frame = frame.reformat(format=encoding.pix_fmt)
            frame.pts = times[place] if times else place * 40
            frame.time_base = time_base
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
        for number, track in enumerate(tracks):
            file.mux(track.encode(sound.tone(number)))
            file.mux(track.encode(None))
    return path


def write_parts(
    path: Path, parts: Iterable[Sequence[NDArray[np.uint8]]], encoding: Encoding = H264, *, rate: int = 25
) -> Path:
    """Write one video track from parts, each of a size of its own, as recorders of calls write them.

    Args:
        path: Its suffix chooses the container.
        parts: The images of each part, all of one size.
        encoding: How.
        rate: Frames a second.
    """
    tick = Fraction(1, rate)
    with av.open(f"file:{path}", "w") as file:
        stream, shown = file.add_stream(encoding.codec, rate=rate), 0
        for number, images in enumerate(parts):
            context = av.CodecContext.create(encoding.codec, "w")
            context.height, context.width = images[0].shape[:2]
            context.pix_fmt, context.time_base, context.framerate = encoding.pix_fmt, tick, Fraction(rate)
            context.options = dict(encoding.options)
            for name, value in encoding.tags:
                setattr(context, name, value)
            if number == 0:
                stream.width, stream.height, stream.pix_fmt = context.width, context.height, context.pix_fmt
                stream.codec_context.time_base, stream.codec_context.options = tick, dict(encoding.options)
                for name, value in encoding.tags:
                    setattr(stream.codec_context, name, value)
            encoded = []
            for image in images:
                frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format=encoding.pix_fmt)
                frame.pts, frame.time_base = shown, tick
                encoded += context.encode(frame)
                shown += 1
            for packet in encoded + context.encode(None):
                packet.stream, packet.time_base = stream, tick
                file.mux(packet)
    return path


@contextmanager
def piped(path: Path, pipe: Path) -> Iterator[Path]:
    """Send the bytes of a file through a named pipe while the block lasts; it may leave some unread."""
    os.mkfifo(pipe)

    def send() -> None:
        with suppress(BrokenPipeError), pipe.open("wb") as file:
            file.write(path.read_bytes())

    thread = threading.Thread(target=send, daemon=True)
    thread.start()
    yield pipe
    thread.join(10)
    assert not thread.is_alive()


def patch(
    rgb: tuple[int, int, int], *, matrix: int, full: bool, width: int = 64, height: int = 48, pix_fmt: str = "yuv420p"
) -> av.VideoFrame:
    """A frame of one colour, its samples computed here as ITU-R BT.601 and BT.709 define them."""
    frame = av.VideoFrame(width, height, pix_fmt)
    ten_bits = "10" in pix_fmt
    for plane, sample in zip(frame.planes, _samples(rgb, matrix, full, 10 if ten_bits else 8), strict=False):
        dtype = np.uint16 if ten_bits else np.uint8
        plane.update(np.full(plane.buffer_size // np.dtype(dtype).itemsize, sample, dtype).tobytes())
    return frame


def _samples(rgb: tuple[int, int, int], matrix: int, full: bool, bits: int) -> tuple[int, int, int]:
    red, green, blue = (value / 255 for value in rgb)
    of_red, of_blue = WEIGHTS[matrix]
    luma = of_red * red + (1 - of_red - of_blue) * green + of_blue * blue
    chroma = (blue - luma) / (2 - 2 * of_blue), (red - luma) / (2 - 2 * of_red)
    top, unit = 2**bits - 1, 2 ** (bits - 8)
    if full:
        return round(luma * top), *(min(top, round(c * top + 128 * unit)) for c in chroma)
    return round((luma * 219 + 16) * unit), *(round((c * 224 + 128) * unit) for c in chroma)


def turn(path: Path, a: int, b: int, c: int, d: int) -> None:
    """Write a display matrix into the track header of an mp4 (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    one, whole = 1 << 16, 1 << 30
    data[place : place + 36] = struct.pack(">9i", a * one, b * one, 0, c * one, d * one, 0, 0, 0, whole)
    path.write_bytes(data)


def cut(path: Path, target: Path, share: float = 0.6) -> Path:
    """The first part of a file."""
    data = path.read_bytes()
    target.write_bytes(data[: int(len(data) * share)])
    return target


def scramble(path: Path, target: Path, share: float = 0.5, length: int = 300) -> Path:
    """A file with other bytes in its middle."""
    data = bytearray(path.read_bytes())
    place = int(len(data) * share)
    data[place : place + length] = np.random.default_rng(1).integers(0, 256, length, np.uint8).tobytes()
    target.write_bytes(data)
    return target
