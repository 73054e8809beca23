"""The stages in threads: decoding, finding, reading and writing overlap, connected by bounded channels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

import cv2

from fervid.core.readings import Frame, FrameReading
from fervid.formats.base import Writer
from fervid.run.analyser import Analyser, Found
from fervid.run.channel import Channel

# The number of frames that may wait between two stages. It evens out their speeds and is small enough for 4K.
_CAPACITY = 4

_opencv_lock = threading.RLock()  # reentrant, because garbage collection may end a block in a thread that holds it
_opencv_blocks = 0
_opencv_threads = 0


def analyse_frames(frames: Iterable[Frame], analyser: Analyser) -> Generator[tuple[Frame, FrameReading], None, None]:
    """Yield every frame with its reading, in order, while decoding and analysis run ahead.

    Leaving the loop early ends all threads before the generator closes.

    Args:
        frames: The frames to analyse, taken in a thread.
        analyser: A new one, for this source.

    Raises:
        BaseException: The first error of any stage, after the frames that came before it.
    """
    decoded: Channel[Frame] = Channel(_CAPACITY)
    found: Channel[Found] = Channel(_CAPACITY)
    results: Channel[tuple[Frame, FrameReading]] = Channel(_CAPACITY)
    threads = [
        threading.Thread(target=decoded.feed, args=(frames,), name="fervid-decode", daemon=True),
        threading.Thread(target=found.feed, args=(analyser.find(decoded),), name="fervid-find", daemon=True),
        threading.Thread(target=results.feed, args=(analyser.read(found),), name="fervid-read", daemon=True),
    ]
    with one_opencv_thread():
        for thread in threads:
            thread.start()
        try:
            yield from results
        finally:
            for channel in (results, found, decoded):
                channel.cancel()
            for thread in threads:
                thread.join()


def write_frames(
    frames: Iterable[Frame],
    analyser: Analyser,
    writers: Sequence[Writer],
    watch: Callable[[FrameReading], None] | None = None,
) -> bool:
    """Analyse frames and write each one to every writer, in a thread of its own.

    The calling thread only waits, so that Ctrl-C never interrupts a write. The writers stay open; the caller finishes
    or discards them.

    Args:
        frames: The frames to analyse, taken in a thread.
        analyser: A new one, for this source.
        writers: The writers, called in this order.
        watch: Called with each reading when it is written, in the writing thread.

    Returns:
        True if every frame was written; False if Ctrl-C stopped the run early. All threads have ended in both cases.

    Raises:
        BaseException: The first error of any stage or writer.
    """
    written: Channel[FrameReading] = Channel(_CAPACITY)

    def written_readings() -> Iterator[FrameReading]:
        with closing(analyse_frames(frames, analyser)) as results:
            for frame, reading in results:
                for writer in writers:
                    writer.write(frame, reading)
                if watch is not None:
                    watch(reading)
                yield reading

    thread = threading.Thread(target=written.feed, args=(written_readings(),), name="fervid-write", daemon=True)
    thread.start()
    try:
        for _ in written:
            pass
    except KeyboardInterrupt:
        return False
    finally:
        written.cancel()
        thread.join()
    return True


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV on one thread during the block, because the stages already fill the cores.

    The number of threads belongs to the whole process. Blocks may overlap and end in any order: the first one sets the
    number to 1, the last one restores it.
    """
    global _opencv_blocks, _opencv_threads  # noqa: PLW0603 - OpenCV's number of threads is global too
    with _opencv_lock:
        if not _opencv_blocks:
            _opencv_threads = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _opencv_blocks += 1
    try:
        yield
    finally:
        with _opencv_lock:
            _opencv_blocks -= 1
            if not _opencv_blocks:
                cv2.setNumThreads(_opencv_threads)
