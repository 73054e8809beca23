"""Read a great many damaged inputs with the real code: python benchmarks/fuzz.py [--inputs N] [--seed N].

Videos, pictures, engines, recipes, configuration files, data sets, timelines in every format and the records beside
them, command lines and requests to the page are mutated and read.
Each must be read or refused in one line. Anything else is a finding: another exception, a crash of the process, more
than 20 seconds, or more than a gigabyte of additional memory.

It prints the inputs, refusals and findings of each kind, with the number that repeats each finding
(``--only KIND --first NUMBER --inputs 1``), and ends with exit code 1 if there are any.
"""

from __future__ import annotations

import argparse
import collections
import logging
import os
import queue
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, NamedTuple

from rich.console import Console
from rich.table import Table
from typing_extensions import Self

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fuzz_surfaces import SURFACES

from fervid.core.failures import to_fervid_error
from fervid.errors import FervidError

_PATIENCE_S: Final = 20.0
"""The seconds that one input may take."""

_START_S: Final = 180.0
"""The seconds that a worker has to load models and make its inputs."""

_MEMORY: Final = 1_000_000_000
"""The bytes by which one input may raise the largest memory of its process."""

_LINE: Final = 2000
"""The characters that a message may have."""

_READY, _BEGIN, _REFUSED, _FINDING, _DONE, _END = "ready", "begin", "refused", "finding", "done", "end"


@dataclass
class Score:
    """The inputs of one kind that were read so far, and the findings among them by the number of the input."""

    inputs: int = 0
    refused: int = 0
    findings: dict[int, str] = field(default_factory=dict)


def work(kind: str, seed: int, numbers: Sequence[int], out: IO[str]) -> None:
    """Read the inputs of one kind with the given numbers, and say on `out` what happens to each."""
    log = collections.deque[str](maxlen=100)
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: log.append(record.getMessage())  # type: ignore[method-assign]
    logging.basicConfig(level=logging.ERROR, handlers=[handler], force=True)
    threading.excepthook = lambda given: log.append(f"in a thread: {given.exc_value!r}")
    with tempfile.TemporaryDirectory(prefix="fervid-fuzz-") as folder:
        surface = SURFACES[kind](Path(folder))
        print(_READY, 0, file=out, flush=True)
        try:
            for number in numbers:
                log.clear()
                before = _peak()
                print(_BEGIN, number, file=out, flush=True)
                outcome, text = outcome_of(
                    lambda number=number: surface.try_input(random.Random(f"{seed} {kind} {number}"))
                )
                if log:
                    outcome, text = _FINDING, log[-1]
                if (grown := _peak() - before) > _MEMORY:
                    outcome, text = _FINDING, f"{grown / 1e9:.1f} GB of memory"
                print(outcome, number, " ".join(text.split()), file=out, flush=True)
        finally:
            surface.close()


def outcome_of(read: Callable[[], object]) -> tuple[str, str]:
    """Return what reading an input led to, and the reason."""
    try:
        read()
    except Exception as error:
        refusal = to_fervid_error(error)
        if (cause := defect(refusal)) is not None:
            return _FINDING, _described(cause)
        length = len(str(refusal))
        return (_REFUSED, "") if length <= _LINE else (_FINDING, f"a message of {length} characters")
    return _DONE, ""


def defect(error: FervidError) -> BaseException | None:
    """Return the exception that an error reports as unexpected; None if fervid raised it on purpose."""
    cause = error.__cause__
    return cause if cause is not None and f"unexpected {type(cause).__name__}: " in str(error) else None


