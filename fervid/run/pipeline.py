"""The stages in threads: decoding, finding, reading and writing overlap, connected by bounded channels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from fervid.core.interrupts import HeldSignals
from fervid.core.process_settings import ProcessSetting
from fervid.core.readings import Frame, FrameReading
from fervid.formats.base import Writer
from fervid.formats.file_writer import TimelineWriter
from fervid.run.analyser import Analyser, Found
from fervid.run.channel import Channel

# The number of frames that may wait between two stages. It evens out their speeds and is small enough for 4K.
_CAPACITY = 4

# A wait without a limit cannot be interrupted by Ctrl-C on Windows.
_WAKE_S = 0.1


def analyse_frames(
    frames: Iterable[Frame],
    analyser: Analyser,
    stop: Callable[[], object] = lambda: None,
    *,
    keep_pixels: bool = True,
) -> Generator[tuple[Frame, FrameReading], None, None]:
    """Yield every frame with its reading, in order, while decoding and analysis run ahead.

    Leaving the loop early ends all threads before the generator closes.

    Args:
        frames: The frames to analyse, taken in a thread.
        analyser: A new one, for this source.
        stop: Called when no more frames are wanted; ends a wait for them, as `fervid.sources.base.Source.stop` does.
        keep_pixels: As for `Analyser.read`.

    Raises:
        BaseException: The first error of any stage, after the frames that came before it.
    """
    decoded: Channel[Frame] = Channel(_CAPACITY)
    found: Channel[Found] = Channel(_CAPACITY)
    results: Channel[tuple[Frame, FrameReading]] = Channel(_CAPACITY)
    threads = [
        threading.Thread(target=decoded.feed, args=(frames,), name="fervid-decode", daemon=True),
        threading.Thread(target=found.feed, args=(analyser.find(decoded),), name="fervid-find", daemon=True),
        threading.Thread(
            target=results.feed,
            args=(analyser.read(found, keep_pixels=keep_pixels),),
            name="fervid-read",
            daemon=True,
        ),
    ]
    with one_opencv_thread():
        for thread in threads:
            thread.start()
        try:
            yield from results
        finally:
            stop()
            for channel in (results, found, decoded):
                channel.cancel()
            for thread in threads:
                thread.join()


@dataclass(frozen=True, slots=True)
class Written:
    """The written results of one source.

    Attributes:
        files: The files, as `Writer.finish` returned them.
        complete: False if a signal stopped the run early; the results then end there.
        interrupt: The exception that the handler of the signal raised, such as `KeyboardInterrupt`; None without one.
    """

    files: tuple[Path, ...]
    complete: bool
    interrupt: BaseException | None


def write_frames(
    frames: Iterable[Frame],
    analyser: Analyser,
    writers: Sequence[Writer],
    watch: Callable[[FrameReading], None] | None = None,
    stop: Callable[[], object] = lambda: None,
) -> Written:
    """Analyse frames, write each one to every writer, and finish the writers, in a thread of its own.

    The calling thread only waits. No signal ends its wait, so that Ctrl-C never interrupts a write or the completion of
    a file. After a signal no further frame is taken, and those that were taken are still analysed and written. All
    threads have ended when this returns or raises.

    Args:
        frames: The frames to analyse, taken in a thread.
        analyser: A new one, for this source.
        writers: The writers, which are called and finished in this order. After an error, they are discarded.
        watch: Called with each reading when it is written, in the writing thread.
        stop: As for `analyse_frames`; also called at the first signal.

    Returns:
        The written results.

    Raises:
        BaseException: The first error of any stage or writer or, if there was a signal too, what its handler raised.
    """
    stopped = threading.Event()
    keep_pixels = not all(isinstance(writer, TimelineWriter) for writer in writers)
    written: list[Written] = []
    errors: list[BaseException] = []

    def write_all() -> None:
        with closing(analyse_frames(_until(stopped, frames), analyser, stop, keep_pixels=keep_pixels)) as results:
            for frame, reading in results:
                for writer in writers:
                    writer.write(frame, reading)
                if watch is not None:
                    watch(reading)

    def work() -> None:
        try:
            write_all()
            complete = not stopped.is_set()
            files = [writer.finish(partial=not complete) for writer in writers]
            written.append(Written(tuple(file for file in files if file is not None), complete, None))
        except BaseException as error:  # the calling thread raises it, because nobody would see it in this thread
            for writer in writers:
                writer.discard()
            errors.append(error)

    thread = threading.Thread(target=work, name="fervid-write", daemon=True)

    def end_wait() -> None:
        stopped.set()
        stop()

    with HeldSignals(end_wait) as held:
        thread.start()
        while thread.is_alive():
            thread.join(_WAKE_S)
    if errors:
        if held.interrupt is not None:
            raise held.interrupt from errors[0]
        raise errors[0]
    return replace(written[0], interrupt=held.interrupt)


def _until(stopped: threading.Event, frames: Iterable[Frame]) -> Generator[Frame, None, None]:
    """Yield the frames that come before the event is set."""
    iterator = iter(frames)
    try:
        for frame in iterator:
            if stopped.is_set():
                return
            yield frame
    finally:
        if isinstance(iterator, Generator):
            iterator.close()  # in the thread that ran it


def one_opencv_thread() -> AbstractContextManager[None]:
    """Keep OpenCV on one thread during the block, because the stages already fill the cores.

    The number of threads belongs to the whole process. Blocks may overlap and end in any order.
    """
    return _one_opencv_thread.block()


@contextmanager
def _on_one_opencv_thread() -> Iterator[None]:
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


_one_opencv_thread = ProcessSetting(_on_one_opencv_thread)
