"""Ctrl-C, SIGTERM and SIGHUP as a question that a long run asks where it can stop cleanly."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from fervid.core.interrupts import numbers

EXIT_INTERRUPTED: Final = 130
EXIT_TERMINATED: Final = 143

_GRACE_S: Final = 1.0
"""Within it a second Ctrl-C is taken for the first one: ``torchrun`` passes on what the terminal sent already."""

_AT_ONCE: Final = 3
"""How many signals end the process without waiting for anything."""


class Terminated(KeyboardInterrupt):
    """A run has stopped as SIGTERM or SIGHUP asked it to."""


def stop_on_signals() -> None:
    """From here on, Ctrl-C, SIGTERM and SIGHUP end a command, so that it completes or removes its files.

    The first raises. The second is ignored, because the files are being completed then, and because many signals come
    twice: ``timeout`` sends its own to the process and to its group. The third ends the process at once.

    `asked_to_stop` comes first within its block. What is ignored, as ``nohup`` has it, stays ignored.
    """
    received: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            raise KeyboardInterrupt if is_ctrl_c(number) else Terminated
        if len(received) >= _AT_ONCE:
            end_at_once(received[0])

    for number in numbers():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)


def end_at_once(number: int) -> NoReturn:
    """End the process without any clean-up; what is written of the results is kept under partial names.

    Args:
        number: The signal that asked for it first.
    """
    from fervid.formats.output import keep_unfinished

    with suppress(Exception):  # a message is no reason to stay
        kept = "".join(f"; '{path}' is kept as it is" for path in keep_unfinished())
        os.write(sys.stderr.fileno(), f"fervid: ended at once{kept}\n".encode())
    os._exit(EXIT_INTERRUPTED if is_ctrl_c(number) else EXIT_TERMINATED)


def is_ctrl_c(number: int) -> bool:
    """Return True for the signal of Ctrl-C, and of Ctrl-Break on Windows."""
    return number in (signal.SIGINT, getattr(signal, "SIGBREAK", None))


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

    before = {number: signal.getsignal(number) for number in numbers()}
    for number in before:
        signal.signal(number, ask)
    try:
        yield lambda: bool(received)
    except KeyboardInterrupt as stopped:
        if received and not is_ctrl_c(received[0]):
            raise Terminated from stopped
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
