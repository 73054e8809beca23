"""Expansion of the inputs on a command line (files, folders and patterns) to sources."""

from __future__ import annotations

import glob
import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from fervid.core.credentials import shown_address
from fervid.core.files import read_error
from fervid.errors import SourceError

VIDEO_SUFFIXES: Final = frozenset(
    [
        *(".264", ".265", ".266", ".360", ".3g2", ".3gp", ".3gp2", ".3gpp", ".3gpp2", ".apng", ".asf", ".avc", ".avi"),
        *(".dav", ".divx", ".dv", ".evo", ".f4p", ".f4v", ".flv", ".gif", ".h261", ".h263", ".h264", ".h265", ".h266"),
        *(".hevc", ".insv", ".ismv", ".ivf", ".kux", ".lrv", ".m1v", ".m2p", ".m2ts", ".m2v", ".m4v", ".mj2", ".mjpeg"),
        *(".mjpg", ".mk3d", ".mkv", ".mod", ".mov", ".mp4", ".mpe", ".mpeg", ".mpg", ".mpv", ".mqv", ".mts", ".mxf"),
        *(".nsv", ".nut", ".obu", ".ogm", ".ogv", ".psp", ".qt", ".rm", ".rmvb", ".tod", ".tp", ".trp", ".ts", ".ty"),
        *(".vc1", ".vob", ".vro", ".vvc", ".webm", ".wmv", ".wtv", ".xmv", ".y4m"),
    ]
)
"""The suffixes of the videos in a folder. A file that is named itself may have any suffix."""

