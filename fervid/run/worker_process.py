"""A process that analyses inputs, as the process sees it that has started it."""

from __future__ import annotations

import logging
import pickle
import queue
import signal
import threading
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from fervid.run.hosts import Connection
from fervid.run.models import ModelNames
from fervid.run.outcome import Progress, Watch
from fervid.run.targets import Job
from fervid.run.worker import Message, Opened, Setup

_PATIENCE_S: Final = 5.0
"""The time in seconds in which a process that has ended is noticed."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job that is to be done, perhaps again.

    Attributes:
        number: The position of the job among those that were given.
        job: The job.
        tries: The number of times that it has been begun.
        is_free: True if none of its results existed when it was first begun. Those that exist later are its own.
    """

    number: int
    job: Job
    tries: int = 0
    is_free: bool = False

    def begun(self) -> Task:
        """Return the task as it is after one more beginning."""
        if self.tries:
            return replace(
                self, tries=self.tries + 1, job=replace(self.job, overwrites=True) if self.is_free else self.job
            )
        is_free = not any(target is not None and target.exists() for target in self.job.targets)
        return replace(self, tries=1, is_free=is_free)


class WorkerProcess:
    """A process, and what it is doing.

    Args:
        connection: The connection to it.
        setup: What it is told first.
        messages: The queue for its messages; None stands for its end.

    Attributes:
        models: The names of its models; None until they are loaded.
        task: The task that it has; None without one.
        records: What the analysis has logged so far.
        watch: Watches the source that it reads.
    """

    def __init__(
        self,
        connection: Connection,
        setup: Setup,
        messages: queue.SimpleQueue[tuple[WorkerProcess, Message | None]],
    ) -> None:
        self.models: ModelNames | None = None
        self.task: Task | None = None
        self.records: list[logging.LogRecord] = []
        self.watch: Watch = ignore
        self._connection = connection
        self._messages = messages
        self._is_stopped = False
        self._display = ExitStack()
        self._thread = threading.Thread(target=self._listen, name="fervid-worker", daemon=True)
        self._thread.start()
        self._send(setup)

    @property
    def is_idle(self) -> bool:
        """True if it can take a task."""
        return self.models is not None and self.task is None

    @property
    def machine(self) -> str:
        """The machine on which it runs, for messages; empty for this one."""
        return self._connection.machine

    def give(self, task: Task) -> None:
        """Give it a task."""
        self.task = task
        self.watch = ignore
        self._send(task.job)

    def stop(self) -> None:
        """Ask it to complete what it has read so far, and to end."""
        if not self._is_stopped:
            self._is_stopped = True
            self._send(None)

    def opened(self, message: Opened, progress: Progress | None) -> None:
        """Watch the source that it has opened."""
        if progress is not None:
            self.watch = self._display.enter_context(progress(message.info))

    def leave(self) -> tuple[logging.LogRecord, ...]:
        """Take its task away, and return what was logged."""
        self._display.close()
        records, self.task = tuple(self.records), None
        self.records.clear()
        return records

    def end(self) -> int | None:
        """Wait for its end, which comes soon, and return its exit code; None if its machine was lost."""
        self._display.close()
        self.stop()
        code = self._connection.close()
        self._thread.join(_PATIENCE_S)
        return code

    def _send(self, content: object) -> None:
        self._connection.send(pickle.dumps(content))

    def _listen(self) -> None:
        with suppress(Exception):  # a process that is killed sends half a message, which may raise anything
            while True:
                self._messages.put((self, pickle.loads(self._connection.receive())))
        self._messages.put((self, None))


def ignore(*_: Any) -> None:
    """Do nothing."""


def describe_end(code: int | None) -> str:
    """Describe how a process ended."""
    if code is None:
        return "its machine was lost"
    if code >= 0:
        return f"its process ended with exit code {code}"
    with suppress(ValueError):
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process was ended by signal {-code}"
