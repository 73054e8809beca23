"""Probabilities over time at the resolution of a screen: means over equal steps, small enough for a page."""

from __future__ import annotations

import base64
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.readings import FaceReading

FINEST: Final = 0.1
"""The shortest step in seconds. Readings are smoothed over 0.3 s, so finer ones would show nothing more."""

MOST_BYTES: Final = 14 << 20
"""The number of bytes of all bands of a report. As text in a page they take at most four thirds of it."""

_BUFFERED: Final = 4096
"""The number of readings to collect before they become steps."""

QUALITY, UNCERTAIN, COVERAGE = -3, -2, -1
"""The channels after those of the classes: mean quality, share of uncertain time, share of the step with the face."""


class Resolution:
    """The length of a step, which grows as bands are filled, so that together they never take more than so many bytes.

    Args:
        most_bytes: That number of bytes.
        step: The length to begin with, in seconds.

    Attributes:
        step: The length now.
    """

    def __init__(self, most_bytes: int = MOST_BYTES, step: float = FINEST) -> None:
        self.step = step
        self._most_bytes = most_bytes
        self._bytes = 0
        self._bands: list[Bands] = []

    def new_bands(self, classes: int) -> Bands:
        """Return empty bands.

        Args:
            classes: The number of classes.
        """
        bands = Bands(classes, self)
        self._bands.append(bands)
        return bands

    def count(self, size: int) -> None:
        """Add a number of bytes, which may be negative, to those of all bands."""
        self._bytes += size

    def make_room(self, size: float) -> None:
        """Double the step until rows that are to come fit by themselves.

        Args:
            size: Their bytes with the step as it is now.
        """
        while size > self._most_bytes:
            size /= 2
            self.step *= 2
            for bands in self._bands:
                bands.coarsen(halve=True)

    def settle(self) -> None:
        """Double the step until all bands fit."""
        if self._bytes > self._most_bytes:
            for bands in self._bands:
                bands.coarsen()
        while self._bytes > self._most_bytes:
            self.step *= 2
            for bands in self._bands:
                bands.coarsen(halve=True)


class Bands:
    """The probabilities of one face over time, as bytes: a row for each step in which the face was seen.

    A reading counts in each step with the time that it lasted there, so rows are the same whatever the frame rate.

    Args:
        classes: The number of classes.
        resolution: The length of the steps.
    """

    def __init__(self, classes: int, resolution: Resolution) -> None:
        self._resolution = resolution
        self._classes = classes
        self._times: list[tuple[float, float]] = []
        self._readings: list[FaceReading] = []
        self._places: list[NDArray[np.int64]] = []
        self._rows: list[NDArray[np.uint8]] = []

    @property
    def step(self) -> float:
        """The length of a step now, in seconds."""
        return self._resolution.step

    def add(self, reading: FaceReading, duration: float) -> None:
        """Add a reading.

        Args:
            reading: The reading.
            duration: The time for which it lasted, in seconds.
        """
        self._times.append((reading.time, reading.time + duration))
        self._readings.append(reading)
        if len(self._readings) >= _BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Turn the readings so far into rows."""
        if not self._readings:
            return
        values = np.empty((len(self._readings), self._classes + 2), np.float32)
        values[:, : self._classes] = [reading.probabilities for reading in self._readings]
        values[:, QUALITY + 1] = [reading.quality for reading in self._readings]
        values[:, UNCERTAIN + 1] = [not reading.certain for reading in self._readings]
        self.fill(np.array(self._times), values)
        self._times.clear()
        self._readings.clear()

    def fill(self, times: NDArray[np.float64], values: NDArray[np.float32]) -> None:
        """Add readings as arrays.

        Args:
            times: (n, 2), the begin and the end of each, in seconds.
            values: (n, classes + 2), 0 to 1: the probabilities, the quality, and 1 for an uncertain one.
        """
        begin, end = times[:, 0], times[:, 1]
        # Readings of a time lapse last long: the rows between two of them are counted before they are made.
        self._resolution.make_room(float((end - begin).sum()) / self.step * (self._classes + 3))
        step = self._resolution.step
        first = np.floor(begin / step).astype(np.int64)
        count = np.maximum(np.ceil(end / step).astype(np.int64) - first, 1)
        part = np.repeat(np.arange(len(times)), count)
        places = first[part] + np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count)
        seconds = np.minimum(end[part], (places + 1) * step) - np.maximum(begin[part], places * step)
        # Rounding leaves crumbs in the next step: the larger, the farther the clock is from 0.
        lasting = seconds > np.maximum(1e-6 * step, 4 * np.spacing(np.abs(end[part])))
        if not lasting.any():
            return
        rows = np.column_stack([255 * values[part[lasting]], 255 * seconds[lasting] / step])
        self._keep(places[lasting], rows)
        self._resolution.settle()

    def coarsen(self, *, halve: bool = False) -> None:
        """Join the rows of one place, and with `halve` those of two neighbours, after the step was doubled."""
        if not self._rows:
            return
        places, rows = np.concatenate(self._places), np.concatenate(self._rows).astype(np.float32)
        self._places.clear()
        self._rows.clear()
        self._resolution.count(-rows.size)
        if halve:
            places = places // 2
            rows[:, COVERAGE] /= 2
        self._keep(places, rows)

    def table(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return the places of all rows, in steps from time 0 and in order, and the rows: a byte for each channel."""
        self.flush()
        self.coarsen()
        if not self._rows:
            return np.empty(0, np.int64), np.empty((0, self._classes + 3), np.uint8)
        return self._places[0], self._rows[0]

    def encode(self) -> str:
        """Return the table as text for a page: base64 of zlib of its runs and its channels.

        Runs of neighbouring places come first, all numbers doubles, the lowest byte first: their number, then for each
        the places since the end of the run before, and its length. Doubles hold every whole number up to 2**53, and
        the clock of a stream may begin far from 0. Each channel follows as differences from row to row.
        """
        places, rows = self.table()
        breaks = np.flatnonzero(np.diff(places) != 1) + 1
        starts = np.concatenate([[0], breaks]) if len(places) else np.empty(0, np.int64)
        ends = np.concatenate([breaks, [len(places)]]) if len(places) else starts
        lengths = ends - starts
        begins = places[starts.astype(np.int64)]
        gaps = begins - np.concatenate([[0], (begins + lengths)[:-1]]) if len(begins) else begins
        runs = np.column_stack([gaps, lengths]).astype("<f8")
        planes = np.diff(rows.T, axis=1, prepend=np.uint8(0))
        return pack(np.array([len(runs)], "<f8").tobytes() + runs.tobytes() + planes.tobytes())

    def _keep(self, places: NDArray[np.int64], rows: NDArray[np.float32]) -> None:
        """Keep rows, one for each place, whose means are weighted by their coverage."""
        order = np.argsort(places, kind="stable")
        unique, begins = np.unique(places[order], return_index=True)
        weights = rows[order, COVERAGE]
        totals = np.add.reduceat(weights, begins)
        means = np.add.reduceat(rows[order, :COVERAGE] * weights[:, None], begins) / totals[:, None]
        kept = np.column_stack([means, np.clip(totals, 1, 255)])
        self._places.append(unique)
        self._rows.append(np.rint(kept).astype(np.uint8))
        self._resolution.count(kept.size)


def pack(content: bytes) -> str:
    """Return bytes as text for a page: base64 of zlib."""
    return base64.b64encode(zlib.compress(content)).decode()