def _described(error: BaseException) -> str:
    *_, place = traceback.extract_tb(error.__traceback__) or ["unknown place"]
    where = place if isinstance(place, str) else f"{place.filename}, line {place.lineno}"
    return f"{type(error).__name__}: {str(error)[:200]} ({where})"


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def fuzz(
    kind: str, seed: int, numbers: Sequence[int], *, patience: float = _PATIENCE_S, program: str = __file__
) -> Iterator[Score]:
    """Read inputs of one kind in worker processes, and yield the score after each; it is always the same object.

    Args:
        kind: One of `SURFACES`.
        seed: Determines the inputs, together with their numbers.
        numbers: The numbers of the inputs, without a gap.
        patience: The seconds that one input may take.
        program: The script that the workers run.

    Raises:
        RuntimeError: A worker did not start.
    """
    score = Score()
    remaining = list(numbers)
    yield score
    while remaining:
        command = [sys.executable, program, "--work", kind, "--seed", str(seed)]
        command += ["--first", str(remaining[0]), "--inputs", str(len(remaining))]
        with _Worker(command) as worker:
            if worker.event(_START_S).name != _READY:
                raise RuntimeError(f"the worker for {kind} did not start: {worker.messages()}")
            begun = remaining[0]
            while (event := worker.event(patience)).name in (_BEGIN, _DONE, _REFUSED, _FINDING):
                if event.name == _BEGIN:
                    begun = event.number
                    continue
                if event.name == _FINDING:
                    score.findings[begun] = event.text
                score.inputs += 1
                score.refused += event.name == _REFUSED
                remaining.pop(0)
                yield score
            code = worker.exit_code() if event.name == _END else None
        if remaining:
            score.findings[begun] = f"more than {patience:g} s" if code is None else f"the process ended with {code}"
            score.inputs += 1
            remaining.pop(0)
            yield score


class _Event(NamedTuple):
    """A message of a worker: the name of the event, the number of the input, and a text."""

    name: str
    number: int
    text: str


class _Worker:
    """A process that reads inputs, with a folder of its own for them, which ends when the context is left.

    Args:
        command: The command line.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._stack = ExitStack()
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="fervid-fuzz-", ignore_cleanup_errors=True)
        )
        self._messages = self._stack.enter_context(tempfile.TemporaryFile("w+", errors="replace"))
        self._process = self._stack.enter_context(
            subprocess.Popen(
                self._command,
                stdout=subprocess.PIPE,
                stderr=self._messages,
                text=True,
                errors="replace",
                env={**os.environ, "TMPDIR": folder},
            )
        )
        forward = threading.Thread(target=self._forward)
        forward.start()
        self._stack.callback(forward.join)
        self._stack.callback(self._process.kill)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def event(self, patience: float) -> _Event:
        """Return the next event; one without a name if there is none within so many seconds."""
        try:
            name, number, text = f"{self._lines.get(timeout=patience).strip()}  ".split(" ", 2)
        except queue.Empty:
            return _Event("", 0, "")
        return _Event(name, int(number or 0), text.strip())

    def exit_code(self) -> int:
        """Return the exit code, once the process has said its last word."""
        return self._process.wait(_PATIENCE_S)

    def messages(self) -> str:
        """Return the end of what the process wrote to standard error."""
        self._messages.seek(0)
        return self._messages.read()[-2000:]

    def _forward(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(_END)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the inputs that the command line asks for, and print a table.

    Returns:
        The exit code: 1 if there was a finding.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=100_000, help="number of inputs (default: 100000)")
    parser.add_argument("--seed", type=int, default=1, help="determines all inputs (default: 1)")
    parser.add_argument("--only", choices=list(SURFACES), help="one kind of inputs")
    parser.add_argument("--first", type=int, default=0, help="number of the first input of each kind (default: 0)")
    parser.add_argument("--work", choices=list(SURFACES), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        # Decoders write to standard output as they like, so the events have a descriptor of their own.
        with os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace") as out:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            work(options.work, options.seed, range(options.first, options.first + options.inputs), out)
        return 0
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    table = Table("kind", "inputs", "refused", "findings", "seconds", box=None, title=f"seed {options.seed}")
    found: list[str] = []
    for kind in [options.only] if options.only else SURFACES:
        count = options.inputs if options.only else round(options.inputs * SURFACES[kind].share)
        begin = time.monotonic()
        score = Score()
        with console.status(kind) as status:
            for score in fuzz(kind, options.seed, range(options.first, options.first + count)):
                status.update(f"{kind}: {score.inputs:,} of {count:,}, {len(score.findings)} findings")
        seconds = time.monotonic() - begin
        table.add_row(kind, f"{score.inputs:,}", f"{score.refused:,}", str(len(score.findings)), f"{seconds:.0f}")
        found += [f"{kind} {number}: {text}" for number, text in score.findings.items()]
    console.print(table)
    for line in found:
        console.print(line, soft_wrap=True)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
