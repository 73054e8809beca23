"""The place of all trials: folders for commands to run in, small disks, and undisturbed runs to compare with."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fault_commands import Command, Supplies, builds, contents
from fault_processes import PATIENCE_S, Limits, Process

PAGE: Final = 4096
"""The number of bytes in which a disk in memory gives space."""

IS_ROOT: Final = hasattr(os, "geteuid") and os.geteuid() == 0
"""True if disks can be mounted."""


@dataclass(frozen=True, slots=True)
class Reference:
    """An undisturbed run.

    Attributes:
        files: Its results.
        seconds: Its duration.
    """

    files: Mapping[str, bytes]
    seconds: float


class Desk:
    """A folder in which a command runs, with the folder of its results and a cache.

    Args:
        folder: The folder, which does not exist yet.
        supplies: All that the command reads.
        cache: The cache with kept builds; None for an empty one.
    """

    def __init__(self, folder: Path, supplies: Supplies, cache: Path | None) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.out.mkdir(parents=True)
        self.cache = cache or folder / "cache"
        self.environment = supplies.environment(self.cache)
        self.earlier: Mapping[str, bytes] = {}
        self.limits = Limits()

    def put_earlier(self, command: Command, reference: Reference) -> None:
        """Put earlier results into the folder of results."""
        command.put_earlier(self.out, reference.files)
        self.earlier = contents(self.out)

    def start(self, command: Command, *, resume: bool = False) -> Process:
        """Start the command."""
        arguments = command.resume if resume else command.arguments
        return Process(arguments, self.folder, self.environment, self.limits)


class Laboratory:
    """The place of all trials.

    Args:
        folder: The folder to work in.
        supplies: All that the commands read.
    """

    def __init__(self, folder: Path, supplies: Supplies) -> None:
        self._folder = folder
        self._supplies = supplies
        self._cache = folder / "cache"
        self._numbers = itertools.count()
        self._references: dict[str, Reference] = {}

    @contextmanager
    def desk(self, *, first: bool = False) -> Iterator[Desk]:
        """Yield an empty desk.

        Args:
            first: Give it an empty cache.
        """
        folder = self._folder / f"trial-{next(self._numbers)}"
        yield Desk(folder, self._supplies, None if first else self._cache)
        shutil.rmtree(folder)

    def reference(self, command: Command) -> Reference:
        """Return an undisturbed run of a command, which is made when it is first asked for.

        Raises:
            RuntimeError: The command fails without any fault.
        """
        while command.name not in self._references:
            kept = builds(self._cache)
            with self.desk(first=command.first) as desk:
                ended = desk.start(command).end(10 * PATIENCE_S)
                if ended.code:
                    raise RuntimeError(f"{command.name} fails without a fault: {ended.messages}")
                if builds(self._cache) != kept:  # the run built an engine first, as later ones do not
                    continue
                self._references[command.name] = Reference(contents(desk.out), ended.seconds)
                if command.resume:
                    shutil.copytree(desk.out / "run" / "engine", self._supplies.engine)
        return self._references[command.name]


def reference_size(reference: Reference) -> int:
    """Return the number of bytes that the files of a run take on a disk, with their folders."""
    return sum(-(-len(content) // PAGE) * PAGE for content in reference.files.values()) + 64 * PAGE


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Callable[[int], None]]:
    """Mount a small disk in memory on a folder, as root, and yield a function that changes its size."""

    def resize(size: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "fervid-faults", str(folder)], check=True)
    try:
        yield resize
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder and its disk read-only during the block."""
    if IS_ROOT:
        subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
        yield
        return
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    for each in folders:
        each.chmod(0o555)
    try:
        yield
    finally:
        for each in folders:
            each.chmod(0o755)


def used_bytes(folder: Path) -> int:
    """Return the number of bytes that are taken on the disk of a folder."""
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize
