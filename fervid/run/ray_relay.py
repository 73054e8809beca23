"""An actor of Ray that runs a process on its machine, and passes messages to and from it.

The analysis does not run in the process of the actor: `fervid.run.worker` completes its results when it is asked to,
keeps what native code prints to itself, and ends with the actor, whatever ends that.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import astuple

from fervid.run.local_host import LocalProcess
from fervid.run.node_check import Expected, find_problem


class Relay:
    """A process on the machine of this actor.

    Args:
        folder: The current folder for the process.
        environment: Environment variables of the process, as for `LocalProcess`.
        expected: The facts that must hold here, where no process is started otherwise.
    """

    def __init__(self, folder: str, environment: Mapping[str, str | None], expected: Expected) -> None:
        self._problem = find_problem(*astuple(expected))
        self._process: LocalProcess | None = None
        if not self._problem:
            # Without that folder here, all paths are absolute, or `find_problem` would have found a problem.
            self._process = LocalProcess(folder if os.path.isdir(folder) else None, environment)  # noqa: PTH112

    def describe(self) -> tuple[str, str]:
        """Return the name of the machine, and what it lacks; empty if nothing."""
        return platform.node(), self._problem

    def send(self, content: bytes) -> None:
        """Pass a message to the process."""
        if self._process is not None:
            self._process.send(content)

    def receive(self) -> bytes | None:
        """Wait for the next message of the process, and return it; None after its end."""
        try:
            return None if self._process is None else self._process.receive()
        except EOFError:
            return None

    def close(self) -> int:
        """Wait for the end of the process, which comes soon, and return its exit code."""
        return 0 if self._process is None else self._process.close()
