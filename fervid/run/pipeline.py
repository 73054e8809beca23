"""Wires the stages: decode, find, read and write overlap, each in a thread of its own, over bounded channels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing

from fervid.core.readings import Frame, FrameReading
from fervid.formats.base import Writer
from fervid.run.analyser import Analyser, Found
from fervid.run.channel import Channel
from fervid.run.opencv_threads import one_opencv_thread

# Frames that may wait between two stages: enough to even out their paces, few enough for pictures of 4K.
_AHEAD = 4


def analysed(frames: Iterable[Frame], analyser: Analyser) -> Generator[tuple[Frame, FrameReading], None, None]:
    """Yield every frame of `frames`, in order, with what was read in it; decoding and analysing run ahead.

    Leaving the loop early ends all threads before the generator closes.

    Raises:
        BaseException: The first error of any stage, after the frames that came before it.
    """
    decoded: Channel[Frame] = Channel(_AHEAD)
    found: Channel[Found] = Channel(_AHEAD)
    results: Channel[tuple[Frame, FrameReading]] = Channel(_AHEAD)
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


def write(
    frames: Iterable[Frame],
    analyser: Analyser,
    writers: Sequence[Writer],
    watch: Callable[[FrameReading], None] | None = None,
) -> bool:
    """Analyse `frames` and write them to every writer, which happens in a thread of its own.

    The calling thread only waits, so Ctrl-C never strikes amid a write. The writers are left open: the caller finishes
    or discards them.

    Args:
        frames: What to analyse.
        analyser: Fresh, for this source.
        writers: Written in this order.
        watch: Called with each reading once it is written, from the writing thread.

    Returns:
        True when all was written; False when Ctrl-C stopped it early. Every thread has ended either way.

    Raises:
        BaseException: The first error of any stage or writer.
    """
    written: Channel[FrameReading] = Channel(_AHEAD)

    def written_readings() -> Iterator[FrameReading]:
        with closing(analysed(frames, analyser)) as results:
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
