"""The check that a machine of a cluster sees the same files as this one, and has the same version of fervid.

`find_problem` travels to the other machine as code, because fervid may be missing there. So it imports what it needs
itself, and knows nothing else of fervid.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import fervid
from fervid.core.files import absolute
from fervid.run.targets import Job


@dataclass(frozen=True, slots=True)
class Expected:
    """The facts that must hold on each machine, as plain values.

    Attributes:
        version: The version of fervid.
        files: The path and the size of an input from each folder; -1 for the size of a folder of pictures.
        folders: The folders below which results are written, each with the name of a file that it holds; empty for any.
    """

    version: str
    files: tuple[tuple[str, int], ...]
    folders: tuple[tuple[str, str], ...]

    def without_marks(self) -> Expected:
        """Return the facts that hold after the files in the folders have been removed."""
        return replace(self, folders=tuple((folder, "") for folder, _ in self.folders))


@contextmanager
def expected(jobs: Sequence[Job]) -> Iterator[Expected]:
    """Yield the facts that must hold for these jobs. During the block, a small file marks each folder of results.

    A path may exist on each machine and still be another disk there, which such a file reveals.
    """
    sources = {absolute(job.source).parent: absolute(job.source) for job in jobs if _is_readable(job.source)}
    targets = {_existing(absolute(path).parent) for job in jobs for path in job.targets if path is not None}
    files = tuple((str(path), _size(path)) for _, path in sorted(sources.items()))
    mark = f".fervid-{secrets.token_hex(8)}"
    marked = []
    try:
        for folder in sorted(targets):
            with suppress(OSError):  # where nothing can be written here either, each input says so
                (folder / mark).touch(exist_ok=False)
                marked.append(folder)
        yield Expected(fervid.__version__, files, tuple((str(folder), mark) for folder in marked))
    finally:
        for folder in marked:
            with suppress(OSError):
                (folder / mark).unlink()


def find_problem(  # noqa: PLR0911 - the first problem is enough
    version: str, files: Sequence[tuple[str, int]], folders: Sequence[tuple[str, str]]
) -> str:
    """Return what this machine lacks, in words that follow its name; empty if nothing.

    Args:
        version: As in `Expected`, like the other ones.
        files: Likewise.
        folders: Likewise.
    """
    import os
    import tempfile

    try:
        from fervid import __version__
    except ImportError as error:
        return f"has no fervid {version} ({error})"
    if __version__ != version:
        return f"has fervid {__version__} instead of {version}"
    for path, size in files:
        try:
            if size < 0:
                os.listdir(path)  # noqa: PTH208 - this function knows only what it imports
                continue
            with open(path, "rb") as file:  # noqa: PTH123
                if os.fstat(file.fileno()).st_size != size:
                    return f"sees another file at '{path}'"
        except OSError as error:
            return f"cannot read '{path}' ({error.strerror})"
    for folder, mark in folders:
        try:
            with tempfile.TemporaryFile(dir=folder):
                if not os.path.exists(os.path.join(folder, mark)):  # noqa: PTH110, PTH118
                    return f"does not share the folder '{folder}'"
        except OSError as error:
            return f"cannot write to '{folder}' ({error.strerror})"
    return ""


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    return folder


def _is_readable(path: Path) -> bool:
    """Return True for what can be read here. Of what cannot, each input says so."""
    return os.access(path, os.R_OK) and (path.is_file() or path.is_dir())


def _size(path: Path) -> int:
    return -1 if path.is_dir() else path.stat().st_size
