"""Ctrl-C and other signals to end a program, held back while a result is completed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Final

from typing_extensions import Self

NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""The signals that end a program. SIGHUP comes when the terminal is closed; Windows has SIGBREAK, its Ctrl-Break."""


class HeldSignals:
    """A context in which no signal raises anything: what its handler raises is kept, however many signals come.

    Signals whose handlers are not written in Python, such as SIGTERM in most programs, are left alone; so is everything
    outside of the main thread, which alone gets signals.

    Args:
        on_signal: Called when the first signal has been held back.

    Attributes:
        interrupt: What the handler of the first signal raised, such as `KeyboardInterrupt`; None where none came.
    """

    def __init__(self, on_signal: Callable[[], object] = lambda: None) -> None:
        self.interrupt: BaseException | None = None
        self._on_signal = on_signal
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def __enter__(self) -> Self:
        for number in numbers():
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._hold)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def release(self) -> None:
        """Raise what was held back; call it after the context.

        Raises:
            BaseException: What the handler of the first signal raised.
        """
        if self.interrupt is not None:
            raise self.interrupt

    def _hold(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handlers[number](number, frame)
        except BaseException as interrupt:  # whatever a handler raises would tear the result
            if self.interrupt is None:
                self.interrupt = interrupt
                self._on_signal()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Do what the block says to its end, and only then raise what a signal asked for.

    Raises:
        BaseException: What the handler of the first signal raised; `KeyboardInterrupt` after Ctrl-C.
    """
    with HeldSignals() as held:
        try:
            yield
        except BaseException as error:
            if held.interrupt is not None:
                raise held.interrupt from error
            raise
    held.release()


def numbers() -> list[int]:
    """Return the signals to end the program that can be answered here: none outside of the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return []
    there = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    # None stands for what was not set from Python and could not be set back.
    return [number for number in there if signal.getsignal(number) not in (signal.SIG_IGN, None)]
