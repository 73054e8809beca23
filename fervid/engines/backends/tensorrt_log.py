"""What TensorRT says: kept from the user's terminal, and turned into one line where it fails."""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final

from fervid.errors import EngineError

_SOURCE: Final = re.compile(r" In \w+ at \S+\.(cpp|h):\d+")
"""Where in TensorRT's own source a message comes from."""

_log = logging.getLogger(__name__)


class Messages:
    """Hears what one of the packages says.

    Attributes:
        logger: What its builders, parsers and runtimes are given.

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
        """What `factory` makes of the arguments.

        Args:
            problem: What is wrong where it makes nothing; TensorRT's own reason is added.
            remedy: What to do then.
            factory: Of TensorRT; it returns nothing, or raises a TypeError, where it fails.
            arguments: For it.

        Raises:
            EngineError: It made nothing.
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
    """The one that hears a package: each keeps the first logger that it is given, and heeds no other."""
    return Messages(package)


def reason(errors: Sequence[str]) -> str:
    """Which of TensorRT's errors tells why, as one line.

    The first one does, and what follows comes of it. Where there is no GPU, complaints about CUDA stand between the
    others and mean nothing; where nothing else is said, they are the reason.
    """
    first = min(errors, key=lambda text: "cudaError" in text, default="it gives no reason")
    return _SOURCE.sub("", " ".join(first.split()))
