"""Several processes that analyse inputs at once."""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final

from typing_extensions import override

from fervid.core.closing import Closing
from fervid.core.interrupts import HeldSignals, uninterrupted
from fervid.errors import FervidError
from fervid.run.hosts import Host
from fervid.run.models import ModelNames
from fervid.run.outcome import Outcome, Progress
from fervid.run.results import Results
from fervid.run.targets import Job
from fervid.run.worker import Ended, Logged, Message, Opened, Progressed, Ready, Setup
from fervid.run.worker_process import Task, WorkerProcess, describe_end, ignore
from fervid.settings import Settings

_log = logging.getLogger(__name__)

_WAKE_S: Final = 0.1
"""The time in seconds after which a wait looks for signals."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that has come to its end.

    Attributes:
        number: The position of the job among those that were given.
        outcome: Its outcome.
        records: What the analysis logged.
    """

    number: int
    outcome: Outcome
    records: tuple[logging.LogRecord, ...] = ()

    def logged(self) -> Outcome:
        """Return the outcome, after the records have been logged here."""
        for record in self.records:
            logging.getLogger(record.name).handle(record)
        return self.outcome


class Workers(Closing):
    """Processes that analyse inputs at once, each with models of its own.

    A process that dies, whatever killed it, is replaced. The input that it was reading is begun again, as often as the
    host tries, and then fails alone. All processes end with this one, also where that is killed.

    Args:
        number: The number of processes.
        settings: The options of the analysis.
        results: The results to write.
        host: The place where the processes run.
        progress: Watches each source while it is read; gets the newest reading ten times a second.

    Attributes:
        models: The names of the models that they have loaded.
        interrupt: The exception of a signal that stopped `run` early, such as `KeyboardInterrupt`; None if none did.

    Raises:
        FervidError: The models cannot be loaded.
    """

    def __init__(
        self, number: int, settings: Settings, results: Results, host: Host, progress: Progress | None = None
    ) -> None:
        self._number = number
        self._setup = Setup(settings, results, logging.getLogger("fervid").getEffectiveLevel())
        self._host = host
        self._progress = progress
        self._messages: queue.SimpleQueue[tuple[WorkerProcess, Message | None]] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._lost_idle = 0
        self._pending: deque[Task] = deque()
        self._begin: Callable[[Job], object] = ignore
        self._end: Callable[[Job, Outcome], object] = ignore
        self._is_stopping = False
        self._models: ModelNames | None = None
        self.interrupt: BaseException | None = None
        try:
            self.models: ModelNames = self._await_models()
        except BaseException:
            self.close()
            raise

    def run(
        self, jobs: Sequence[Job], begin: Callable[[Job], object], end: Callable[[Job, Outcome], object]
    ) -> Iterator[Finished]:
        """Analyse jobs, and yield each one as it ends.

        After a signal, what is being read is completed up to there and yielded, and `interrupt` tells the reason.

        Args:
            jobs: The jobs.
            begin: Called with each job before it is begun.
            end: Called with each job and its outcome, also if nobody waits for it any more.

        Raises:
            FervidError: No process can load the models any more.
        """
        self._pending.extend(Task(number, job) for number, job in enumerate(jobs))
        self._begin, self._end = begin, end
        while self._pending or any(worker.task for worker in self._workers):
            with HeldSignals(self._stop_soon) as held:
                self._feed()
                finished = self._step()
            self.interrupt = self.interrupt or held.interrupt
            yield from finished

    def close(self) -> None:
        """Stop the processes, and wait until they have completed what they write. May be called more than once."""
        self._stop_soon()
        with uninterrupted():
            self._feed()
            while self._workers:
                idle = [worker for worker in self._workers if worker.task is None]
                for worker in idle:
                    worker.end()
                    self._workers.remove(worker)
                if self._workers:
                    self._step()

    def _await_models(self) -> ModelNames:
        """Start a process, and return its models. Another one may find what the first one has compiled or fetched."""
        while self._models is None:
            if not self._workers:
                self._start()
            self._step()
        return self._models

    def _stop_soon(self) -> None:
        self._is_stopping = True

    def _feed(self) -> None:
        """Give the processes their next jobs, or ask them to stop."""
        if self._is_stopping:
            self._pending.clear()
            for worker in self._workers:
                worker.stop()
            return
        for worker in self._workers:
            if worker.is_idle and self._pending:
                task = self._pending.popleft()
                if not task.tries:
                    self._begin(task.job)
                worker.give(task.begun())
        while len(self._workers) < self._number and len(self._workers) < len(self._pending) + self._busy:
            self._start()

    @property
    def _busy(self) -> int:
        return sum(worker.task is not None for worker in self._workers)

    def _start(self) -> None:
        self._workers.append(WorkerProcess(self._host.start(), self._setup, self._messages))

    def _step(self) -> tuple[Finished, ...]:
        """Wait for a message for a moment, and return the job that it ends, if any."""
        try:
            worker, message = self._messages.get(timeout=_WAKE_S)
        except queue.Empty:
            return ()
        if isinstance(message, Ready):
            return self._ready(worker, message.models)
        if isinstance(message, Opened):
            worker.opened(message, self._progress)
        elif isinstance(message, Progressed):
            worker.watch(message.reading)
        elif isinstance(message, Logged):
            self._logged(worker, message.record)
        elif isinstance(message, Ended):
            return self._ended(worker, message)
        elif worker in self._workers:
            return self._lost(worker, message.error if message is not None else None)
        return ()

    def _ready(self, worker: WorkerProcess, models: ModelNames) -> tuple[Finished, ...]:
        """Let a process take tasks, if its results will be those of the others."""
        if self._models is not None and self._models != models:
            found = ", ".join(f"{name} {value}" for name, value in _differing(models, self._models))
            problem = f"{worker.machine or 'a process'} is left out: it would analyse with {found}"
            return self._lost(worker, FervidError(problem, "install the same packages on all machines"))
        self._models = worker.models = models
        self._lost_idle = 0
        return ()

    def _logged(self, worker: WorkerProcess, record: logging.LogRecord) -> None:
        if worker.task is not None:
            worker.records.append(record)
        elif worker is self._workers[0]:  # all others have the same to say about the models
            logging.getLogger(record.name).handle(record)

    def _ended(self, worker: WorkerProcess, message: Ended) -> tuple[Finished, ...]:
        outcome = message.outcome
        if outcome is not None and outcome.error is not None and message.trace:
            outcome.error.__cause__ = _RemoteError(message.trace)
        return self._finish(worker, outcome)

    def _lost(self, worker: WorkerProcess, error: FervidError | None) -> tuple[Finished, ...]:
        """Remove a process that has ended. Begin again what it was reading, or return that job as failed."""
        self._workers.remove(worker)
        code = worker.end()
        task = worker.task
        if task is None:
            self._lost_without_task(error, code)
            return ()
        if self._is_stopping and code == 0:
            return self._finish(worker, None)
        source = task.job.source
        if task.tries < self._host.tries and not self._is_stopping:
            _log.info("'%s' is begun again: %s", source, describe_end(code))
            worker.leave()
            self._pending.appendleft(task)
            return ()
        problem = f"'{source}' could not be read: {describe_end(code)}"
        if task.tries > 1:
            problem += f", and those of {task.tries - 1} earlier tries ended likewise"
        return self._finish(worker, Outcome(source, error=FervidError(problem, "try it alone, or fewer at once")))

    def _lost_without_task(self, error: FervidError | None, code: int | None) -> None:
        """Decide whether a process that ended without a task is replaced.

        Raises:
            FervidError: It is not, and there is no other process.
        """
        self._lost_idle += 1
        if error is None and self._lost_idle < self._host.tries:
            return
        self._number -= 1  # where its models have no place, those of another one will have none either
        if self._is_stopping:
            return
        if not self._workers:
            problem = f"the models could not be loaded: {describe_end(code)}"
            raise error or FervidError(problem, "close other programs, or use a machine with more memory")
        if error is not None:
            _log.warning("%s", error)

    def _finish(self, worker: WorkerProcess, outcome: Outcome | None) -> tuple[Finished, ...]:
        task = worker.task
        records = worker.leave()
        if outcome is None or task is None:
            return ()
        self._end(task.job, outcome)
        return (Finished(task.number, outcome, records),)


def _differing(models: ModelNames, others: ModelNames) -> Iterator[tuple[str, str | None]]:
    """Yield the names in which models differ from others."""
    for field in fields(models):
        value = getattr(models, field.name)
        if value != getattr(others, field.name):
            yield field.name, value


class _RemoteError(Exception):
    """The traceback of another process, as the cause of its error."""

    @override
    def __str__(self) -> str:
        return f"\n{self.args[0]}"
