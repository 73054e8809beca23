"""OpenCV's own threads, switched off while the stages fill the cores."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import cv2

_lock = threading.RLock()  # a loop that is collected as garbage ends its block wherever the thread is just then
_blocks = 0
_before = 0


@contextmanager
def one_opencv_thread() -> Iterator[None]:
    """Keep OpenCV from splitting small work over all cores, which the stages already fill; only costs come of it.

    The number of threads belongs to the whole process. Blocks may overlap and end in any order: the first one to begin
    takes the number down, the last one to end sets it back.
    """
    global _blocks, _before  # noqa: PLW0603 - the number is the process's too
    with _lock:
        if not _blocks:
            _before = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if not _blocks:
                cv2.setNumThreads(_before)
