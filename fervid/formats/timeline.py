"""A whole timeline in memory, to and from CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fervid.core.packages import require
from fervid.core.readings import FaceReading, FrameReading
from fervid.core.tally import Tally
from fervid.errors import SourceError
from fervid.formats.csv import CsvWriter
from fervid.formats.rows import FIXED, classes_of, header, parse

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was read in a video, frame by frame.

    Attributes:
        classes: The names of the classes, in the order of the engine.
        frames: The frames in order, those without a face included.
    """

    classes: tuple[str, ...]
    frames: tuple[FrameReading, ...]

    @classmethod
    def load(cls, path: str | Path) -> Timeline:
        """Read a CSV that fervid wrote.

        Where rounding to four decimals left two classes equal, the file's `emotion` column decides which is ahead.

        Raises:
            SourceError: There is no such file, or a line of it is malformed; the message gives its number.
        """
        try:
            with Path(path).open(encoding="utf-8", newline="") as stream:
                return cls._read(stream, Path(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SourceError(f"{path} cannot be read: {reason}", "give a CSV that fervid wrote") from error

    @classmethod
    def _read(cls, stream: Iterator[str], path: Path) -> Timeline:
        lines = csv.reader(stream, strict=True)
        frames: list[FrameReading] = []
        try:
            classes = classes_of(next(lines, []))
            for line in lines:
                _append(frames, parse(line, classes))
        except (ValueError, csv.Error) as error:
            raise SourceError(
                f"{path}, line {max(1, lines.line_num)}: {error}", "give a CSV that fervid wrote, unchanged"
            ) from error
        return cls(classes, tuple(frames))

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write it as CSV; frames that were not analysed are left out, as `fervid timeline` leaves them out.

        Raises:
            OutputError: `path` exists and `overwrite` is not given, or it cannot be written.
        """
        with CsvWriter(Path(path), self.classes, overwrite=overwrite) as writer:
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


def _append(frames: list[FrameReading], found: FrameReading) -> None:
    """Add a row's reading to the frames before it: a frame of its own, or a further face of the last one."""
    last = frames[-1] if frames else None
    if last is None or found.index > last.index:
        frames.append(found)
    elif found.index < last.index:
        raise ValueError(f"frame {found.index} comes after frame {last.index}")
    elif found.time != last.time:
        raise ValueError(f"frame {found.index} has two times")
    elif not found.faces or not last.faces or found.faces[0].face_id <= last.faces[-1].face_id:
        raise ValueError(f"frame {found.index} holds a face twice, or out of order")
    else:
        frames[-1] = FrameReading(last.index, last.time, (*last.faces, *found.faces))
