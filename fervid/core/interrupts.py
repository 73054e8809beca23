"""Ctrl-C and other signals that end a program, deferred while a result is completed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Final

from typing_extensions import Self

NAMES: Final = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""The signals that end a program. A closed terminal sends SIGHUP; Windows has SIGBREAK (Ctrl-Break) instead."""


class HeldSignals:
    """A context in which signals raise nothing: the first exception of a handler is kept, and later ones are dropped.

    Signals without a handler in Python, such as SIGTERM in most programs, are left alone. Outside the main thread,
    which alone gets signals, the context has no effect.

    Args:
        on_signal: Called when the first signal has been deferred.

    Attributes:
        interrupt: The exception that the handler of the first signal raised, such as `KeyboardInterrupt`; None if there
            was no signal.
    """

    def __init__(self, on_signal: Callable[[], object] = lambda: None) -> None:
        self.interrupt: BaseException | None = None
        self._on_signal = on_signal
        self._handlers: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def __enter__(self) -> Self:
        for number in ending_signals():
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
        """Raise the exception that was kept, if any. Call it after the context.

        Raises:
            BaseException: The exception that the handler of the first signal raised.
        """
        if self.interrupt is not None:
            raise self.interrupt

    def _hold(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handlers[number](number, frame)
        except BaseException as interrupt:  # any exception would leave the result incomplete
            if self.interrupt is None:
                self.interrupt = interrupt
                self._on_signal()


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Run the block to its end, and only then raise the exception of a signal.

    Raises:
        BaseException: The exception that the handler of the first signal raised; after Ctrl-C, `KeyboardInterrupt`.
    """
    with HeldSignals() as held:
        try:
            yield
        except BaseException as error:
            if held.interrupt is not None:
                raise held.interrupt from error
            raise
    held.release()


def ending_signals() -> list[int]:
    """Return the signals that end the program, that are not ignored, and whose handlers can be restored.

    Outside the main thread, which alone gets signals, there are none.
    """
    if threading.current_thread() is not threading.main_thread():
        return []
    available = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    # None stands for a handler that was not set from Python and cannot be restored.
    return [number for number in available if signal.getsignal(number) not in (signal.SIG_IGN, None)]
