"""A process that analyses inputs for another one: it takes jobs from standard input, and ends with that process."""

from __future__ import annotations

import _thread
import logging
import os
import pickle
import queue
import signal
import struct
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, BinaryIO, Final

from typing_extensions import override

from fervid.core.failures import to_fervid_error
from fervid.core.interrupts import NAMES

if TYPE_CHECKING:  # the models take long to import, and the end of the other process must be noticed before
    from fervid.core.readings import FrameReading
    from fervid.errors import FervidError
    from fervid.run.models import ModelNames, Models
    from fervid.run.outcome import Outcome
    from fervid.run.results import Results
    from fervid.run.targets import Job
    from fervid.settings import Settings
    from fervid.sources.base import SourceInfo

LENGTH: Final = struct.Struct("<Q")
"""The length in bytes that stands before each message."""

_REPORT_EVERY_S: Final = 0.1
"""The interval at which progress is reported, in seconds."""


@dataclass(frozen=True, slots=True)
class Setup:
    """The first message to a worker.

    Attributes:
        settings: The options of the analysis.
        results: The results to write.
        level: The level of the log records to send.
    """

    settings: Settings
    results: Results
    level: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The models are loaded."""

    models: ModelNames


@dataclass(frozen=True, slots=True)
class NotReady:
    """The models cannot be loaded."""

    error: FervidError


@dataclass(frozen=True, slots=True)
class Opened:
    """A source is open."""

    info: SourceInfo


@dataclass(frozen=True, slots=True)
class Progressed:
    """The newest reading of that source."""

    reading: FrameReading


@dataclass(frozen=True, slots=True)
class Logged:
    """A log record."""

    record: logging.LogRecord


@dataclass(frozen=True, slots=True)
class Ended:
    """A job has ended.

    Attributes:
        outcome: The outcome; None if the job was stopped before anything was written.
        trace: The traceback of its error.
    """

    outcome: Outcome | None
    trace: str = ""


Message = Ready | NotReady | Opened | Progressed | Logged | Ended


def main() -> None:
    """Analyse inputs until standard input says that there are no more.

    Signals to end are left to the other process, which stops this one in good order: a terminal sends them to both.
    """
    for name in NAMES:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):  # what native code prints must not get among the answers
        os.dup2(null, descriptor)
    os.close(null)
    with suppress(KeyboardInterrupt):
        _Worker(commands, answers).run()


class _Worker:
    """The main thread, which analyses, and a thread that listens to the other process.

    Args:
        commands: The pipe that jobs come from; None stands for a request to stop.
        answers: The pipe to send messages to.
    """

    def __init__(self, commands: BinaryIO, answers: BinaryIO) -> None:
        self._commands = commands
        self._answers = answers
        self._sending = threading.RLock()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_stopped = False
        self._setup: Setup = pickle.load(commands)
        signal.signal(signal.SIGINT, self._interrupt)
        logger = logging.getLogger("fervid")
        logger.handlers = [_Sender(lambda record: self._send(Logged(record)))]
        logger.setLevel(self._setup.level)
        logger.propagate = False

    def run(self) -> None:
        """Load the models, and analyse what is asked for.

        Raises:
            KeyboardInterrupt: The process was asked to stop.
        """
        threading.Thread(target=self._listen, name="fervid-listen", daemon=True).start()
        try:
            from fervid.run.models import Models

            models = Models(self._setup.settings)
        except Exception as error:
            self._send(NotReady(to_fervid_error(error)))
            return
        with models:
            self._send(Ready(models.names))
            while (job := self._jobs.get()) is not None:
                self._send(self._analyse(job, models))

    def _analyse(self, job: Job, models: Models) -> Ended:
        from fervid.run.outcome import Outcome, analyse

        try:
            outcome = analyse(job, models, self._setup.settings, self._setup.results, self._progress)
        except KeyboardInterrupt:
            return Ended(None)
        except Exception as error:
            failure = to_fervid_error(error, job.source)
            return Ended(Outcome(job.source, error=failure), "".join(traceback.format_exception(error)))
        return Ended(replace(outcome, interrupt=None))

    def _listen(self) -> None:
        while True:
            try:
                job = pickle.load(self._commands)
            except (EOFError, OSError, pickle.UnpicklingError):
                self._end_at_once()
                return
            self._jobs.put(job)
            if job is None:
                self._is_stopped = True
                _thread.interrupt_main()

    def _interrupt(self, *_: object) -> None:
        """Raise what ends an analysis in good order, if the other process asked for it and not a terminal."""
        if self._is_stopped:
            raise KeyboardInterrupt

    def _end_at_once(self) -> None:
        """End, because the other process has. What it had stopped is kept as far as it is written."""
        from fervid.core.cache import discard
        from fervid.formats.file_output import keep_unfinished

        with suppress(Exception):  # this process must end, whatever happens
            discard()
            if self._is_stopped:
                keep_unfinished()
        os._exit(1)

    def _send(self, message: Message) -> None:
        content = pickle.dumps(message)
        with self._sending:
            self._answers.write(LENGTH.pack(len(content)))
            self._answers.write(content)
            self._answers.flush()

    @contextmanager
    def _progress(self, info: SourceInfo) -> Iterator[Callable[[FrameReading], None]]:
        self._send(Opened(info))
        reported = -_REPORT_EVERY_S

        def watch(reading: FrameReading) -> None:
            nonlocal reported
            now = time.monotonic()
            if now - reported >= _REPORT_EVERY_S:
                reported = now
                self._send(Progressed(reading))

        yield watch


class _Sender(logging.Handler):
    """A handler that sends log records.

    Args:
        send: Sends one.
    """

    def __init__(self, send: Callable[[logging.LogRecord], None]) -> None:
        super().__init__()
        self._send = send

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Send a record whose text is complete, because what it was made from may belong to this process alone."""
        whole = {"name": record.name, "levelno": record.levelno, "levelname": record.levelname}
        self._send(logging.makeLogRecord({**whole, "msg": record.getMessage()}))
