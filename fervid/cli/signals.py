"""Ctrl-C, SIGTERM and SIGHUP as requests to stop, which a long run looks for where it can stop cleanly."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final, NoReturn

from fervid.core.interrupts import ending_signals

EXIT_INTERRUPTED: Final = 130
EXIT_TERMINATED: Final = 143

_GRACE_S: Final = 1.0
"""The time in seconds in which a second SIGINT counts as the first: ``torchrun`` repeats the signal of the terminal."""

_AGAIN_S: Final = 0.02
"""The time in seconds after which a signal comes again whose exception was lost."""

_MAX_SIGNALS: Final = 3
"""The number of signals that ends the process at once."""


class Terminated(KeyboardInterrupt):
    """A run has stopped because of SIGTERM or SIGHUP."""


def stop_on_signals() -> None:
    """Let Ctrl-C, SIGTERM and SIGHUP end a command, so that it completes or removes its files.

    The first signal raises. The second one is ignored, because files are being completed then, and because many signals
    come twice: ``timeout`` sends its signal to the process and to its group. The third one ends the process at once.

    In a block of `asked_to_stop`, that one handles the signals. A signal that is ignored, as with ``nohup``, stays
    ignored.

    Where Python cannot raise an exception, as in a destructor, it would print the one of the signal and go on. The
    signal then comes again a moment later.
    """
    received: list[int] = []
    report = sys.unraisablehook

    def come_again(unraisable: sys.UnraisableHookArgs) -> None:
        if not (received and isinstance(unraisable.exc_value, KeyboardInterrupt)):
            report(unraisable)
            return
        # On a busy machine, the signal may come again while its timer is still starting: here, where it is lost too.
        while received:
            with suppress(KeyboardInterrupt):
                threading.Timer(_AGAIN_S, _send_to_main_thread, [received.pop()]).start()

    sys.unraisablehook = come_again

    def stop(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:
            raise KeyboardInterrupt if is_ctrl_c(number) else Terminated
        if len(received) >= _MAX_SIGNALS:
            end_at_once(received[0])

    for number in ending_signals():
        if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
            signal.signal(number, stop)


def interrupt_behind(error: BaseException) -> KeyboardInterrupt | None:
    """Return the exception of a signal that caused another one; None if there is none.

    Native modules turn each exception of their imports into an `ImportError`.
    """
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause


def _send_to_main_thread(number: int) -> None:
    """Send a signal to the main thread, whose waiting it ends."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.main_thread().ident or 0, number)


def ignore_signals() -> None:
    """Ignore further signals, once a command has only to exit.

    An exception of a handler would be printed with its traceback then. Python takes its handlers away as it shuts down,
    so a signal would end the process and change its exit code.
    """
    for number in ending_signals():
        signal.signal(number, signal.SIG_IGN)


def end_at_once(number: int) -> NoReturn:
    """End the process without any clean-up. Results are kept under partial names, as far as they are written.

    Args:
        number: The first signal, which determines the exit code.
    """
    from fervid.core.cache import discard
    from fervid.formats.file_output import keep_unfinished

    with suppress(Exception):  # the process must end, also if nothing can be printed
        discard()
        kept = "".join(f"; '{path}' is kept as it is" for path in keep_unfinished())
        os.write(sys.stderr.fileno(), f"fervid: ended at once{kept}\n".encode())
    os._exit(EXIT_INTERRUPTED if is_ctrl_c(number) else EXIT_TERMINATED)


def is_ctrl_c(number: int) -> bool:
    """Return True for the signal of Ctrl-C, and of Ctrl-Break on Windows."""
    return number in (signal.SIGINT, getattr(signal, "SIGBREAK", None))


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Collect the requests to stop during the block. Only a second Ctrl-C interrupts the run at once.

    A signal that was ignored before stays ignored, as it is for a command in the background.

    Yields:
        A function that returns True after Ctrl-C, SIGTERM or SIGHUP. Outside the main thread, which alone gets signals,
        it always returns False.

    Raises:
        Terminated: The block ended with a `KeyboardInterrupt`, and the first signal was SIGTERM or SIGHUP.
    """
    received: list[int] = []
    first_time = 0.0

    def receive(number: int, _frame: FrameType | None) -> None:
        nonlocal first_time
        if not received:
            first_time = time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - first_time > _GRACE_S:
            raise KeyboardInterrupt
        received.append(number)

    before = {number: signal.getsignal(number) for number in ending_signals()}
    for number in before:
        signal.signal(number, receive)
    try:
        yield lambda: bool(received)
    except KeyboardInterrupt as stopped:
        if received and not is_ctrl_c(received[0]):
            raise Terminated from stopped
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
