"""A process that analyses inputs, as the process sees it that has started it."""

from __future__ import annotations

import logging
import pickle
import queue
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from typing import Any, Final

from fervid.run.models import ModelNames
from fervid.run.outcome import Progress, Watch
from fervid.run.targets import Job
from fervid.run.worker import Message, Opened, Setup

_PATIENCE_S: Final = 5.0
"""The time in seconds that a process which has nothing to complete gets to end."""

_START: Final = "import sys; sys.path[:] = sys.argv[1:]; from fervid.run.worker import main; main()"


class WorkerProcess:
    """A process, and what it is doing.

    Args:
        setup: What it is told first.
        messages: The queue for its messages; None stands for its end.

    Attributes:
        models: The names of its models; None until they are loaded.
        job: The job that it has; None without one.
        records: What the analysis of that job has logged so far.
        watch: Watches the source of that job.
    """

    def __init__(self, setup: Setup, messages: queue.SimpleQueue[tuple[WorkerProcess, Message | None]]) -> None:
        self.models: ModelNames | None = None
        self.job: Job | None = None
        self.records: list[logging.LogRecord] = []
        self.watch: Watch = ignore
        self._messages = messages
        self._number = 0
        self._is_stopped = False
        self._display = ExitStack()
        # Python looks for modules in the current folder, which may hold a stranger's, unless it is isolated.
        command = [sys.executable, "-I", "-X", f"utf8={sys.flags.utf8_mode}", "-c", _START, *sys.path]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._thread = threading.Thread(target=self._listen, name="fervid-worker", daemon=True)
        self._thread.start()
        self._send(setup)

    @property
    def is_idle(self) -> bool:
        """True if it can take a job."""
        return self.models is not None and self.job is None

    def give(self, number: int, job: Job) -> None:
        """Give it a job."""
        self._number, self.job = number, job
        self.watch = ignore
        self._send(job)

    def stop(self) -> None:
        """Ask it to complete what it has read so far, and to end."""
        if not self._is_stopped:
            self._is_stopped = True
            self._send(None)

    def opened(self, message: Opened, progress: Progress | None) -> None:
        """Watch the source that it has opened."""
        if progress is not None:
            self.watch = self._display.enter_context(progress(message.info))

    def leave(self) -> tuple[int, tuple[logging.LogRecord, ...]]:
        """Take its job away, and return the number of the job and what was logged."""
        self._display.close()
        records, self.job = tuple(self.records), None
        self.records.clear()
        return self._number, records

    def end(self) -> int:
        """Wait for its end, which comes soon, and return its exit code."""
        self._display.close()
        self.stop()
        try:
            self._process.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        self._thread.join(_PATIENCE_S)
        return self._process.wait()

    def _send(self, content: object) -> None:
        assert self._process.stdin is not None
        with suppress(OSError):  # it has ended, which the listening thread reports
            self._process.stdin.write(pickle.dumps(content))
            self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        # A process that is killed ends within a message, which may raise anything.
        with self._process.stdout as answers, suppress(Exception):
            while True:
                self._messages.put((self, pickle.load(answers)))
        self._messages.put((self, None))


def ignore(*_: Any) -> None:
    """Do nothing."""


def describe_end(code: int) -> str:
    """Describe how a process ended."""
    if code >= 0:
        return f"its process ended with exit code {code}"
    with suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"
