"""From what a user writes (files, folders, patterns) to the sources that are meant."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Final

from fervid.core.files import read_error
from fervid.errors import SourceError

VIDEO_SUFFIXES: Final = frozenset(
    [
        *(".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".m2ts", ".m2v", ".m4v", ".mjpeg"),
        *(".mjpg", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogm", ".ogv", ".qt", ".ts", ".vob"),
        *(".webm", ".wmv", ".y4m"),
    ]
)
"""What in a folder is taken for a video. A file that is named itself is taken whatever its suffix."""

PICTURE_SUFFIXES: Final = frozenset(
    [".bmp", ".jpe", ".jpeg", ".jpg", ".pbm", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp"]
)
"""What is taken for a picture."""

PICTURE_RATE: Final = Fraction(25)
"""How many pictures of a folder make a second, unless the user says otherwise: pictures have no clock."""

InFolder = Callable[[Path], list[Path]]
"""What a folder stands for."""


def expand(inputs: Sequence[str]) -> list[Path | SourceError]:
    """The sources that `inputs` name, in their order, none twice; in the place of a bad input, its error.

    A folder stands for the videos in it, not those further down, or for itself where it holds pictures alone. A
    pattern (``*``, ``?``, ``[...]``, and ``**`` for folders in folders) that the shell has left alone stands for the
    files that it matches: all of them where it ends in a suffix (``*.mp4``), else the videos and pictures. ``~`` is
    the user's home. What a folder or pattern gives is in natural order (clip2 before clip10).
    """
    suffixes = VIDEO_SUFFIXES | PICTURE_SUFFIXES
    return _distinct(chain.from_iterable(_expanded(text, _in_folder, suffixes) for text in inputs))


def expand_pictures(inputs: Sequence[str]) -> list[Path | SourceError]:
    """The pictures that `inputs` name, as `expand`: a folder stands for the pictures in it, each by itself."""
    return _distinct(chain.from_iterable(_expanded(text, pictures_in, PICTURE_SUFFIXES) for text in inputs))


def _distinct(items: Iterable[Path | SourceError]) -> list[Path | SourceError]:
    found: list[Path | SourceError] = []
    seen: set[Path] = set()
    for item in items:
        if isinstance(item, SourceError):
            found.append(item)
        elif item.resolve() not in seen:
            seen.add(item.resolve())
            found.append(item)
    return found


def pictures_in(folder: Path) -> list[Path]:
    """The pictures in `folder` itself, in natural order.

    Raises:
        SourceError: It cannot be read, or holds none.
    """
    pictures = _with_suffix(_files_in(folder), PICTURE_SUFFIXES)
    if not pictures:
        raise SourceError(f"'{folder}' has no pictures in it", "give a folder of pictures")
    return pictures


def _expanded(text: str, in_folder: InFolder, suffixes: frozenset[str]) -> Sequence[Path | SourceError]:
    try:
        return _named(text, in_folder, suffixes)
    except SourceError as error:
        return [error]


def _named(text: str, in_folder: InFolder, suffixes: frozenset[str]) -> list[Path]:
    path = Path(os.path.expanduser(text))  # noqa: PTH111 (Path.expanduser fails at a file named ~clip.mp4)
    try:
        if path.is_dir():
            return in_folder(path)
        if path.exists() or not glob.has_magic(text):
            path.stat()
            return [path]
    except OSError as error:
        raise read_error(path, error) from error
    return _matching(path, suffixes)


def _in_folder(folder: Path) -> list[Path]:
    files = _files_in(folder)
    videos = _with_suffix(files, VIDEO_SUFFIXES)
    if videos:
        return videos
    if _with_suffix(files, PICTURE_SUFFIXES):
        return [folder]
    raise SourceError(f"'{folder}' has no videos in it", "name a file, or a pattern such as 'folder/**/*.mp4'")


def _matching(pattern: Path, suffixes: frozenset[str]) -> list[Path]:
    matches = map(Path, glob.glob(str(pattern), recursive=True))  # noqa: PTH207 (Path.glob takes no absolute pattern)
    files = natural(match for match in matches if match.is_file())
    if glob.has_magic(pattern.suffix) or not pattern.suffix:
        files = _with_suffix(files, suffixes)
    if not files:
        raise SourceError(f"nothing matches '{pattern}'", "check the pattern and its folder")
    return files


def _files_in(folder: Path) -> list[Path]:
    """Its files in natural order, without the hidden ones (such as the ``._clip.mp4`` that a Mac leaves on a stick)."""
    try:
        return natural(entry for entry in folder.iterdir() if not entry.name.startswith(".") and entry.is_file())
    except OSError as error:
        raise read_error(folder, error) from error


def _with_suffix(files: Iterable[Path], suffixes: frozenset[str]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in suffixes]


def natural(paths: Iterable[Path]) -> list[Path]:
    """`paths` sorted as people count: numbers as numbers, upper and lower case alike, the suffix last."""
    return sorted(paths, key=_place)


def _place(path: Path) -> tuple[list[object], str]:
    return [list(_words(part)) for part in (*path.parent.parts, path.stem)], str(path)


def _words(name: str) -> Iterator[tuple[bool, int, str]]:
    """The runs of digits and of other characters in `name`, comparable with those of any other name."""
    for digits, other in re.findall(r"([0-9]+)|([^0-9]+)", name):
        yield not digits, int(digits or 0), other.casefold()
