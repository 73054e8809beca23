"""Readings from the rows of a timeline that somebody may have changed."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fervid.core.emotions import UNCERTAIN
from fervid.core.files import read_error
from fervid.core.geometry import Box, HeadPose
from fervid.core.plurals import counted
from fervid.core.readings import FaceReading, FrameReading
from fervid.errors import SourceError
from fervid.formats.columns import Columns, raw_names

_MOST: Final = 1e10
"""The largest time in seconds, and the largest place in pixels: no recording comes near, and formats can count them."""

MOST_FRAMES: Final = 2**53
MOST_NUMBER: Final = 2**31 - 1
"""The largest index of a frame, and the largest number of a face, that all formats and their readers can hold."""


def parse_row(row: Sequence[str], columns: Columns) -> FrameReading:
    """Return the reading in one row: a frame with one face, or with none.

    Raises:
        ValueError: The row is malformed.
    """
    classes = columns.classes
    if len(row) != columns.count:
        raise ValueError(f"the line has {counted(len(row), 'field')}, not {columns.count}")
    index, time = parse_count(row[0], "frame", 0, MOST_FRAMES), parse_number(row[1], "time_s")
    if not any(row[2:]):
        return FrameReading(index, time, ())
    fields = dict(zip(columns.fixed, row, strict=False))
    shares = row[len(columns.fixed) :]
    smoothed, raw = shares[: len(classes)], shares[len(classes) : 2 * len(classes)]
    quality = fields.get("quality", "")
    face = FaceReading(
        frame=index,
        time=time,
        face_id=parse_count(fields["face_id"], "face_id", 1, MOST_NUMBER),
        box=Box(*(parse_number(fields[name], name) for name in ("x", "y", "width", "height"))),
        score=_parse_probability(fields["score"], "score"),
        classes=classes,
        probabilities=_with_largest(_parse_probabilities(smoothed, classes), classes, fields["emotion"]),
        raw=_parse_probabilities(raw, raw_names(classes)),
        pose=_parse_pose(fields),
        quality=_parse_probability(quality, "quality") if quality else math.nan,
        certain=fields["emotion"] in classes,
    )
    if abs(_parse_probability(fields["confidence"], "confidence") - face.confidence) > 1e-6:
        raise ValueError(f"confidence is not the probability of '{shortened(face.likeliest)}'")
    return FrameReading(index, time, (face,))


def append_row(frames: list[FrameReading], row: FrameReading) -> None:
    """Append the reading of a row, as a new frame or as a further face of the last frame.

    Raises:
        ValueError: The row cannot follow those before it.
    """
    last = frames[-1] if frames else None
    if last is None or row.index != last.index:
        check_order(last, row)
        frames.append(row)
    elif row.time != last.time:
        raise ValueError(f"frame {row.index} has two times")
    elif not row.faces or not last.faces or row.faces[0].face_id <= last.faces[-1].face_id:
        raise ValueError(f"frame {row.index} has a face twice, or its faces out of order")
    else:
        frames[-1] = FrameReading(last.index, last.time, (*last.faces, *row.faces))


def check_order(last: FrameReading | None, following: FrameReading) -> None:
    """Check that a frame may follow the last one; any frame may be the first.

    Raises:
        ValueError: Its number is not larger, or its time is earlier.
    """
    if last is None:
        return
    if following.index <= last.index:
        raise ValueError(f"frame {following.index} comes after frame {last.index}")
    if following.time < last.time:
        raise ValueError(
            f"frame {following.index} is at {following.time} s, before frame {last.index} at {last.time} s"
        )


def shortened(text: str, most: int = 40) -> str:
    """Return a text from a file for a message: the beginning of a long one."""
    return text if len(text) <= most else f"{text[:most]}..."


@contextmanager
def errors_about(path: Path, line: Callable[[], int], remedy: str) -> Generator[None, None, None]:
    """Let the errors of reading name the file, and those of its content the line.

    Args:
        path: The file.
        line: Returns the number of the current line, from 1.
        remedy: The remedy where the content is wrong.

    Raises:
        SourceError: The block raised another error.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceError(f"'{path}' is not UTF-8 text", remedy) from error
    except (ValueError, csv.Error) as error:
        raise SourceError(f"'{path}', line {max(1, line())}: {error}", remedy) from error
    except OSError as error:
        raise read_error(path, error) from error


def _parse_pose(fields: Mapping[str, str]) -> HeadPose | None:
    texts = [fields.get(name, "") for name in HeadPose._fields]
    if not any(texts):
        return None
    pose = HeadPose(*(parse_number(text, name) for text, name in zip(texts, HeadPose._fields, strict=True)))
    for name, angle in pose._asdict().items():
        if not -180 <= angle <= 180:
            raise ValueError(f"{name} must be from -180 to 180, not {angle:g}")
    return pose


def parse_count(text: str, column: str, least: int, most: int) -> int:
    """Return the whole number in a cell.

    Raises:
        ValueError: It is no whole number, or out of bounds.
    """
    is_whole = text.isascii() and text.isdigit()
    if is_whole and (len(text) > len(str(most)) or int(text) > most):  # Python refuses to convert thousands of digits
        raise ValueError(f"{column} must be at most {most}, not '{shortened(text)}'")
    if not is_whole or int(text) < least:
        raise ValueError(f"{column} must be a whole number from {least}, not '{shortened(text)}'")
    return int(text)


def parse_number(text: str, column: str) -> float:
    """Return the number in a cell.

    Raises:
        ValueError: It is no number, or far beyond all that recordings have.
    """
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{column} must be a number, not '{shortened(text)}'")
    if abs(value) > _MOST:
        raise ValueError(f"{column} must be from {-_MOST:g} to {_MOST:g}, not {shortened(text)}")
    return value


def _parse_probability(text: str, column: str) -> float:
    value = parse_number(text, column)
    if not 0 <= value <= 1:
        raise ValueError(f"{column} must be from 0 to 1, not {shortened(text)}")
    return value


def _parse_probabilities(texts: Sequence[str], columns: Sequence[str]) -> NDArray[np.float32]:
    return np.array([_parse_probability(text, name) for text, name in zip(texts, columns, strict=True)], np.float32)


def _with_largest(probabilities: NDArray[np.float32], classes: Sequence[str], emotion: str) -> NDArray[np.float32]:
    """Return the probabilities with that of `emotion` as the largest, because rounding may have made a tie."""
    if emotion == UNCERTAIN and emotion not in classes and classes:
        return probabilities
    if emotion not in classes:
        raise ValueError(f"emotion '{shortened(emotion)}' is not one of the classes")
    place = classes.index(emotion)
    if probabilities[place] < probabilities.max():
        raise ValueError(f"emotion '{shortened(emotion)}' is not the most probable class")
    if probabilities.argmax() != place:
        probabilities[place] = np.nextafter(probabilities[place], np.float32(2))
    return probabilities
