"""Several processes that analyse inputs at once."""

from __future__ import annotations

import logging
import queue
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from typing_extensions import override

from fervid.core.closing import Closing
from fervid.core.interrupts import HeldSignals, uninterrupted
from fervid.errors import FervidError
from fervid.run.models import ModelNames
from fervid.run.outcome import Outcome, Progress
from fervid.run.results import Results
from fervid.run.targets import Job
from fervid.run.worker import Ended, Logged, Message, Opened, Progressed, Ready, Setup
from fervid.run.worker_process import WorkerProcess, describe_end, ignore
from fervid.settings import Settings

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

    A process that dies, whatever killed it, fails the input that it was reading and is replaced. All of them end with
    this process, also where that is killed.

    Args:
        number: The number of processes.
        settings: The options of the analysis.
        results: The results to write.
        progress: Watches each source while it is read; gets the newest reading ten times a second.

    Attributes:
        models: The names of the models that they have loaded.
        interrupt: The exception of a signal that stopped `run` early, such as `KeyboardInterrupt`; None if none did.

    Raises:
        FervidError: The models cannot be loaded.
    """

    def __init__(self, number: int, settings: Settings, results: Results, progress: Progress | None = None) -> None:
        self._number = number
        self._setup = Setup(settings, results, logging.getLogger("fervid").getEffectiveLevel())
        self._progress = progress
        self._messages: queue.SimpleQueue[tuple[WorkerProcess, Message | None]] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._pending: deque[tuple[int, Job]] = deque()
        self._begin: Callable[[Job], object] = ignore
        self._end: Callable[[Job, Outcome], object] = ignore
        self._is_stopping = False
        self.interrupt: BaseException | None = None
        try:
            first = self._start()
            while first.models is None:  # another process may find here what this one has compiled or fetched
                self._step()
        except BaseException:
            self.close()
            raise
        self.models: ModelNames = first.models

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
        self._pending.extend(enumerate(jobs))
        self._begin, self._end = begin, end
        while self._pending or any(worker.job for worker in self._workers):
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
                idle = [worker for worker in self._workers if worker.job is None]
                for worker in idle:
                    worker.end()
                    self._workers.remove(worker)
                if self._workers:
                    self._step()

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
                number, job = self._pending.popleft()
                self._begin(job)
                worker.give(number, job)
        while len(self._workers) < self._number and len(self._workers) < len(self._pending) + self._busy:
            self._start()

    @property
    def _busy(self) -> int:
        return sum(worker.job is not None for worker in self._workers)

    def _start(self) -> WorkerProcess:
        worker = WorkerProcess(self._setup, self._messages)
        self._workers.append(worker)
        return worker

    def _step(self) -> tuple[Finished, ...]:
        """Wait for a message for a moment, and return the job that it ends, if any."""
        try:
            worker, message = self._messages.get(timeout=_WAKE_S)
        except queue.Empty:
            return ()
        if isinstance(message, Ready):
            worker.models = message.models
        elif isinstance(message, Opened):
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

    def _logged(self, worker: WorkerProcess, record: logging.LogRecord) -> None:
        if worker.job is not None:
            worker.records.append(record)
        elif worker is self._workers[0]:  # all others have the same to say about the models
            logging.getLogger(record.name).handle(record)

    def _ended(self, worker: WorkerProcess, message: Ended) -> tuple[Finished, ...]:
        outcome = message.outcome
        if outcome is not None and outcome.error is not None and message.trace:
            outcome.error.__cause__ = _RemoteError(message.trace)
        return self._finish(worker, outcome)

    def _lost(self, worker: WorkerProcess, error: FervidError | None) -> tuple[Finished, ...]:
        """Remove a process that has ended, and return the job that it was reading."""
        self._workers.remove(worker)
        code = worker.end()
        if worker.job is None:
            self._number -= 1  # where its models have no place, another one's will have none either
            if not self._workers and not self._is_stopping:
                problem = f"the models could not be loaded: {describe_end(code)}"
                raise error or FervidError(problem, "close other programs, or use a machine with more memory")
            return ()
        if self._is_stopping and code == 0:
            return self._finish(worker, None)
        source = worker.job.source
        problem = f"'{source}' could not be read: {describe_end(code)}"
        return self._finish(worker, Outcome(source, error=FervidError(problem, "try it alone, or fewer at once")))

    def _finish(self, worker: WorkerProcess, outcome: Outcome | None) -> tuple[Finished, ...]:
        job = worker.job
        number, records = worker.leave()
        if outcome is None or job is None:
            return ()
        self._end(job, outcome)
        return (Finished(number, outcome, records),)


class _RemoteError(Exception):
    """The traceback of another process, as the cause of its error."""

    @override
    def __str__(self) -> str:
        return f"\n{self.args[0]}"
