"""Ctrl-C, SIGTERM and SIGHUP as a question that a long run asks where it can stop cleanly."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_GRACE_S: Final = 1.0
"""Within it a second Ctrl-C is taken for the first one: ``torchrun`` passes on what the terminal sent already."""

_NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP comes when the terminal is closed; Windows lacks it and has SIGBREAK, its Ctrl-Break."""


class Terminated(KeyboardInterrupt):
    """A run has stopped as SIGTERM or SIGHUP asked it to."""


def stop_when_terminated() -> None:
    """From here on, SIGTERM and SIGHUP end a command as Ctrl-C does, so that it completes or removes its files.

    `asked_to_stop` comes first within its block. What is ignored, as ``nohup`` has it, stays ignored.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Terminated

    for number in _numbers():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, stop)


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Within it, Ctrl-C, SIGTERM and SIGHUP only make the answer True; a second Ctrl-C ends the run where it stands.

    What was ignored before stays ignored, as it is for a command in the background. Outside of the main thread, which
    alone gets signals, the answer is always False.

    Raises:
        Terminated: The block has ended by `KeyboardInterrupt` because of SIGTERM or SIGHUP.
    """
    received: list[int] = []
    begun = 0.0

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal begun
        if not received:
            begun = time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - begun > _GRACE_S:
            raise KeyboardInterrupt
        received.append(number)

    before = {number: signal.getsignal(number) for number in _numbers()}
    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: bool(received)
    except KeyboardInterrupt as stopped:
        if received and received[0] not in (signal.SIGINT, getattr(signal, "SIGBREAK", None)):
            raise Terminated from stopped
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _numbers() -> list[int]:
    """Those that are there and that can be answered."""
    if threading.current_thread() is not threading.main_thread():
        return []
    there = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    # None stands for what was not set from Python and could not be set back.
    return [number for number in there if signal.getsignal(number) not in (signal.SIG_IGN, None)]
