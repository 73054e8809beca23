"""Code that holds back or swallows Ctrl-C, called so that Ctrl-C can end the wait for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

_POLL_S: Final = 0.1
"""The interval in seconds at which the waiting thread lets Python handle signals; Windows needs it."""


def interruptible(function: Callable[[], T]) -> T:
    """Return the result of a function that runs in a thread of its own.

    Python handles a signal only between two steps of its main thread, so a native call there would hold back Ctrl-C
    until it returns, and a library that catches all exceptions would turn it into another one. After an interruption
    the thread goes on until it or the process ends; its result is dropped.

    Args:
        function: The function; native code in it must release Python's lock.

    Raises:
        BaseException: As raised by `function`; or `KeyboardInterrupt`.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:
            errors.append(error)

    # By this name the command line knows that native code still runs, and ends the process without waiting for it.
    thread = threading.Thread(target=run, name="fervid-native", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_POLL_S)
    if errors:
        raise errors[0]
    return results[0]
