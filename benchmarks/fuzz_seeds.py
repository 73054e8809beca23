"""Small valid inputs of every kind, from which the fuzzer makes its own."""

from __future__ import annotations

import io
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from samples.data_formats import write_archives, write_table
from samples.labelled_faces import draw_labelled_faces

_CONTAINERS: Final = (
    *(
        ("mp4", "libx264", "aac"),
        ("mov", "mpeg4", "pcm_s16le"),
        ("mkv", "libx264", "libopus"),
        ("webm", "libvpx", None),
    ),
    *(("ts", "mpeg2video", "mp2"), ("avi", "mjpeg", "pcm_s16le"), ("mpg", "mpeg2video", None), ("flv", "flv", None)),
    *(("h264", "libx264", None), ("mp4", "libx265", None), ("gif", "gif", None), ("ogv", "libtheora", None)),
    *(("mkv", "ffv1", "flac"), ("y4m", "wrapped_avframe", None), ("apng", "apng", None), ("wmv", "wmv2", None)),
)
"""The suffix of a container, and the encoders of its video and its sound."""

_MUXERS: Final = {"mkv": "matroska", "ts": "mpegts", "mpg": "mpeg", "y4m": "yuv4mpegpipe", "ogv": "ogg", "wmv": "asf"}
_SIZE: Final = (64, 48)
_FRAMES: Final = 5


def videos() -> Mapping[str, bytes]:
    """Return short videos by name, in every container for which the installed FFmpeg has the encoders."""
    made = {}
    for suffix, encoder, sound in _CONTAINERS:
        try:
            made[f"{encoder}.{suffix}"] = _video(suffix, encoder, sound)
        except (ValueError, av.FFmpegError):  # this FFmpeg has no such encoder
            continue
    return made


def pictures() -> Mapping[str, bytes]:
    """Return small pictures by name, in every format that OpenCV writes."""
    colour = _image(0)
    made = {}
    for suffix in (
        ".png",
        ".jpg",
        ".webp",
        ".bmp",
        ".tiff",
        ".ppm",
        ".pgm",
        ".gif",
        ".avif",
        ".jp2",
        ".hdr",
        ".sr",
        ".pam",
    ):
        image = colour[..., 0] if suffix == ".pgm" else colour.astype(np.float32) / 255 if suffix == ".hdr" else colour
        try:
            done, content = cv2.imencode(suffix, image)
        except cv2.error:  # this OpenCV has no such format
            continue
        if done:
            made[f"picture{suffix}"] = content.tobytes()
    made["deep.png"] = cv2.imencode(".png", colour.astype(np.uint16) * 257)[1].tobytes()
    made["alpha.png"] = cv2.imencode(".png", np.dstack([colour, colour[..., :1]]))[1].tobytes()
    made["bits.png"] = cv2.imencode(".png", colour[..., 0], [cv2.IMWRITE_PNG_BILEVEL, 1])[1].tobytes()
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    jpeg = made["picture.jpg"]
    made["turned.jpg"] = jpeg[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + jpeg[2:]
    return made


def faces(folder: Path) -> tuple[bytes, bytes, bytes]:
    """Return a table of labelled faces, its votes, and an archive of labelled faces, drawn into `folder`."""
    drawn = draw_labelled_faces({"training": 8, "public_test": 4, "private_test": 4})
    folder.mkdir(parents=True, exist_ok=True)
    write_table(drawn, folder)
    write_archives(drawn, folder)
    names = ("fer2013.csv", "fer2013new.csv", "training-0.npz")
    table, votes, archive = ((folder / name).read_bytes() for name in names)
    return table, votes, archive


def _image(step: int) -> NDArray[np.uint8]:
    image = np.full((_SIZE[1], _SIZE[0], 3), 90, np.uint8)
    cv2.circle(image, (20 + 4 * step, 24), 14, (150, 180, 220), -1)
    return image


def _video(suffix: str, encoder: str, sound: str | None) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=_MUXERS.get(suffix, suffix)) as container:
        video = container.add_stream(encoder, rate=25)
        video.width, video.height = _SIZE
        formats = [each.name for each in video.codec_context.codec.video_formats or ()]
        video.pix_fmt = (
            "yuvj420p" if "yuvj420p" in formats else "yuv420p" if "yuv420p" in formats or not formats else formats[0]
        )
        video.options = {"x265-params": "log-level=none"} if encoder == "libx265" else {}
        heard = None
        if sound is not None:
            heard = container.add_stream(sound, rate=48000)
            heard.layout = "mono"
        for index in range(_FRAMES):
            frame = av.VideoFrame.from_ndarray(_image(index), "bgr24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if heard is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((1, 9600), np.float32), "fltp", "mono")
            silence.sample_rate, silence.pts, silence.time_base = 48000, 0, Fraction(1, 48000)
            for piece in av.AudioResampler(heard.codec_context.format, "mono", 48000).resample(silence):
                container.mux(heard.encode(piece))
            container.mux(heard.encode())
    return file.getvalue()
