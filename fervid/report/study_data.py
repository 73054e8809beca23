"""The contents of a report: every recording of a study, its faces, and how they were analysed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import fervid
from fervid.core.emotions import UNCERTAIN, colour
from fervid.core.files import absolute
from fervid.errors import SourceError
from fervid.formats.marker_files import read_markers
from fervid.report.bands import Resolution
from fervid.report.portraits import LATE_S, Portraits
from fervid.report.recording import Recording, ShownFace
from fervid.report.run_records import Record
from fervid.report.timelines import FoundStudy, FoundTimeline
from fervid.settings import OPTIONS

MOST_PORTRAITS: Final = 400
"""The largest number of portraits in a report. Each takes about 4 kB."""

MOST_PORTRAITS_EACH: Final = 24
"""The largest number of portraits of one recording, those of the faces that were seen longest."""


@dataclass(slots=True)
class StudyData:
    """All that the page of a report shows.

    Attributes:
        document: What JSON expresses.
        parts: Texts that the page decodes when it draws them, by their names in the document.
        missing_videos: The names of the recordings whose video was not found.
    """

    document: dict[str, Any]
    parts: dict[str, str] = field(default_factory=dict)
    missing_videos: list[str] = field(default_factory=list)


def collect(
    found: FoundStudy,
    target: Path,
    *,
    portraits: bool = True,
    resolution: Resolution | None = None,
    watch: Callable[[str], object] = lambda _: None,
) -> StudyData:
    """Read all timelines of a study, and return what the page shows.

    Memory grows neither with the rows of a timeline nor with the length of a video.

    Args:
        found: The study.
        target: The file of the report, from which videos are addressed.
        portraits: True for pictures of the faces, except of those that were to be hidden.
        resolution: The resolution of the bands; None for the default one.
        watch: A function to call with the name of each recording before it is read.

    Raises:
        SourceError: A timeline, or the file of its markers, is malformed.
    """
    resolution = resolution or Resolution()
    recordings: list[tuple[FoundTimeline, Recording]] = []
    for timeline in found.timelines:
        watch(timeline.name)
        classes, frames = timeline.form.stream(timeline.path)
        recordings.append((timeline, Recording(classes, frames, resolution)))
    runs: list[dict[str, Any]] = []
    shown, left = [], MOST_PORTRAITS if portraits else 0
    data = StudyData({})
    for number, (timeline, recording) in enumerate(recordings):  # now that the resolution is settled
        watch(timeline.name)
        entry = _recording(timeline, recording)
        entry["run"] = None if timeline.record is None else _number_of(_run(timeline.record), runs)
        pictures = _Pictures(timeline, left)
        entry |= _videos(timeline, recording, pictures.offset, target)
        if timeline.video is None and timeline.annotated is None:
            data.missing_videos.append(timeline.name)
        faces = recording.faces
        images = pictures.of(faces)
        left -= sum(image is not None for image in images)
        entry["faces"] = []
        for face, image in zip(faces, images, strict=True):
            key = f"{number}-{face.face_id}"
            data.parts[f"bands-{key}"] = face.bands.encode()
            data.parts[f"segments-{key}"] = face.packed_segments((*recording.classes, UNCERTAIN), recording.start)
            entry["faces"].append(_face(face, key, image))
        shown.append(entry)
    data.document = {
        "title": found.name,
        "fervid": fervid.__version__,
        "step": resolution.step,
        "uncertain": UNCERTAIN,
        "colours": _colours(recordings),
        "recordings": shown,
        "runs": runs,
        "passed_over": found.passed_over,
        "failures": found.failures,
    }
    return data


def _recording(timeline: FoundTimeline, recording: Recording) -> dict[str, Any]:
    record = timeline.record
    markers = read_markers(timeline.path)
    within = [
        {"time": round(marker.time, 3), "name": marker.name}
        for marker in markers
        if recording.start <= marker.time <= recording.end
    ]
    entry: dict[str, Any] = {
        "name": timeline.name,
        "file": timeline.path.name,
        "classes": recording.classes,
        "start": round(recording.start, 3),
        "end": round(recording.end, 3),
        "seconds": round(recording.seconds, 3),
        "empty": round(recording.empty_seconds, 3),
        "frames": recording.frames,
        "interval": round(recording.interval, 6),
        "markers": within,
        "other_markers": len(markers) - len(within),
        "partial": timeline.is_partial,
        "undecodable": None if record is None else record.count("undecodable"),
        "damage": None if record is None else record.text("damage"),
    }
    return entry


def _face(face: ShownFace, key: str, image: str | None) -> dict[str, Any]:
    return {
        "id": face.face_id,
        "key": key,
        "seconds": {name: round(seconds, 3) for name, seconds in sorted(face.seconds.items())},
        "quality": round(face.quality, 4),
        "segments": len(face.segments),
        "portrait": image,
    }


class _Pictures:
    """The portraits of one recording.

    Args:
        timeline: The recording.
        most: The largest number of portraits.

    Attributes:
        offset: The time of the timeline that players show as the beginning of the video, in seconds; 0 where the video
            cannot be read.
    """

    def __init__(self, timeline: FoundTimeline, most: int) -> None:
        self.offset = 0.0
        self._most = 0 if timeline.is_blurred else min(most, MOST_PORTRAITS_EACH)
        self._portraits: Portraits | None = None
        if timeline.video is not None and timeline.video.is_file():
            try:
                # The pictures of a recorded video are turned already.
                settings = {} if timeline.record is None or timeline.recorded else timeline.record.settings
                self._portraits = Portraits(timeline.video, settings, recorded=timeline.recorded)
                self.offset = self._portraits.offset
            except SourceError:  # a video that has become unreadable is no reason to have no report
                pass

    def of(self, faces: list[ShownFace]) -> list[str | None]:
        """Return a picture of each face; None where there is none."""
        wanted = {face.face_id: face.best for face in faces[: self._most] if face.best is not None}
        if self._portraits is None or not wanted:
            return [None] * len(faces)
        taken = dict(zip(wanted, self._portraits.take(list(wanted.values())), strict=True))
        return [taken.get(face.face_id) for face in faces]


def _videos(timeline: FoundTimeline, recording: Recording, offset: float, target: Path) -> dict[str, Any]:
    """Return the addresses of the videos to show, the best first, and the name of the recording."""
    source = timeline.video
    wanted = source if timeline.record is None or timeline.recorded else timeline.record.source
    videos = []
    if source is not None and source.is_file() and not timeline.is_blurred:
        videos.append({"src": _address(source, target), "offset": round(offset, 3)})
    if timeline.annotated is not None:
        begin = recording.start if recording.start >= LATE_S else 0
        videos.append({"src": _address(timeline.annotated, target), "offset": round(begin, 3)})
    return {
        "video": None if wanted is None else wanted.name,
        "videos": videos,
        "hidden": timeline.is_blurred,
        "pictures": source is not None and source.is_dir(),
    }


def _address(path: Path, target: Path) -> str:
    """Return the address of a file for a page: relative to it, so that both can be moved together."""
    try:
        place = Path(os.path.relpath(absolute(path), absolute(target).parent)).as_posix()
    except ValueError:  # on another drive
        return absolute(path).as_uri()
    return quote(os.fsencode(place), safe="/") if not place.startswith("/") else absolute(path).as_uri()


def _run(record: Record) -> dict[str, Any]:
    """Return how results were made, so far as it does not differ between the inputs of a run."""
    defaults = {name: option.default for name, option in OPTIONS.items()}
    machine = record.entry.get("machine")
    settings = {name: value for name, value in record.settings.items() if isinstance(name, str)}
    return {
        "engine": record.text("engine"),
        "engine_sha256": record.text("engine_sha256"),
        "detector": record.text("detector"),
        "backend": record.text("backend"),
        "device": record.text("device"),
        "machine": machine if isinstance(machine, dict) else {},
        "settings": settings,
        "changed": sorted(name for name, value in settings.items() if value != defaults.get(name)),
    }


def _number_of(item: Any, items: list[Any]) -> int:
    """Return the place of an item in a list, to which it is added if it is new."""
    if item not in items:
        items.append(item)
    return items.index(item)


def _colours(recordings: list[tuple[FoundTimeline, Recording]]) -> Mapping[str, str]:
    """Return the colour of every class and of ``uncertain``, in the order in which they are stacked."""
    names: Iterator[str] = (name for _, recording in recordings for name in recording.classes)
    return {name: "#{:02x}{:02x}{:02x}".format(*colour(name)) for name in dict.fromkeys([*names, UNCERTAIN])}
