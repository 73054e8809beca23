"""What holds a file, a model or memory, and lets go of it."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol

from typing_extensions import Self


class Closing(Protocol):
    """A context manager that closes itself at the end of its block."""

    @abstractmethod
    def close(self) -> None:
        """Let go. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
