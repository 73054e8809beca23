"""Single trials: a command, a fault that strikes it, and what is lost by that."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias

from fault_commands import Command, builds, contents, load_build, weights_digest
from fault_laboratory import IS_ROOT, PAGE, Desk, Laboratory, read_only, reference_size, small_disk, used_bytes
from fault_processes import PATIENCE_S, Ended, Limits

from fervid.errors import FervidError

_MOST_LINES: Final = 4
_SLOWER: Final = 5
"""The factor by which a run may be slower than an undisturbed one, because other processes take the machine."""

_PAUSES_S: Final = (0.005, 0.5)
_PLACES: Final = ("FERVID_ENGINES", "FERVID_CACHE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")
"""Environment variables that name folders outside the home folder."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One command, and the random numbers that determine the moment and the size of a fault."""

    laboratory: Laboratory
    command: Command
    random: random.Random

    def signals(self, *numbers: int) -> Iterator[str]:
        """Send signals, the first at a random moment of the run and the others shortly after."""
        reference = self.laboratory.reference(self.command)
        moment = self.random.uniform(0, reference.seconds)
        pauses = [moment, *(self.random.uniform(*_PAUSES_S) for _ in numbers[1:])]
        killed = signal.SIGKILL in numbers or len(numbers) > 2
        codes = {0, -numbers[0], {signal.SIGKILL: -9, signal.SIGINT: 130}.get(numbers[0], 143)}
        with self.laboratory.desk(first=self.command.first) as desk:
            desk.put_earlier(self.command, reference)
            process = desk.start(self.command)
            process.disturb(numbers, pauses)
            ended = process.end(reference.seconds)
            where = " and ".join(f"{pause:.3f}" for pause in pauses)
            for loss in (*self._check(desk, ended, codes, killed=killed), *self._again(desk)):
                yield f"after {where} s: {loss}"

    def full_disk(self) -> Iterator[str]:
        """Write to a disk that becomes full."""
        reference = self.laboratory.reference(self.command)
        need = sum(map(len, reference.files.values()))
        with self.laboratory.desk(first=self.command.first) as desk:
            if IS_ROOT:
                with small_disk(desk.out, reference_size(reference) + need) as resize:
                    desk.put_earlier(self.command, reference)
                    used = used_bytes(desk.out)
                    resize(used + max(1, round(self.random.uniform(0, 0.9) * need / PAGE)) * PAGE)
                    ended = desk.start(self.command).end(_SLOWER * reference.seconds)
                    yield from self._check(desk, ended, {0, 1}, killed=False)
                    resize(8 * need + (64 << 20))
                    yield from self._again(desk)
            else:
                desk.put_earlier(self.command, reference)
                largest = max(map(len, reference.files.values()))
                desk.limits = Limits(file_bytes=max(1, round(self.random.uniform(0, 0.9) * largest)))
                ended = desk.start(self.command).end(_SLOWER * reference.seconds)
                yield from self._check(desk, ended, {1}, killed=False)
                desk.limits = Limits()
                yield from self._again(desk)

    def read_only_folder(self) -> Iterator[str]:
        """Write to a folder that nobody may write to."""
        reference = self.laboratory.reference(self.command)
        with self.laboratory.desk() as desk, ExitStack() as stack:
            if IS_ROOT:
                stack.enter_context(small_disk(desk.out, reference_size(reference)))
            desk.put_earlier(self.command, reference)
            stack.enter_context(read_only(desk.out))
            ended = desk.start(self.command).end(_SLOWER * reference.seconds)
            yield from self._check(desk, ended, {1}, killed=False)

    def read_only_cache(self) -> Iterator[str]:
        """Run with a cache that nobody may write to, and that holds nothing."""
        yield from self._without_place(is_home=False)

    def read_only_home(self) -> Iterator[str]:
        """Run with a home folder that nobody may write to, and that holds nothing."""
        yield from self._without_place(is_home=True)

    def _without_place(self, *, is_home: bool) -> Iterator[str]:
        """Run with an empty cache that is read-only, and is the home folder too if that is asked for."""
        reference = self.laboratory.reference(self.command)
        with self.laboratory.desk(first=True) as desk, ExitStack() as stack:
            desk.put_earlier(self.command, reference)
            desk.cache.mkdir()
            if IS_ROOT:
                stack.enter_context(small_disk(desk.cache, PAGE))
            stack.enter_context(read_only(desk.cache))
            if is_home:
                kept = {name: value for name, value in desk.environment.items() if name not in _PLACES}
                desk.environment = {**kept, "HOME": str(desk.cache)}
            ended = desk.start(self.command).end(_SLOWER * reference.seconds)
            yield from self._check(desk, ended, {0}, killed=False)

    def two_at_once(self) -> Iterator[str]:
        """Run the command twice at once, for the same results and with the same cache."""
        reference = self.laboratory.reference(self.command)
        with self.laboratory.desk(first=True) as desk:
            desk.put_earlier(self.command, reference)
            both = [desk.start(self.command) for _ in range(2)]
            codes = {0, 1} if self.command.resume else {0}
            ended = [process.end(2 * _SLOWER * reference.seconds) for process in both]
            if all(one.code for one in ended):
                yield f"both fail: {ended[0].messages.strip()}"
            for one in ended:
                yield from self._process(one, codes)
            yield from self.command.losses(desk.out, desk.earlier, killed=False, complete=True)
            yield from self._again(desk)

    def few_descriptors(self) -> Iterator[str]:
        """Run with 64 file descriptors."""
        reference = self.laboratory.reference(self.command)
        with self.laboratory.desk(first=self.command.first) as desk:
            desk.put_earlier(self.command, reference)
            desk.limits = Limits(descriptors=64)
            ended = desk.start(self.command).end(_SLOWER * reference.seconds)
            yield from self._check(desk, ended, {0}, killed=False)

    def _check(self, desk: Desk, ended: Ended, codes: set[int], *, killed: bool) -> Iterator[str]:
        """Yield what is wrong with a process that has ended, and with its results."""
        yield from self._process(ended, codes)
        yield from self.command.losses(desk.out, desk.earlier, killed=killed, complete=ended.code == 0)

    def _process(self, ended: Ended, codes: set[int]) -> Iterator[str]:
        if ended.was_hanging:
            yield f"it did not end within {PATIENCE_S:.0f} s"
        elif ended.code not in codes:
            yield f"exit code {ended.code}: {ended.messages.strip()[-400:]}"
        if "Traceback" in ended.messages or "unexpected" in ended.messages:
            yield f"a traceback: {ended.messages.strip()[-600:]}"
        elif len(ended.messages.splitlines()) > _MOST_LINES:
            yield f"{len(ended.messages.splitlines())} lines of messages: {ended.messages.strip()[:400]}"

    def _again(self, desk: Desk) -> Iterator[str]:
        """Yield what is wrong with the next run, which starts again, or resumes if there is a checkpoint."""
        reference = self.laboratory.reference(self.command)
        resume = bool(self.command.resume) and any(desk.out.glob("*/checkpoint.safetensors"))
        ended = desk.start(self.command, resume=resume).end(_SLOWER * reference.seconds)
        for loss in (
            *self._process(ended, {0}),
            *self.command.losses(desk.out, desk.earlier, killed=False, complete=True),
            *self._kept(desk),
        ):
            yield f"the next run: {loss}"
        digest = weights_digest(contents(desk.out))
        if self.command.resume and digest != weights_digest(reference.files):
            yield "the next run: the weights are others than those of an undisturbed run"

    def _kept(self, desk: Desk) -> Iterator[str]:
        """Yield the kept builds that do not load."""
        for folder in builds(desk.cache):
            try:
                load_build(folder)
            except FervidError as error:
                yield f"the kept build {folder.name} does not load: {error}"


Fault: TypeAlias = Callable[[Trial], Iterator[str]]

_INT: Final = signal.SIGINT

SIGNALS: Final[Mapping[str, Fault]] = {
    "SIGKILL": lambda trial: trial.signals(signal.SIGKILL),
    "SIGTERM": lambda trial: trial.signals(signal.SIGTERM),
    "SIGHUP": lambda trial: trial.signals(signal.SIGHUP),
    "Ctrl-C": lambda trial: trial.signals(_INT),
    "Ctrl-C twice": lambda trial: trial.signals(_INT, _INT),
    "Ctrl-C thrice": lambda trial: trial.signals(_INT, _INT, _INT),
    "full disk": Trial.full_disk,
}
"""The faults that strike at random."""

PLACES: Final[Mapping[str, Fault]] = {
    "read-only folder": Trial.read_only_folder,
    "read-only cache": Trial.read_only_cache,
    "read-only home": Trial.read_only_home,
    "two at once": Trial.two_at_once,
    "64 files": Trial.few_descriptors,
}
"""The faults that are the same each time."""

DISK: Final = "a disk in memory" if IS_ROOT else "a limit of the size of files (as root: a disk in memory)"
