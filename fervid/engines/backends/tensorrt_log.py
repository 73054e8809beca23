"""TensorRT's log messages, which are kept off the terminal and become one line when something fails."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from fervid.errors import EngineError

_SOURCE: Final = re.compile(r" In \w+ at \S+\.(cpp|h):\d+")
"""Mention of the place in TensorRT's source code that a message comes from."""

_log = logging.getLogger(__name__)


class Messages:
    """The log messages of one package.

    Attributes:
        logger: Logger to pass to its builders, parsers and runtimes.

    Args:
        package: The module `tensorrt` or `tensorrt_rtx`.
    """

    def __init__(self, package: Any) -> None:
        errors: deque[str] = deque(maxlen=50)

        class Logger(package.ILogger):  # type: ignore[misc]
            def log(self, severity: Any, message: str) -> None:
                _log.debug("%s: %s", severity, message)
                if severity <= package.ILogger.ERROR:
                    errors.append(message)

        self._errors = errors
        self.logger = Logger()

    def make(self, problem: str, remedy: str, factory: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function of TensorRT and return its result.

        Args:
            problem: Problem to report if it fails; TensorRT's reason is added.
            remedy: Remedy to report if it fails.
            factory: Function that returns None or False, or raises a TypeError or RuntimeError, if it fails.
            arguments: Arguments of the function.

        Raises:
            EngineError: The function failed.
        """
        self._errors.clear()
        try:
            made = factory(*arguments)
        except (TypeError, RuntimeError) as error:
            raise EngineError(f"{problem} ({reason([*self._errors, str(error)])})", remedy) from error
        if made is None or made is False:
            raise EngineError(f"{problem} ({reason(self._errors)})", remedy)
        return made


@cache
def messages(package: Any) -> Messages:
    """Return the messages of a package, always the same object, because a package keeps the first logger it gets."""
    return Messages(package)


def reason(errors: Sequence[str]) -> str:
    """Return the one of TensorRT's errors that explains a failure, as one line.

    That is the first one, and the others follow from it. Without a GPU, TensorRT also logs errors about CUDA, which are
    the reason only if there are no others.
    """
    first = min(errors, key=lambda text: "cudaError" in text, default="no reason given")
    return _SOURCE.sub("", " ".join(first.split()))
