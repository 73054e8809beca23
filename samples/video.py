"""Writing of frames and sound to an MP4 file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from numpy.typing import NDArray

_BT709: Final = 1  # ITU-T H.273


class Video:
    """An MP4 file that is being written, with H.264 video, given timestamps, and AAC sound in one channel."""

    def __init__(self, path: Path, *, width: int, height: int, rate: int, time_base: Fraction, sound_rate: int) -> None:
        """Create the file.

        Args:
            path: The file. An existing one is replaced.
            width: The width in pixels, even.
            height: The height in pixels, even.
            rate: Frames a second, as a hint for the encoder.
            time_base: The unit of the timestamps of the frames, in seconds.
            sound_rate: Sound samples a second.
        """
        self._time_base = time_base
        self._sound_rate = sound_rate
        self._samples = 0
        self._file = av.open(str(path), "w")
        # The same frames give the same file on every machine: with one thread, and without x264's macroblock tree, by
        # which small frames differ in one run of a hundred.
        options = {"crf": "21", "preset": "veryfast", "threads": "1", "x264-params": "mbtree=0"}
        self._pictures = self._file.add_stream("libx264", rate=rate, options=options)
        self._pictures.width, self._pictures.height = width, height
        self._pictures.pix_fmt = "yuv420p"
        self._pictures.codec_context.time_base = time_base
        self._pictures.codec_context.colorspace = _BT709
        self._pictures.codec_context.color_primaries = _BT709
        self._pictures.codec_context.color_trc = _BT709
        self._sound = self._file.add_stream("aac", rate=sound_rate, layout="mono")

    def picture(self, image: NDArray[np.uint8], pts: int) -> None:
        """Append a frame: (height, width, 3) uint8, blue green red."""
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame = frame.reformat(format="yuv420p", dst_colorspace=_BT709)
        frame.pts, frame.time_base = pts, self._time_base
        self._file.mux(self._pictures.encode(frame))

    def sound(self, samples: NDArray[np.float32]) -> None:
        """Append sound: (samples,) float32, -1 to 1."""
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.sample_rate = self._sound_rate
        frame.pts, frame.time_base = self._samples, Fraction(1, self._sound_rate)
        self._samples += len(samples)
        self._file.mux(self._sound.encode(frame))

    def __enter__(self) -> Video:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._file.mux(self._pictures.encode(None))
            self._file.mux(self._sound.encode(None))
        self._file.close()
