"""Expansion of the inputs on a command line (files, folders and patterns) to sources."""

from __future__ import annotations

import glob
import itertools
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from fervid.core.credentials import shown_address
from fervid.core.files import absolute, read_error
from fervid.errors import SourceError
from fervid.sources.folder_tree import Listing, PassedOver, match, natural_order, walk

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

_STANDARD_INPUT: Final = Path("/dev/stdin")

PICTURE_RATE: Final = Fraction(25)
"""The default number of pictures a second in a folder of pictures, which have no times of their own."""


@dataclass(frozen=True, slots=True)
class Input:
    """A source that the inputs name.

    Attributes:
        path: The file or folder, as the user wrote it or below a folder that the user wrote.
        root: The folder below which results repeat the subfolders of the source, as an absolute path: the folder that
            the user named, the part of a pattern before its first ``*``, or the folder of a file. None for standard
            input, which is in no folder.
    """

    path: Path
    root: Path | None

    @classmethod
    def named(cls, path: Path) -> Input:
        """Return the input for a source that the user named itself."""
        return cls(path, None if path == _STANDARD_INPUT else absolute(path).parent)


@dataclass(frozen=True, slots=True)
class BadInput:
    """An input, or a subfolder, that names no source.

    Attributes:
        text: The input as the user typed it, or the path of the subfolder.
        error: The reason.
    """

    text: str
    error: SourceError


@dataclass(frozen=True, slots=True)
class Wanted:
    """The kind of files that inputs stand for.

    Attributes:
        suffixes: The suffixes of the files in a folder.
        noun: The name of such a file, for messages; its plural ends in "s".
        example: The suffix in the example of a pattern.
        sequences: True if a folder that has only pictures stands for itself.
        holds: Returns True if a file in a folder is of this kind, by what is in it.
    """

    suffixes: frozenset[str]
    noun: str
    example: str
    sequences: bool = False
    holds: Callable[[Path], bool] = lambda _: True

    def among(self, files: Iterable[Path]) -> list[Path]:
        """Return the files of this kind."""
        return [file for file in _with_suffix(files, self.suffixes) if self.holds(file)]


_VIDEOS: Final = Wanted(VIDEO_SUFFIXES, "video", ".mp4", sequences=True)
_PICTURES: Final = Wanted(PICTURE_SUFFIXES, "picture", ".jpg")


def expand(inputs: Sequence[str], *, recursive: bool = False) -> list[Input | BadInput]:
    """Return the sources that the inputs name, in their order and without duplicates; links are sources of their own.

    - A folder stands for the videos in it; for itself, where it has only pictures.
    - A pattern (``*``, ``?``, ``[...]``, and ``**`` for any folders) that the shell did not expand stands for the
      files it matches: all of them where it ends in a suffix, such as ``*.mp4``, otherwise videos and pictures.
    - ``-`` stands for standard input.
    - ``~`` stands for the user's home folder.

    The sources of one folder or pattern are in natural order (clip2 before clip10). One line counts and names what is
    passed over in a folder.

    Args:
        inputs: Files, folders and patterns, as typed.
        recursive: Read the subfolders of folders too. A folder of pictures then stands for itself only if there is no
            video and no picture in its subfolders. Hidden subfolders are passed over, and loops of links end.

    Returns:
        The sources. A `BadInput` stands in the place of an input that cannot be expanded.
    """
    return expand_to(_VIDEOS, inputs, recursive=recursive)


def expand_pictures(inputs: Sequence[str], *, recursive: bool = False) -> list[Input | BadInput]:
    """Return the pictures that the inputs name, as `expand` does; a folder stands for each of the pictures in it."""
    return expand_to(_PICTURES, inputs, recursive=recursive)


