"""The shape of the pixels of a video track."""

from __future__ import annotations

import logging
from fractions import Fraction
from typing import Final

from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from fervid.core.canvas import SQUARE

_MOST: Final = 4
"""The largest ratio between the sides of a pixel. The largest in use is 2.9, of half a widescreen television frame."""

_log = logging.getLogger(__name__)


class PixelShape:
    """The pixel aspect ratio of a video track. As in players, that of the container counts before that of the codec.

    A ratio that is missing or impossible means square pixels; a warning reports one that is too large or too small.

    Args:
        stream: The track.
        context: The decoder, which knows the ratio of the last frame that it gave; None for that of `stream`.
        name: The source, for the warning; None for no warning.
    """

    def __init__(self, stream: VideoStream, context: VideoCodecContext | None = None, name: str | None = None) -> None:
        self._context = context or stream.codec_context
        self._stated = stream.sample_aspect_ratio
        # FFmpeg gives the ratio of the codec where the container has none, and that may change from frame to frame.
        self._may_change = self._stated in (None, stream.codec_context.sample_aspect_ratio)
        self._name = name
        self._last: Fraction | None = None
        self._ratio = SQUARE

    def ratio(self) -> Fraction:
        """Return the pixel aspect ratio (width / height) of the frame that the decoder gave last."""
        found = self._context.sample_aspect_ratio if self._may_change else self._stated
        if found != self._last:
            self._last, self._ratio = found, self._plausible(found)
        return self._ratio

    def _plausible(self, ratio: Fraction | None) -> Fraction:
        if not ratio or ratio < 0:
            return SQUARE
        if 1 <= ratio * _MOST <= _MOST * _MOST:
            return ratio
        if self._name is not None:
            text = f"{ratio.numerator}:{ratio.denominator}"
            _log.warning("%s says that its pixels are %s, which cannot be; they are taken for square", self._name, text)
        return SQUARE
