"""Inference on an NVIDIA GPU in overlapping steps: one part of a batch is copied while the network works on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_NON_BLOCKING: Final = 1
"""CU_STREAM_NON_BLOCKING: such a stream does not wait for CUDA's default stream, which PyTorch uses."""

_SLOTS: Final = 2


class CudaPipeline:
    """Takes pictures to the GPU, has a network work on them, and brings its answers back.

    The parts of a call take turns with two sets of buffers, so that one is copied to the GPU while the network works on
    the one before. That needs two streams, since a stream does everything in its order: one for the copies to the GPU,
    one for the network and for its few numbers back. All inference is on one stream, because inferences of one
    execution context of TensorRT share its working memory and must not overlap.

    The GPU's context must be current while any method runs, and one thread at a time may call them. There are no CUDA
    graphs: PyCUDA does not offer the capture of a stream.

    Args:
        pycuda: As by `driver`.
        most: The most pictures of one part.
        shape: Of a picture, as (channels, size, size).
        classes: How many numbers are answered for each.

    Raises:
        pycuda.driver.Error: There is too little memory.
    """

    def __init__(self, pycuda: Any, most: int, shape: tuple[int, ...], classes: int) -> None:
        self._driver = pycuda
        self._memory: list[Any] = []
        self._slots: list[_Slot] = []
        self._streams: list[Any] = []
        try:
            self._streams += [pycuda.Stream(_NON_BLOCKING) for _ in ("copies", "network")]
            self._slots += [self._slot((most, *shape), (most, classes)) for _ in range(_SLOTS)]
        except BaseException:
            self.free()
            raise

    def _slot(self, crops: tuple[int, ...], rows: tuple[int, ...]) -> _Slot:
        crops_here, crops_there = self._buffers(crops, np.uint8)
        rows_here, rows_there = self._buffers(rows, np.float32)
        uploaded, done = (self._driver.Event(self._driver.event_flags.DISABLE_TIMING) for _ in range(2))
        return _Slot(crops_here, crops_there, rows_here, rows_there, uploaded, done)

    def _buffers(self, shape: tuple[int, ...], dtype: type[np.generic]) -> tuple[NDArray[Any], Any]:
        here: NDArray[Any] = self._driver.pagelocked_empty(shape, dtype)
        self._memory.append(here.base)
        there = self._driver.mem_alloc(here.nbytes)
        self._memory.append(there)
        return here, there

    def run(
        self, parts: Sequence[NDArray[np.uint8]], least: int, infer: Callable[[int, int, int, int], None]
    ) -> list[NDArray[np.float32]]:
        """The answers to each part.

        Args:
            parts: Each of 1 to `most` pictures.
            least: The fewest pictures that the network takes.
            infer: Has the network read so many pictures (its first argument) from one address on the GPU (its second),
                and write its answers to another (its third), on a stream (its fourth); it does not wait for them.

        Raises:
            pycuda.driver.Error: The GPU fails.
        """
        copies, network = self._streams
        answers = []
        for step, at in turns(len(parts), _SLOTS):
            slot, part = self._slots[at % _SLOTS], parts[at]
            if step == "end":
                slot.done.synchronize()
                answers.append(slot.rows[: len(part)].copy())
                continue
            count = fill(slot.crops, part, least)
            self._driver.memcpy_htod_async(slot.crops_there, slot.crops[:count], copies)
            slot.uploaded.record(copies)
            network.wait_for_event(slot.uploaded)
            infer(count, int(slot.crops_there), int(slot.rows_there), network.handle)
            self._driver.memcpy_dtoh_async(slot.rows[:count], slot.rows_there, network)
            slot.done.record(network)
        return answers

    def free(self) -> None:
        """Let go of all memory, once the GPU has done what it was given; after a failure of the GPU too."""
        for stream in self._streams:
            with suppress(self._driver.Error):
                stream.synchronize()
        self._slots.clear()
        self._streams.clear()
        while self._memory:
            memory = self._memory.pop()
            with suppress(self._driver.Error):
                memory.free()


@dataclass(slots=True)
class _Slot:
    """Buffers for one part: pinned ones here, which the GPU reads and writes by itself, and their twins there."""

    crops: NDArray[np.uint8]
    crops_there: Any
    rows: NDArray[np.float32]
    rows_there: Any
    uploaded: Any
    done: Any


def turns(parts: int, slots: int) -> Iterator[tuple[str, int]]:
    """The order in which the parts of a call begin and end; part `n` takes set `n % slots` of the buffers.

    Args:
        parts: How many there are.
        slots: How many sets of buffers there are.

    Yields:
        ``begin`` or ``end``, and the number of the part.
    """
    for at in range(parts):
        if at >= slots:
            yield "end", at - slots
        yield "begin", at
    for at in range(max(0, parts - slots), parts):
        yield "end", at


def fill(buffer: NDArray[np.uint8], part: NDArray[np.uint8], least: int) -> int:
    """Copy pictures into a buffer, the last one more often where there are fewer than `least`.

    Returns:
        How many are in the buffer now.
    """
    count = max(len(part), least)
    buffer[: len(part)] = part
    buffer[len(part) : count] = part[-1]
    return count
