"""The interface of a machine, or of a cluster of machines, on which processes analyse inputs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from fervid.core.closing import Closing

if TYPE_CHECKING:
    from fervid.run.targets import Job


class Connection(Protocol):
    """A connection to a process that runs `fervid.run.worker`.

    Attributes:
        machine: The machine of the process, for messages; empty for this one.
    """

    machine: str

    @abstractmethod
    def send(self, content: bytes) -> None:
        """Send a pickled object. A process that has ended does not get it."""

    @abstractmethod
    def receive(self) -> bytes:
        """Wait for the next pickled message.

        Raises:
            EOFError: The process has ended, or its machine has.
        """

    @abstractmethod
    def close(self) -> int | None:
        """Wait for the end of the process, which comes soon, and return its exit code; None if its machine was lost."""


class Host(Closing, Protocol):
    """A place where processes analyse inputs.

    Attributes:
        tries: The number of times that an input is begun if the process that analyses it dies each time.
    """

    tries: int

    @property
    @abstractmethod
    def usual_jobs(self) -> int:
        """The number of inputs to analyse at once, unless the user asks for another one."""

    @abstractmethod
    def check(self, jobs: Sequence[Job]) -> None:
        """Check that the host can read these inputs and write their results. Call it before `start`.

        Raises:
            FervidError: The host cannot be reached, or does not see the same files.
        """

    @abstractmethod
    def start(self) -> Connection:
        """Start a process, which need not run when this returns."""
