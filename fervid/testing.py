"""Fakes of the heavy stages, for the tests of fervid and of programs built on it.

They follow the protocols of the real stages, need neither a video nor a model, and give results known in advance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fervid.core.closing import Closing
from fervid.core.emotions import FER2013
from fervid.core.frame_pixels import Pixels
from fervid.core.geometry import Box
from fervid.core.readings import Face, Frame
from fervid.engines.manifest import InputSpec, Manifest
from fervid.sources.base import SourceInfo


class _Fake(Closing):
    """A context manager that records whether it was closed."""

    def __init__(self) -> None:
        self.closed = False

    def close(self) -> None:
        """Set `closed`."""
        self.closed = True


class FakeSource(_Fake):
    """A source of grey frames at given times. The brightness of a frame is its index modulo 256.

    Args:
        times: The presentation times in seconds, increasing, precise to a microsecond.
        size: Width and height in pixels.
        fails_at: The index of the frame in whose place to raise `error`; None to yield all frames.
        error: The error to raise; a `RuntimeError` by default.

    Attributes:
        closed: True once `close` was called.
        yielded: The number of frames yielded so far.
    """

    def __init__(
        self,
        times: Sequence[float],
        size: tuple[int, int] = (64, 48),
        *,
        fails_at: int | None = None,
        error: BaseException | None = None,
    ) -> None:
        super().__init__()
        self._times = times
        self._fails_at = fails_at
        self._error = error or RuntimeError("the source was told to fail")
        self.undecodable = 0
        self.damage: str | None = None
        self.yielded = 0
        self.info = SourceInfo(Path("fake.mp4"), *size, time_base=Fraction(1, 1_000_000), frames=len(times))

    def stop(self) -> None:
        """Do nothing, because no frame is waited for."""

    def __iter__(self) -> Iterator[Frame]:
        for index, time in enumerate(self._times):
            if index == self._fails_at:
                raise self._error
            image = np.full((self.info.height, self.info.width, 3), index % 256, np.uint8)
            self.yielded += 1
            yield Frame(image, index, round(time * 1_000_000), self.info.time_base)


class FakeDetector(_Fake):
    """A detector that finds the faces of a script.

    Args:
        script: Takes the number of the call, from 0, and returns the faces to find in it. By default one face that
            stays in its place.

    Attributes:
        closed: True once `close` was called.
        calls: The number of pictures searched so far.
    """

    name = "fake"

    def __init__(self, script: Callable[[int], Sequence[Face]] | None = None) -> None:
        super().__init__()
        self._script = script or (lambda _: [Face(Box(16.0, 12.0, 24.0, 24.0), 0.9)])
        self.calls = 0

    def detect(self, image: NDArray[np.uint8] | Pixels) -> list[Face]:  # noqa: ARG002
        """Return the faces of the script for this call."""
        faces = list(self._script(self.calls))
        self.calls += 1
        return faces


class FakeEngine(_Fake):
    """An engine that predicts one class with a probability of 0.9, whatever the crop.

    Args:
        emotion: The class.
        classes: The label set.
        fails_at: The number of the call, from 0, in which to raise a `RuntimeError`; None for no call.

    Attributes:
        closed: True once `close` was called.
        batches: The number of crops in each call so far.
    """

    backend = "fake"
    device = "fake"

    def __init__(
        self, emotion: str = "happy", classes: tuple[str, ...] = FER2013, *, fails_at: int | None = None
    ) -> None:
        super().__init__()
        self.manifest = _manifest(classes)
        self.batches: list[int] = []
        self._fails_at = fails_at
        self._row = np.full(len(classes), 0.1 / (len(classes) - 1), np.float32)
        self._row[classes.index(emotion)] = 0.9

    def classify(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return (N, classes) float32 with the same row for every crop, and record the size of the batch."""
        if len(self.batches) == self._fails_at:
            raise RuntimeError("the engine was told to fail")
        self.batches.append(len(crops))
        return np.tile(self._row, (len(crops), 1))


def _manifest(classes: tuple[str, ...]) -> Manifest:
    return Manifest(
        name="fake",
        network="fake",
        classes=classes,
        input=InputSpec(size=48, colour="grey", mean=(0.5,), std=(0.25,)),
        temperature=1.0,
        data_set="none",
        recipe="none",
        accuracy={},
        sha256="0" * 64,
        fervid="0",
    )
