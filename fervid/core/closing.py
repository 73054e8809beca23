"""Things that hold a file, a model or memory, and must be closed."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol

from typing_extensions import Self


class Closing(Protocol):
    """A context manager that closes itself at the end of its block."""

    @abstractmethod
    def close(self) -> None:
        """Release what is held. May be called more than once."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