def expand_to(wanted: Wanted, inputs: Sequence[str], *, recursive: bool) -> list[Input | BadInput]:
    """Return the files of one kind that the inputs name, as `expand` does; a folder stands for those in it."""
    found: list[Input | BadInput] = []
    seen: set[str] = set()
    for text in inputs:
        try:
            items = _expand(text, wanted, recursive=recursive)
        except SourceError as error:
            found.append(BadInput(text, error))
            continue
        for item in items:
            place = os.path.normcase(absolute(item.path)) if isinstance(item, Input) else None
            if place is None or place not in seen:
                found.append(item)
            if place is not None:
                seen.add(place)
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
    pictures = _with_suffix(Listing.of(folder).files, PICTURE_SUFFIXES)
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


def _expand(text: str, wanted: Wanted, *, recursive: bool) -> Sequence[Input | BadInput]:
    check_is_no_address(text)
    path = _STANDARD_INPUT if text == "-" else Path(os.path.expanduser(text))  # noqa: PTH111 (Path.expanduser fails at a file named ~clip.mp4)
    try:
        if path.is_dir():
            return _expand_folder(path, wanted, recursive=recursive)
        if path.exists() or not glob.has_magic(text):
            path.stat()
            return [Input.named(path)]
    except OSError as error:
        raise read_error(path, error) from error
    return _expand_pattern(path, wanted)


def _expand_folder(top: Path, wanted: Wanted, *, recursive: bool) -> list[Input | BadInput]:
    passed_over = PassedOver(top)
    listings = list(walk(top, passed_over)) if recursive else [Listing.of(top)]
    bad = [BadInput(str(each.folder), each.error) for each in listings if each.error is not None]
    files = _files_in(listings, wanted, passed_over)
    if not files and not bad:
        raise _nothing_in(top, listings[0], wanted, recursive=recursive)
    if not recursive:
        subfolders = [*listings[0].folders, *listings[0].links] if top not in files else []
        passed_over.add(subfolders, "subfolder", "subfolders", "recursive=True reads them")
    passed_over.report()
    root = absolute(top)
    return [Input.named(file) if file == top else Input(file, root) for file in natural_order(files)] + bad


def _files_in(listings: Sequence[Listing], wanted: Wanted, passed_over: PassedOver) -> list[Path]:
    """Return the sources in some folders, and note what is passed over in them."""
    media = [each.folder for each in listings if _with_suffix(each.files, wanted.suffixes | PICTURE_SUFFIXES)]
    above = {parent for folder in media for parent in folder.parents}
    found: list[Path] = []
    for each in listings:
        files, noun = wanted.among(each.files), wanted.noun
        pictures = _with_suffix(each.files, PICTURE_SUFFIXES)
        if files or not (wanted.sequences and pictures and each.folder not in above):
            found += files
        else:
            files, noun = pictures, _PICTURES.noun
            found.append(each.folder)
        others = set(each.files) - set(files)
        passed_over.add(others, f"file that is no {noun}", f"files that are no {noun}s")
        passed_over.add(each.lost, "link that leads nowhere", "links that lead nowhere")
    return found


def _nothing_in(top: Path, listing: Listing, wanted: Wanted, *, recursive: bool) -> SourceError:
    problem = f"'{top}' has no {wanted.noun}s" + (" in it or in its subfolders" if recursive else "")
    if not recursive and (listing.folders or listing.links):
        return SourceError(problem, "read its subfolders with recursive=True")
    return SourceError(problem, f"give a file, or a pattern such as 'folder/**/*{wanted.example}'")


def _expand_pattern(pattern: Path, wanted: Wanted) -> list[Input]:
    files = [path for path in match(pattern) if path.is_file()]
    if glob.has_magic(pattern.suffix) or not pattern.suffix:
        files = _with_suffix(files, wanted.suffixes | PICTURE_SUFFIXES) if wanted.sequences else wanted.among(files)
    if not files:
        raise SourceError(f"no file matches '{pattern}'", "check the pattern and its folder")
    fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), pattern.parts))
    return [Input(file, absolute(Path(*fixed))) for file in files]


def _with_suffix(files: Iterable[Path], suffixes: frozenset[str]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in suffixes]