PICTURE_SUFFIXES: Final = frozenset(
    [".bmp", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"]
)
"""The suffixes of pictures."""

ANIMATION_SUFFIXES: Final = frozenset([".apng", ".png", ".webp"])
"""The suffixes of pictures that may be animated."""

_ADDRESS: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/+(?=[^/])")

_NAMED: Final = 5
"""The number of files that are passed over in a folder and named."""

_log = logging.getLogger(__name__)

_STANDARD_INPUT: Final = Path("/dev/stdin")

PICTURE_RATE: Final = Fraction(25)
"""The default number of pictures a second in a folder of pictures, which have no times of their own."""

FolderExpansion = Callable[[Path], list[Path]]
"""Returns the sources that a folder stands for."""


@dataclass(frozen=True, slots=True)
class BadInput:
    """An input that names no source.

    Attributes:
        text: The input as the user typed it.
        error: The reason.
    """

    text: str
    error: SourceError


def expand(inputs: Sequence[str]) -> list[Path | BadInput]:
    """Return the sources that the inputs name, in their order and without duplicates; links are sources of their own.

    - A folder stands for the videos in it, without those in its subfolders; for itself, where it has only pictures.
    - A pattern (``*``, ``?``, ``[...]``, and ``**`` for any folders) that the shell did not expand stands for the
      files it matches: all of them where it ends in a suffix, such as ``*.mp4``, otherwise videos and pictures.
    - ``-`` stands for standard input.
    - ``~`` stands for the user's home folder.

    The sources of one folder or pattern are in natural order (clip2 before clip10).

    Args:
        inputs: Files, folders and patterns, as typed.

    Returns:
        The paths. A `BadInput` stands in the place of an input that cannot be expanded.
    """
    return _expand_all(inputs, _expand_folder, VIDEO_SUFFIXES | PICTURE_SUFFIXES)


def expand_pictures(inputs: Sequence[str]) -> list[Path | BadInput]:
    """Return the pictures that the inputs name, as `expand` does; a folder stands for each of the pictures in it."""
    return _expand_all(inputs, pictures_in, PICTURE_SUFFIXES)


def _expand_all(inputs: Sequence[str], in_folder: FolderExpansion, suffixes: frozenset[str]) -> list[Path | BadInput]:
    found: list[Path | BadInput] = []
    seen: set[str] = set()
    for text in inputs:
        try:
            paths = _expand(text, in_folder, suffixes)
        except SourceError as error:
            found.append(BadInput(text, error))
            continue
        for path in paths:
            place = os.path.normcase(os.path.abspath(path))  # noqa: PTH100 (Path.resolve follows links)
            if place not in seen:
                seen.add(place)
                found.append(path)
    return found


def files_of(source: Path) -> list[Path]:
    """Return the files that are read of a source: the pictures in a folder, otherwise the source itself."""
    try:
        return pictures_in(source) if source.is_dir() else [source]
    except SourceError:
        return []


def pictures_in(folder: Path) -> list[Path]:
    """Return the pictures in a folder, without those in its subfolders, in natural order.

    Raises:
        SourceError: The folder cannot be read, or has no pictures.
    """
    pictures = _with_suffix(_files_in(folder), PICTURE_SUFFIXES)
    if not pictures:
        raise SourceError(f"'{folder}' has no pictures", "give a folder of pictures")
    return pictures


def check_is_no_address(text: str) -> None:
    """Check that an input is not the address of a stream or of a file elsewhere, as it is typed or as a path has it.

    Raises:
        SourceError: It is an address.
    """
    if _ADDRESS.match(text) and not Path(text).exists():
        address = _ADDRESS.sub(r"\1://", text)
        remedy = "download it and give the file, or read it while it plays with fervid live"
        raise SourceError(f"'{shown_address(address)}' is an address, not a file", remedy)


def _expand(text: str, in_folder: FolderExpansion, suffixes: frozenset[str]) -> list[Path]:
    check_is_no_address(text)
    path = _STANDARD_INPUT if text == "-" else Path(os.path.expanduser(text))  # noqa: PTH111 (Path.expanduser fails at a file named ~clip.mp4)
    try:
        if path.is_dir():
            return in_folder(path)
        if path.exists() or not glob.has_magic(text):
            path.stat()
            return [path]
    except OSError as error:
        raise read_error(path, error) from error
    return _match(path, suffixes)


def _expand_folder(folder: Path) -> list[Path]:
    files = _files_in(folder)
    videos = _with_suffix(files, VIDEO_SUFFIXES)
    if videos:
        _report_passed_over(folder, [file for file in files if file not in set(videos)])
        return videos
    if _with_suffix(files, PICTURE_SUFFIXES):
        return [folder]
    raise SourceError(f"'{folder}' has no videos", "give a file, or a pattern such as 'folder/**/*.mp4'")


def _report_passed_over(folder: Path, files: Sequence[Path]) -> None:
    """Log the files of a folder that are not taken for videos."""
    if files:
        names = ", ".join(file.name for file in files[:_NAMED])
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        count = "1 file that is no video is" if len(files) == 1 else f"{len(files)} files that are no videos are"
        _log.info("'%s': %s passed over: %s%s", folder, count, names, more)


def _match(pattern: Path, suffixes: frozenset[str]) -> list[Path]:
    matches = map(Path, glob.glob(str(pattern), recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    files = natural_order(match for match in matches if match.is_file())
    if glob.has_magic(pattern.suffix) or not pattern.suffix:
        files = _with_suffix(files, suffixes)
    if not files:
        raise SourceError(f"no file matches '{pattern}'", "check the pattern and its folder")
    return files


def _files_in(folder: Path) -> list[Path]:
    """Return the files in a folder in natural order, without hidden ones, such as the ``._clip.mp4`` of macOS."""
    try:
        return natural_order(entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_file())
    except OSError as error:
        raise read_error(folder, error) from error


def _with_suffix(files: Iterable[Path], suffixes: frozenset[str]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in suffixes]


def natural_order(paths: Iterable[Path]) -> list[Path]:
    """Return the paths in natural order: digits compare as numbers, case does not count, the suffix counts last."""
    return sorted(paths, key=_sort_key)


def _sort_key(path: Path) -> tuple[list[object], str]:
    return [list(_runs(part)) for part in (*path.parent.parts, path.stem)], str(path)


def _runs(name: str) -> Iterator[tuple[bool, int, str]]:
    """Yield the runs of digits and of other characters in a name, as tuples that compare with those of any name."""
    for digits, other in re.findall(r"([0-9]+)|([^0-9]+)", name):
        yield not digits, int(digits or 0), other.casefold()
