"""Processes of the real command line, which signals and limits disturb."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 60.0
"""The longest time in seconds that a process may take to end after its last signal, or beyond its usual duration."""

_STARTED = "FERVID_STARTED"
_SCRIPT = f"""
import os
from fervid.__main__ import main
os.write(int(os.environ.pop("{_STARTED}")), b".")
main()
"""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a process; None for those of the benchmark.

    Attributes:
        file_bytes: The largest size of a file.
        descriptors: The largest number of open files.
    """

    file_bytes: int | None = None
    descriptors: int | None = None

    def impose(self) -> None:
        """Impose the limits on this process, and let it take Ctrl-C, also if a shell runs it in the background."""
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for limit, kind in ((self.file_bytes, resource.RLIMIT_FSIZE), (self.descriptors, resource.RLIMIT_NOFILE)):
            if limit is not None:
                resource.setrlimit(kind, (limit, limit))


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that has ended.

    Attributes:
        code: The exit code; below zero if a signal ended it.
        messages: The text on standard error.
        seconds: The time from the first line of fervid to the end.
        after: The time from the last signal to the end; `seconds` if there was none.
        was_hanging: True if it did not end in time and was killed.
    """

    code: int
    messages: str
    seconds: float
    after: float
    was_hanging: bool


class Process:
    """A running command of fervid.

    Args:
        arguments: The arguments of the command line.
        folder: The folder to run in. The messages are collected beside it.
        environment: The environment.
        limits: The limits of the process.
    """

    def __init__(
        self, arguments: Sequence[str | Path], folder: Path, environment: Mapping[str, str], limits: Limits = Limits()
    ) -> None:
        reading, writing = os.pipe()
        self._messages = (folder.parent / f"messages-{time.monotonic_ns()}").open("w+b")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SCRIPT, *map(str, arguments)],
            cwd=folder,
            env={**environment, _STARTED: str(writing)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._messages,
            pass_fds=[writing],
            preexec_fn=limits.impose,  # noqa: PLW1509 - the benchmark has no threads
        )
        os.close(writing)
        ready = select.poll()  # unlike select.select, it takes descriptors above 1023
        ready.register(reading, select.POLLIN)
        ready.poll(1000 * PATIENCE_S)  # Python itself has started, and fervid begins
        os.close(reading)
        self._begin = self._signalled = time.monotonic()

    @property
    def is_running(self) -> bool:
        """True if the process has not ended."""
        return self._process.poll() is None

    def disturb(self, numbers: Sequence[int], pauses: Sequence[float]) -> None:
        """Send signals, each after a pause in seconds, until the process has ended."""
        for number, pause in zip(numbers, pauses, strict=True):
            try:
                self._process.wait(pause)
            except subprocess.TimeoutExpired:
                self._process.send_signal(number)
                self._signalled = time.monotonic()

    def end(self, usual: float) -> Ended:
        """Wait for the end of the process, for not longer than a usual duration and `PATIENCE_S`."""
        was_hanging = False
        try:
            self._process.wait(usual + PATIENCE_S)
        except subprocess.TimeoutExpired:
            was_hanging = True
            self._process.kill()
            self._process.wait()
        now = time.monotonic()
        with self._messages as file:
            file.seek(0)
            messages = file.read().decode(errors="replace")
        return Ended(self._process.returncode, messages, now - self._begin, now - self._signalled, was_hanging)
