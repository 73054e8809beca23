"""Inference on an NVIDIA GPU in overlapping steps: one part of a batch is copied while the network works on another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.engines.backends import cuda

_NON_BLOCKING: Final = 1
"""CU_STREAM_NON_BLOCKING: such a stream does not wait for CUDA's default stream, which PyTorch uses."""

_SLOTS: Final = 2


class CudaPipeline:
    """Buffers and streams that copy crops to the GPU, run a network on them and copy the probabilities back.

    The parts of a batch alternate between two sets of buffers, so one part is copied to the GPU while the network works
    on the part before. A stream does everything in order, so this needs two: one for the copies to the GPU, and one for
    the network and the small copies back. All inference uses one stream, because the inferences of one execution
    context of TensorRT share its working memory and must not overlap.

    The GPU's context must be current while a method runs, and only one thread at a time may call methods. CUDA graphs
    are left to TensorRT for RTX, because PyCUDA cannot capture a stream.

    Args:
        pycuda: The module that `fervid.engines.backends.cuda.driver` returns.
        max_batch: Largest number of crops in a part.
        shape: Shape of a crop, (channels, size, size).
        classes: Number of probabilities for each crop.

    Raises:
        pycuda.driver.Error: The memory does not suffice.
    """

    def __init__(self, pycuda: Any, max_batch: int, shape: tuple[int, ...], classes: int) -> None:
        self._driver = pycuda
        self._memory: list[Any] = []
        self._slots: list[_Slot] = []
        self._streams: list[Any] = []
        try:
            self._streams += [pycuda.Stream(_NON_BLOCKING) for _ in ("copies", "network")]
            self._slots += [self._slot((max_batch, *shape), (max_batch, classes)) for _ in range(_SLOTS)]
        except BaseException:
            self.free()
            raise

    def _slot(self, crops_shape: tuple[int, ...], rows_shape: tuple[int, ...]) -> _Slot:
        crops, crops_gpu = self._buffers(crops_shape, np.uint8)
        rows, rows_gpu = self._buffers(rows_shape, np.float32)
        uploaded, done = (self._driver.Event(self._driver.event_flags.DISABLE_TIMING) for _ in range(2))
        return _Slot(crops, crops_gpu, rows, rows_gpu, uploaded, done)

    def _buffers(self, shape: tuple[int, ...], dtype: type[np.generic]) -> tuple[NDArray[Any], Any]:
        pinned: NDArray[Any] = self._driver.pagelocked_empty(shape, dtype)
        self._memory.append(pinned.base)
        on_gpu = self._driver.mem_alloc(pinned.nbytes)
        self._memory.append(on_gpu)
        return pinned, on_gpu

    def run(
        self,
        parts: Sequence[NDArray[np.uint8]],
        padded: Callable[[int], int],
        infer: Callable[[int, int, int, int], None],
    ) -> list[NDArray[np.float32]]:
        """Return the probabilities of each part.

        Args:
            parts: Parts of a batch, each of 1 to `max_batch` crops.
            padded: Function that returns the size of batch that the network takes for a number of crops.
            infer: Function that starts an inference and returns at once. It gets the number of crops, the address of
                the crops on the GPU, the address for the probabilities, and the handle of the stream.

        Raises:
            pycuda.driver.Error: The GPU fails.
        """
        copies, network = self._streams
        results = []
        for step, at in turns(len(parts), _SLOTS):
            slot, part = self._slots[at % _SLOTS], parts[at]
            if step == "end":
                slot.done.synchronize()
                results.append(slot.rows[: len(part)].copy())
                continue
            count = fill(slot.crops, part, padded(len(part)))
            self._driver.memcpy_htod_async(slot.crops_gpu, slot.crops[:count], copies)
            slot.uploaded.record(copies)
            network.wait_for_event(slot.uploaded)
            infer(count, int(slot.crops_gpu), int(slot.rows_gpu), network.handle)
            self._driver.memcpy_dtoh_async(slot.rows[:count], slot.rows_gpu, network)
            slot.done.record(network)
        return results

    def free(self) -> None:
        """Wait for the GPU and free all memory.

        A failure such as an illegal address ends the context of the GPU with all that is in it. Then nothing can be
        freed, and nothing needs to be.
        """
        try:
            for stream in self._streams:
                stream.synchronize()
        except self._driver.Error:
            cuda.keep(self._slots, self._streams, self._memory)
            self._slots, self._streams, self._memory = [], [], []
            return
        self._slots.clear()
        self._streams.clear()
        while self._memory:
            self._memory.pop().free()


@dataclass(slots=True)
class _Slot:
    """Buffers for one part, as pairs of pinned memory that the GPU accesses directly and memory on the GPU."""

    crops: NDArray[np.uint8]
    crops_gpu: Any
    rows: NDArray[np.float32]
    rows_gpu: Any
    uploaded: Any
    done: Any


def turns(parts: int, slots: int) -> Iterator[tuple[str, int]]:
    """Yield the order in which the parts of a batch begin and end; part `n` uses set `n % slots` of the buffers.

    Args:
        parts: Number of parts.
        slots: Number of sets of buffers.

    Yields:
        ``begin`` or ``end``, and the index of the part.
    """
    for at in range(parts):
        if at >= slots:
            yield "end", at - slots
        yield "begin", at
    for at in range(max(0, parts - slots), parts):
        yield "end", at


def fill(buffer: NDArray[np.uint8], part: NDArray[np.uint8], count: int) -> int:
    """Copy crops into a buffer, repeating the last one up to `count`.

    Returns:
        Number of crops in the buffer, at least `count`.
    """
    count = max(len(part), count)
    buffer[: len(part)] = part
    buffer[len(part) : count] = part[-1]
    return count
