"""A whole timeline in memory, to and from files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fervid import formats
from fervid.core.packages import require
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.tally import Tally
from fervid.formats.base import Context, Writer, matching
from fervid.formats.file_writer import TimelineWriter
from fervid.formats.output import Memory
from fervid.formats.rows import FIXED, header

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was read in a video, frame by frame.

    >>> timeline = fervid.timeline("clip.mp4", every=10)
    >>> timeline.save("faces.csv")
    >>> [frame.index for frame in fervid.Timeline.load("faces.csv").frames]
    [0, 10, 20]
    >>> timeline.tally().faces
    3

    Attributes:
        classes: The names of the classes, in the order of the engine.
        frames: The frames in order, those without a face included.
    """

    classes: tuple[str, ...]
    frames: tuple[FrameReading, ...]

    @classmethod
    def load(cls, path: str | Path) -> Timeline:
        """Read a timeline that fervid wrote.

        Args:
            path: Its file. The suffix tells the format; a file of any other name is taken for CSV.

        Raises:
            SourceError: There is no such file, or it is malformed; the message says where.
        """
        path = Path(path)
        readable = (found for found in formats.of_kind("timeline") if found.readable and matching(path, found.suffixes))
        return next(readable, formats.by_name("csv")).load(path)

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write it in the format that the suffix of `path` stands for.

        Frames that were not analysed are left out, as `fervid timeline` leaves them out.

        Raises:
            OutputError: The suffix is unknown, `path` exists and `overwrite` is not given, or it cannot be written.
        """
        self._write(formats.create(Path(path), Context(self.classes), "timeline", overwrite=overwrite))

    def encode(self, format: str = "csv") -> bytes:
        """Return the content of the file that `save` would write.

        Args:
            format: Its name.

        Raises:
            UsageError: There is no such format of timelines.
        """
        output = Memory()
        self._write(formats.by_name(format, "timeline").open(output, Context(self.classes)))
        return output.content

    def _write(self, writer: Writer) -> None:
        assert isinstance(writer, TimelineWriter)
        with writer:
            for frame in self.frames:
                writer.append(frame)
            writer.finish()

    @property
    def readings(self) -> Iterator[FaceReading]:
        """Every face of every analysed frame, in order."""
        return (face for frame in self.frames if frame.analysed for face in frame.faces)

    def tally(self) -> Tally:
        """Its sums: frames, faces, seconds of each emotion."""
        tally = Tally()
        for frame in self.frames:
            tally.add(frame)
        return tally

    def to_pandas(self) -> pd.DataFrame:
        """The CSV's columns and rows as a data frame, numbers not rounded.

        `frame` is int64 and `face_id` Int64. In the row of a frame without a face, `face_id` is <NA>, the other numbers
        are NaN and `emotion` is missing.

        Raises:
            MissingPackageError: pandas is not installed.
        """
        table: pd.DataFrame = require("pandas", "fervid[pandas]").DataFrame(
            list(self._records()), columns=header(self.classes)
        )
        numbers = {name: "float64" for name in table.columns if name not in ("frame", "face_id", "emotion")}
        return table.astype({"frame": "int64", "face_id": "Int64", "emotion": "string"} | numbers)

    def _records(self) -> Iterator[tuple[object, ...]]:
        blanks = (None,) * (len(FIXED) - 2 + 2 * len(self.classes))
        for frame in self.frames:
            if frame.analysed and not frame.faces:
                yield (frame.index, frame.time, *blanks)
            elif frame.analysed:
                yield from (_record(face) for face in frame.faces)


def _record(face: FaceReading) -> tuple[object, ...]:
    return (
        face.frame,
        face.time,
        face.face_id,
        *face.box,
        face.score,
        face.emotion,
        face.confidence,
        *face.probabilities.tolist(),
        *face.raw.tolist(),
    )
