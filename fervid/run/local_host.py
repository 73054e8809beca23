"""Processes on this machine that analyse inputs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from fervid.core.machine import usual_jobs
from fervid.run.hosts import Connection, Host
from fervid.run.worker import LENGTH

if TYPE_CHECKING:
    from fervid.run.targets import Job

_PATIENCE_S: Final = 5.0
"""The time in seconds that a process which has nothing to complete gets to end."""

_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from fervid.run.worker import main; main()"


class LocalProcess(Connection):
    """A process on this machine.

    Args:
        folder: The current folder of the process; None for that of this one.
        environment: Environment variables that differ from those of this process; None for one to remove.
    """

    machine = ""

    def __init__(self, folder: str | None = None, environment: Mapping[str, str | None] | None = None) -> None:
        # Python looks for modules in the current folder, which may hold a stranger's, unless it is isolated.
        command = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _START, *sys.path]
        merged = {**os.environ, **(environment or {})}
        variables = {name: value for name, value in merged.items() if value is not None}
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=folder, env=variables)

    @override
    def send(self, content: bytes) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):  # it has ended, which `receive` reports
            self._process.stdin.write(content)
            self._process.stdin.flush()

    @override
    def receive(self) -> bytes:
        (length,) = LENGTH.unpack(self._read(LENGTH.size))
        return self._read(length)

    def _read(self, length: int) -> bytes:
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):  # it was closed before
            content = self._process.stdout.read(length)
            if len(content) == length:
                return content
            self._process.stdout.close()  # a process that is killed ends within a message
        raise EOFError

    @override
    def close(self) -> int:
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        return self._process.wait()


class LocalHost(Host):
    """This machine. A process that dies fails its input, because it would most likely die here again."""

    tries = 1

    @property
    @override
    def usual_jobs(self) -> int:
        return usual_jobs()

    @override
    def check(self, jobs: Sequence[Job]) -> None:
        """Do nothing: the files of this machine are those of its processes."""

    @override
    def start(self) -> LocalProcess:
        return LocalProcess()

    @override
    def close(self) -> None:
        """Do nothing: whoever starts a process ends it."""
