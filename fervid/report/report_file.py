"""A report as a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from fervid.core.plurals import counted
from fervid.errors import OutputError
from fervid.formats.base import matching_suffix
from fervid.formats.file_output import Atomic
from fervid.report.study_data import collect
from fervid.report.study_page import page
from fervid.report.timelines import find_timelines

SUFFIXES: Final = (".html", ".htm")

_MARK: Final = b'<meta name="generator" content="fervid report">'
_BEGINNING: Final = 1000
"""The number of bytes at the beginning of a report that hold its mark."""

_NAMED: Final = 3
"""The number of recordings that a message names."""


def write_report(
    results: Sequence[Path],
    target: Path,
    *,
    videos: Path | None = None,
    portraits: bool = True,
    overwrite: bool = False,
    watch: Callable[[str], object] = lambda _: None,
) -> str:
    """Write the report on timelines.

    Args:
        results: Folders that hold timelines, and timelines.
        target: The page to write.
        videos: A folder that holds the videos; None to look where the manifest says, and beside the timelines.
        portraits: True for pictures of the faces.
        overwrite: True to replace a file at the target.
        watch: A function to call with the name of each recording before it is read.

    Returns:
        A phrase that says whose videos were not found; empty if all were.

    Raises:
        UsageError: `videos` is no folder.
        SourceError: An input does not exist or is malformed, or there is no timeline.
        OutputError: The suffix is not that of a page, the file exists, or it cannot be written.
    """
    output = _opened(target, overwrite=overwrite)
    try:
        found = find_timelines(results, videos)
        data = collect(found, target, portraits=portraits, watch=watch)
        stream = output.open()
        with output.guard():
            for text in page(data):
                stream.write(text.encode())
    except BaseException:
        output.discard()
        raise
    output.commit()
    return _missing(data.missing_videos, len(found.timelines))


def check_target(target: Path, *, overwrite: bool) -> None:
    """Check that a report can be written, before hours of work.

    Raises:
        OutputError: As for `write_report`.
    """
    _opened(target, overwrite=overwrite).discard()


def is_report(path: Path) -> bool:
    """Return True if a file is a report that fervid wrote."""
    try:
        with path.open("rb") as file:
            return _MARK in file.read(_BEGINNING)
    except OSError:
        return False


def _opened(target: Path, *, overwrite: bool) -> Atomic:
    if not matching_suffix(target, SUFFIXES):
        raise OutputError(f"'{target}' does not have the suffix of a page", "use .html")
    return Atomic(target, overwrite=overwrite)


def _missing(names: Sequence[str], of: int) -> str:
    if not names:
        return ""
    listed = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
    return f"the videos of {len(names)} of {counted(of, 'recording')} were not found ({listed})"
