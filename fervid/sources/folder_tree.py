"""The files in a folder and in its subfolders, with a count of what is passed over there."""

from __future__ import annotations

import glob
import logging
import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fervid.core.files import file_identity, read_error
from fervid.errors import SourceError

_NAMED: Final = 5
"""The number of names in a message about what is passed over."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class PassedOver:
    """The entries of a folder that are not read, by the reason.

    Args:
        folder: The folder.
    """

    folder: Path
    _found: dict[tuple[str, str, str], list[Path]] = field(default_factory=dict)

    def add(self, paths: Iterable[Path], one: str, many: str, remedy: str = "") -> None:
        """Add entries that are passed over.

        Args:
            paths: The entries.
            one: The reason for one of them: "file that is no video".
            many: The reason for several: "files that are no videos".
            remedy: What the user can do about it; empty for nothing.
        """
        if paths := list(paths):
            self._found.setdefault((one, many, remedy), []).extend(paths)

    def report(self) -> None:
        """Log a line for each reason, with the number of entries and the first of their names."""
        for (one, many, remedy), paths in self._found.items():
            names = ", ".join(str(path.relative_to(self.folder)) for path in natural_order(paths)[:_NAMED])
            more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
            count = f"1 {one} is" if len(paths) == 1 else f"{len(paths)} {many} are"
            _log.info("'%s': %s passed over: %s%s%s", self.folder, count, names, more, f"; {remedy}" if remedy else "")


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of one folder in natural order, without hidden files, such as the ``._clip.mp4`` of macOS.

    Attributes:
        folder: The folder.
        files: The files, and links to files.
        folders: The subfolders that are not hidden.
        links: The links to folders that are not hidden.
        hidden: The hidden subfolders, such as ``.git``.
        lost: The links that lead nowhere.
        error: The reason why the folder cannot be listed; None if it can.
    """

    folder: Path
    files: Sequence[Path] = ()
    folders: Sequence[Path] = ()
    links: Sequence[Path] = ()
    hidden: Sequence[Path] = ()
    lost: Sequence[Path] = ()
    error: SourceError | None = None

    @classmethod
    def of(cls, folder: Path) -> Listing:
        """List a folder.

        Raises:
            SourceError: The folder cannot be read.
        """
        kinds: dict[str | None, list[Path]] = defaultdict(list)
        try:
            for entry in natural_order(folder.iterdir()):
                kinds[_kind(entry)].append(entry)
        except OSError as error:
            raise read_error(folder, error) from error
        return cls(folder, kinds["file"], kinds["folder"], kinds["link"], kinds["hidden"], kinds["lost"])


def _kind(entry: Path) -> str | None:
    is_hidden = entry.name.startswith(".")
    try:
        is_link = entry.is_symlink()
        if entry.is_dir():
            return "hidden" if is_hidden else "link" if is_link else "folder"
        if is_hidden:
            return None
        if entry.is_file():
            return "file"
        return "lost" if is_link and not entry.exists() else None
    except OSError:  # it leads to where this user may not look
        return None if is_hidden else "lost"


def walk(top: Path, passed_over: PassedOver) -> Iterator[Listing]:
    """Yield the listing of a folder and of each folder below it; one with an error for those that cannot be read.

    Hidden folders are passed over. Each folder is listed once: a link to a folder that is listed elsewhere is passed
    over, so that loops of links end.

    Args:
        top: The folder.
        passed_over: Gets what is passed over.

    Raises:
        SourceError: `top` cannot be read.
    """
    listing = Listing.of(top)
    waiting, links = deque[Path](), deque[Path]()
    seen = {file_identity(top)}
    while True:
        waiting.extend(listing.folders)
        links.extend(listing.links)
        passed_over.add(listing.hidden, "hidden folder", "hidden folders")
        yield listing
        # Links come last, so that a folder that is reached without one too has its own name.
        while (folder := _next(waiting, links)) is not None and file_identity(folder) in seen:
            passed_over.add([folder], "link to a folder that is read already", "links to folders that are read already")
        if folder is None:
            return
        seen.add(file_identity(folder))
        try:
            listing = Listing.of(folder)
        except SourceError as error:
            listing = Listing(folder, error=error)


def _next(*queues: deque[Path]) -> Path | None:
    """Take the next item of the first queue that has one; None if none has."""
    return next((queue.popleft() for queue in queues if queue), None)


def match(pattern: Path) -> list[Path]:
    """Return the paths that a pattern matches, with ``**`` for any folders that are not hidden, in natural order."""
    return natural_order(dict.fromkeys(_match(pattern)))


def _match(pattern: Path) -> Iterator[Path]:
    if "**" not in pattern.parts:
        yield from map(Path, glob.glob(str(pattern)))  # noqa: PTH207 (Path.glob takes no absolute pattern)
        return
    # glob itself would follow loops of links until the system stops it, and find each file many times.
    place = pattern.parts.index("**")
    before, after = Path(*pattern.parts[:place]), Path(*pattern.parts[place + 1 :])
    for base in natural_order(_match(before)) if glob.has_magic(str(before)) else [before]:
        if not base.is_dir():
            continue
        for listing in walk(base, PassedOver(base)):
            if after == Path():
                yield from listing.files
            elif listing.error is None:
                yield from _match(Path(glob.escape(str(listing.folder))) / after)


def natural_order(paths: Iterable[Path]) -> list[Path]:
    """Return the paths in natural order: digits compare as numbers, case does not count, the suffix counts last."""
    return sorted(paths, key=_sort_key)


def _sort_key(path: Path) -> tuple[list[object], str]:
    return [list(_runs(part)) for part in (*path.parent.parts, path.stem)], str(path)


def _runs(name: str) -> Iterator[tuple[bool, int, str]]:
    """Yield the runs of digits and of other characters in a name, as tuples that compare with those of any name."""
    for digits, other in re.findall(r"([0-9]+)|([^0-9]+)", name):
        yield not digits, int(digits or 0), other.casefold()
