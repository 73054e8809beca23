"""The timelines of a study: where they lie, and which video each was made from."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid import formats
from fervid.core.files import absolute
from fervid.core.markers import is_markers_path
from fervid.core.names import printable
from fervid.errors import SourceError, UsageError
from fervid.formats.base import Format
from fervid.formats.sidecar import read_sidecar
from fervid.formats.timeline import readable_format, timeline_format
from fervid.report.run_records import Record, RunRecords
from fervid.sources.folder_tree import natural_order
from fervid.sources.inputs import VIDEO_SUFFIXES

_PARTIAL: Final = re.compile(r"\.partial(-\d+)?$")

_ANNOTATED: Final = ".annotated"


@dataclass(frozen=True, slots=True)
class FoundTimeline:
    """A timeline and what is known about it.

    Attributes:
        path: The file.
        name: The name to show.
        form: Its format.
        record: What the manifest of its run says, or else the file beside it; None without either.
        video: The video that it was made from, or that was recorded with it; None where none was found.
        annotated: The annotated video of the same recording; None where there is none.
        recorded: True if `video` may have been recorded live together with the timeline, on the clock of which it then
            has a begin.
    """

    path: Path
    name: str
    form: Format
    record: Record | None = None
    video: Path | None = None
    annotated: Path | None = None
    recorded: bool = False

    @property
    def is_partial(self) -> bool:
        """True if an interruption ended it early."""
        return _PARTIAL.search(self.path.stem) is not None

    @property
    def is_blurred(self) -> bool:
        """True if it was made with ``--blur``, so that nobody is to be recognised."""
        return self.record is not None and self.record.settings.get("blur") is True


@dataclass(frozen=True, slots=True)
class FoundStudy:
    """All timelines of a study.

    Attributes:
        name: The name of the study.
        timelines: The timelines, in natural order.
        passed_over: The names of the tables in the folders that are no timelines, or hold one that is there already.
        failures: Each input that has no result, with the reason.
    """

    name: str
    timelines: tuple[FoundTimeline, ...]
    passed_over: tuple[str, ...]
    failures: tuple[tuple[str, str], ...]


def find_timelines(inputs: Sequence[Path], videos: Path | None = None) -> FoundStudy:
    """Return the timelines that files and folders hold; a folder stands for those in it and in its subfolders.

    Of a timeline in several formats, and of one that is there complete and partial, the first one counts.

    Args:
        inputs: The files and folders.
        videos: A folder that holds the videos; None to look where the manifest says, and beside the timeline.

    Raises:
        SourceError: An input does not exist, is no timeline, or there is no timeline in the folders.
    """
    if videos is not None and not videos.is_dir():
        raise UsageError(
            f"videos '{videos}' is no folder", "name the folder that holds the videos", options=("videos",)
        )
    found: dict[Path, FoundTimeline] = {}
    passed_over: list[str] = []
    folders: dict[Path, None] = {}  # in the order in which they were found
    above: dict[Path, None] = {}
    root = _common_folder(inputs)
    for given in inputs:
        if given.is_dir():
            files: Iterable[Path] = natural_order(_tables_in(given, folders))
        else:
            files = [given]
        above.update(dict.fromkeys(absolute(given).parents))
        for path in sorted(files, key=lambda path: _PARTIAL.search(path.stem) is not None):
            form = timeline_format(path) if path == given else readable_format(path)
            key = _without_suffix(absolute(path), form)
            if form is None or key in found or not form.is_timeline(path):
                passed_over.append(_below(path, root))
            else:
                found[key] = FoundTimeline(path, _shown_name(path, root), form)
    if not found:
        names = ", ".join(f"'{path}'" for path in inputs)
        raise SourceError(f"there is no timeline in {names}", "make one with fervid timeline")
    records = RunRecords.load(folders)
    by_result = {**RunRecords.load(above).by_result, **records.by_result}
    timelines = {timeline.path: timeline for timeline in found.values()}
    return FoundStudy(
        printable(root.name) or "study",
        tuple(_with_videos(timelines[path], by_result, root, videos) for path in natural_order(timelines)),
        tuple(passed_over),
        tuple(records.failures),
    )


def _common_folder(inputs: Sequence[Path]) -> Path:
    places = [absolute(path) if path.is_dir() else absolute(path).parent for path in inputs]
    try:
        return Path(os.path.commonpath(places))
    except ValueError:  # on several drives
        return places[0]


def _below(path: Path, root: Path) -> str:
    """Return the path of a file from a folder, as POSIX writes it, fit to be shown."""
    path = absolute(path)
    return printable((path.relative_to(root) if path.is_relative_to(root) else Path(path.name)).as_posix())


def _shown_name(path: Path, root: Path) -> str:
    return _PARTIAL.sub("", _below(path, root).removesuffix(path.suffix))


def _tables_in(folder: Path, folders: dict[Path, None]) -> Iterator[Path]:
    """Yield the files that may be timelines; `folders` gets every folder that was searched."""
    suffixes = {suffix for form in formats.of_kind("timeline") if form.readable for suffix in form.suffixes}
    for place, subfolders, names in os.walk(folder):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        folders[absolute(Path(place))] = None
        yield from (
            Path(place, name)
            for name in names
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes and not is_markers_path(Path(name))
        )


def _without_suffix(path: Path, form: Format | None) -> Path:
    plain = path.with_suffix("") if form is not None else path
    return plain.with_name(_PARTIAL.sub("", plain.name))


def _with_videos(
    timeline: FoundTimeline, records: Mapping[Path, Record], root: Path, videos: Path | None
) -> FoundTimeline:
    record = records.get(absolute(timeline.path))
    if record is None and (facts := read_sidecar(timeline.path)) is not None:
        record = Record(absolute(timeline.path.parent), facts)
    stem = _PARTIAL.sub("", timeline.path.stem)
    is_live = record is None or record.is_live
    inputs = [] if record is None else [path for path in _of_record(record, videos) if path.exists()]
    recordings = _by_name(timeline.path, stem, root, videos) if is_live or not inputs else []
    video = next(iter([*recordings, *inputs]), None)
    beside = [timeline.path.with_name(f"{stem}{_ANNOTATED}{suffix}") for suffix in (".mp4", ".m4v", ".mov", ".mkv")]
    written = [] if record is None else [path for path in record.results if _ANNOTATED in path.name]
    annotated = next((path for path in [*written, *beside] if path.is_file()), None)
    return FoundTimeline(
        timeline.path, timeline.name, timeline.form, record, video, annotated, is_live and bool(recordings)
    )


def _of_record(record: Record, videos: Path | None) -> Iterator[Path]:
    """Yield the places where the input that a manifest names may be now."""
    source = record.source
    if videos is not None:
        yield from (videos.joinpath(*source.parts[place:]) for place in range(bool(source.anchor), len(source.parts)))
    yield source
    if not source.is_absolute():
        yield from (folder / source for folder in (record.folder, *absolute(record.folder).parents))


def _by_name(path: Path, stem: str, root: Path, videos: Path | None) -> list[Path]:
    """Return the videos that are called like a timeline: beside it, in its place below `videos`, or anywhere there."""
    folders = [path.parent]
    if videos is not None:
        place = absolute(path).parent
        folders = [videos / place.relative_to(root) if place.is_relative_to(root) else videos, videos, *folders]
    found = [other for folder in folders for other in _called(folder, stem)]
    if not found and videos is not None:
        anywhere = [folder for folder, _, _ in os.walk(videos)]
        found = [other for folder in anywhere for other in _called(Path(folder), stem)]
        found = found if len(found) == 1 else []  # of several, nobody knows which
    return found


def _called(folder: Path, stem: str) -> list[Path]:
    """Return the videos in a folder whose name is `stem`, with or without their suffix."""
    try:
        paths = sorted(folder.iterdir())
    except OSError:
        return []
    return [path for path in paths if path.suffix.lower() in VIDEO_SUFFIXES and stem in {path.stem, path.name}]
