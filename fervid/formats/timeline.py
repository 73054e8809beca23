"""A whole timeline in memory, to and from files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fervid import formats
from fervid.core.durations import SHORTEST_S, shortest_interval
from fervid.core.files import require_file
from fervid.core.geometry import HeadPose
from fervid.core.markers import Marker, is_markers_path
from fervid.core.packages import require
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.tally import Tally
from fervid.errors import SourceError, UsageError
from fervid.formats.base import Format, Writer, matching_suffix
from fervid.formats.columns import FIXED_COLUMNS, header
from fervid.formats.context import STANDARD, Context
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Memory
from fervid.formats.parsed_rows import check_order
from fervid.formats.row_options import accept_row_options
from fervid.formats.sidecar import input_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Timeline:
    """The readings of a whole video, frame by frame.

    >>> timeline = fervid.timeline("clip.mp4", every=10)
    >>> timeline.save("faces.csv")
    >>> [frame.index for frame in fervid.Timeline.load("faces.csv").frames]
    [0, 10, 20]
    >>> timeline.tally().faces
    3

    Attributes:
        classes: The names of the classes, in the order of the engine.
        frames: The readings in order, those of frames without a face included.
        provenance: The facts that say how it was made: input, engine, detector, settings, versions. None where they are
            unknown, as for a CSV file without its sidecar.
        markers: The named moments of the recording, in the order of time, which lie in a file beside a timeline.
    """

    classes: tuple[str, ...]
    frames: tuple[FrameReading, ...]
    provenance: Mapping[str, Any] | None = field(default=None, compare=False)
    markers: tuple[Marker, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> Timeline:
        """Load a timeline that fervid wrote.

        Args:
            path: The file. Its suffix tells the format; a file with any other suffix is read as CSV.

        Raises:
            SourceError: The file does not exist or is malformed; the message names the line.
        """
        path = Path(path)
        return (readable_format(path) or formats.by_name("csv")).load(path)

    def save(
        self,
        path: str | Path,
        *,
        empty: bool = True,
        valence: bool = False,
        csv_dialect: str = STANDARD,
        shortest: float = SHORTEST_S,
        media: str | Path | None = None,
        sidecar: bool = True,
        overwrite: bool = False,
    ) -> None:
        """Write the timeline in the format that the suffix of `path` stands for.

        Frames that were not analysed are left out, as in the files of `fervid timeline`.

        Args:
            path: The file to write.
            empty: Write rows for frames without a face, where the format has rows.
            valence: Write the valence of each face.
            csv_dialect: The dialect of CSV, ``standard`` or ``excel``.
            shortest: The length of the shortest segment, in seconds, where the format holds segments.
            media: The video, for formats that name it; None for the one that `provenance` names.
            sidecar: Write the provenance, if it is known, to a file beside it, where the format has no place for it.
            overwrite: True to replace a file at `path`.

        Raises:
            OutputError: The suffix is unknown, the file exists, or it cannot be written.
            UsageError: An option is of a wrong type, out of bounds, or no choice; or a frame has a smaller number or an
                earlier time than the one before, which no file may have.
        """
        _check_order(self.frames)
        options = accept_row_options(
            empty=empty, valence=valence, csv_dialect=csv_dialect, shortest=shortest, sidecar=sidecar
        )
        context = self.context(media=media, **options)
        self.write(formats.create(Path(path), context, *formats.OF_READINGS, overwrite=overwrite))

    def encode(self, format: str = "csv") -> bytes:
        """Return the content of the file that `save` would write.

        Args:
            format: The name of the format.

        Raises:
            UsageError: There is no such format for timelines.
        """
        output = Memory()
        self.write(formats.by_name(format, *formats.OF_READINGS).open(output, self.context()))
        return output.content

    def context(
        self,
        *,
        empty: bool = True,
        valence: bool = False,
        dialect: str = STANDARD,
        shortest: float = SHORTEST_S,
        media: str | Path | None = None,
        sidecar: bool = True,
    ) -> Context:
        """Return the things that a writer of this timeline needs to know.

        Args:
            empty: True for rows for frames without a face, where the format has rows.
            valence: True for the valence of each face.
            dialect: The dialect of CSV, one of `DIALECTS`.
            shortest: The length of the shortest segment, in seconds, where the format holds segments.
            media: The video, for formats that name it; None for the one that `provenance` names.
            sidecar: True for a file with the provenance beside a result, where its format has no place for it.
        """
        return Context(
            self.classes,
            interval=shortest_interval(frame.time for frame in self.frames if frame.analysed),
            empty=empty,
            valence=valence,
            dialect=dialect,
            shortest=shortest,
            media=input_of(self.provenance) if media is None else Path(media),
            markers=self.markers,
            provenance=self.provenance,
            sidecar=sidecar,
        )

    def write(self, writer: Writer) -> Path | None:
        """Write all readings, and complete the result.

        Args:
            writer: The writer of one of the formats `OF_READINGS`. It discards its result if that fails.

        Returns:
            The file of the result; None where the result is no file.

        Raises:
            OutputError: The result cannot be written.
        """
        assert isinstance(writer, TimelineWriter)
        with writer:
            for frame in self.frames:
                writer.append(frame)
            return writer.finish()

    @property
    def readings(self) -> Iterator[FaceReading]:
        """The readings of every face in every analysed frame, in order."""
        return (face for frame in self.frames if frame.analysed for face in frame.faces)

    def tally(self) -> Tally:
        """Return the sums over the timeline: frames, faces, and seconds of each emotion."""
        tally = Tally()
        for frame in self.frames:
            tally.add(frame)
        return tally

    def to_pandas(self) -> pd.DataFrame:
        """Return a data frame with the columns and rows of the CSV file, but with numbers that are not rounded.

        `frame` is int64, `face_id` Int64, `emotion` string, and every other column float64. In the row of a frame
        without a face, `face_id` and `emotion` are <NA> and the numbers are NaN, and so is a head pose that is unknown.

        Raises:
            MissingPackageError: pandas is not installed.
        """
        table: pd.DataFrame = require("pandas", "fervid[pandas]").DataFrame(
            list(self._records()), columns=header(self.classes)
        )
        numbers = {name: "float64" for name in table.columns if name not in ("frame", "face_id", "emotion")}
        return table.astype({"frame": "int64", "face_id": "Int64", "emotion": "string"} | numbers)

    def _records(self) -> Iterator[tuple[object, ...]]:
        blanks = (None,) * (len(FIXED_COLUMNS) - 2 + 2 * len(self.classes))
        for frame in self.frames:
            if frame.analysed and not frame.faces:
                yield (frame.index, frame.time, *blanks)
            elif frame.analysed:
                yield from (_record(face) for face in frame.faces)


def readable_format(path: Path) -> Format | None:
    """Return the format of timelines that the suffix of a file stands for; None if it cannot be loaded again."""
    if is_markers_path(path):
        return None
    every = [suffix for form in formats.of_kind(*formats.OF_READINGS) for suffix in form.suffixes]
    suffix = matching_suffix(path, every)
    readable = (form for form in formats.of_kind("timeline") if form.readable)
    return next((form for form in readable if suffix in form.suffixes), None)


def timeline_format(path: Path) -> Format:
    """Return the format of a timeline that fervid wrote; the suffix tells it, and any other suffix stands for CSV.

    Raises:
        SourceError: The file does not exist, cannot be read, or is no timeline.
    """
    require_file(path)
    form = readable_format(path) or formats.by_name("csv")
    if not form.is_timeline(path):
        raise SourceError(f"'{path}' is no timeline that fervid can read", "give one that fervid wrote")
    return form


def _check_order(frames: Iterable[FrameReading]) -> None:
    try:
        for last, following in pairwise(frames):
            check_order(last, following)
    except ValueError as error:
        raise UsageError(str(error), "give the timeline its frames in order") from error


def _record(face: FaceReading) -> tuple[object, ...]:
    return (
        face.frame,
        face.time,
        face.face_id,
        *face.box,
        face.score,
        *(face.pose or (math.nan,) * len(HeadPose._fields)),
        face.quality,
        face.emotion,
        face.confidence,
        *face.probabilities.tolist(),
        *face.raw.tolist(),
    )
