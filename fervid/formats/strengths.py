"""What was read in still pictures, as CSV, as JSON, or for the eye; docs/photo.md describes all three."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from fervid.core.closing import Closing
from fervid.core.readings import FaceReading
from fervid.formats.output import Output, StandardOutput
from fervid.formats.rows import fixed

FIXED: Final = ("file", "face", "x", "y", "width", "height", "score", "emotion", "confidence")
"""The columns before those of the classes."""

_DIGITS: Final = 4
_DIGITS_FOR_THE_EYE: Final = 3


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """What was read in one picture.

    Attributes:
        path: Its file.
        width: Of the upright picture, in pixels.
        height: Of the upright picture, in pixels.
        faces: Its faces, in the order of their `face_id`; none is a result too.
    """

    path: Path
    width: int
    height: int
    faces: tuple[FaceReading, ...]

    @property
    def name(self) -> str:
        """The path as it was given; bytes of it that are no text are escaped."""
        return str(self.path).encode("utf-8", "backslashreplace").decode()


Format = Callable[[Sequence[ReadPhoto], tuple[str, ...]], str]
"""Makes a text of what was read, and of the names of the classes."""


class Table(Closing):
    """One table over all pictures, written at the end.

    Args:
        target: Where to; None for standard output.
        form: `as_csv` or `as_json`.
        overwrite: Whether a file at `target` may be replaced.

    Raises:
        OutputError: The target exists, or its folder is missing or refuses.
    """

    def __init__(self, target: Path | None, form: Format, *, overwrite: bool = False) -> None:
        self._output = StandardOutput() if target is None else Output(target, overwrite=overwrite)
        self._form = form

    def finish(self, photos: Sequence[ReadPhoto], classes: tuple[str, ...], *, partial: bool = False) -> Path | None:
        """Write the table and give it its name, as `Writer.finish` says.

        Raises:
            OutputError: It cannot be written; what was there before is untouched.
        """
        content = self._form(photos, classes).encode()
        with self._output.guard(), ExitStack() as stack:
            stream = self._output.open()
            if self._output.target is not None:
                stack.enter_context(stream)
            stream.write(content)
            stream.flush()
        return self._output.commit(partial=partial)

    def close(self) -> None:
        """Remove what is not finished."""
        self._output.discard()


def as_csv(photos: Sequence[ReadPhoto], classes: tuple[str, ...]) -> str:
    """A header and one row a face (RFC 4180); a picture without a face has a row with empty fields."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*FIXED, *classes])
    for photo in photos:
        rows.writerows(_row(photo, face) for face in photo.faces)
        if not photo.faces:
            rows.writerow([photo.name, *[""] * (len(FIXED) - 1 + len(classes))])
    return text.getvalue()


def as_json(photos: Sequence[ReadPhoto], classes: tuple[str, ...]) -> str:
    """An object with the classes, and the pictures with their faces."""
    document = {"classes": classes, "pictures": [_picture(photo) for photo in photos]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def as_text(photo: ReadPhoto) -> str:
    """The name of the picture, and a line for each face: its number, emotion and confidence, then all strengths."""
    if not photo.faces:
        return f"{photo.name}: no face"
    count = f"{len(photo.faces)} face{'s' if len(photo.faces) > 1 else ''}"
    return "\n".join([f"{photo.name}: {count}", *map(_line, photo.faces)])


def face_fields(face: FaceReading) -> dict[str, Any]:
    """A face as it stands in the JSON; its strengths sum to 1 as printed."""
    strengths = rounded(face.probabilities.tolist(), _DIGITS)
    return {
        "face": face.face_id,
        "box": {name: round(value, 1) for name, value in face.box._asdict().items()},
        "score": round(face.score, 4),
        "emotion": face.emotion,
        "confidence": max(strengths),
        "strengths": dict(zip(face.classes, strengths, strict=True)),
    }


def rounded(shares: Sequence[float], digits: int) -> list[float]:
    """`shares`, which sum to 1, rounded such that they sum to 1 as they are printed (the largest remainder method)."""
    unit = 10**digits
    exact = [share * unit / math.fsum(shares) for share in shares]
    whole = [math.floor(share) for share in exact]
    by_remainder = sorted(range(len(shares)), key=lambda place: whole[place] - exact[place])
    for place in by_remainder[: unit - sum(whole)]:
        whole[place] += 1
    return [share / unit for share in whole]


def _row(photo: ReadPhoto, face: FaceReading) -> list[str]:
    strengths = rounded(face.probabilities.tolist(), _DIGITS)
    return [
        photo.name,
        str(face.face_id),
        *(fixed(value, 1) for value in face.box),
        fixed(face.score, 4),
        face.emotion,
        *(fixed(value, _DIGITS) for value in (max(strengths), *strengths)),
    ]


def _picture(photo: ReadPhoto) -> dict[str, Any]:
    faces = [face_fields(face) for face in photo.faces]
    return {"file": photo.name, "width": photo.width, "height": photo.height, "faces": faces}


def _line(face: FaceReading) -> str:
    strengths = rounded(face.probabilities.tolist(), _DIGITS_FOR_THE_EYE)
    each = [f"{name} {fixed(share, _DIGITS_FOR_THE_EYE)}" for name, share in zip(face.classes, strengths, strict=True)]
    widest = max(map(len, face.classes))
    return (
        f"{face.face_id:>4}  {face.emotion:<{widest}} {fixed(max(strengths), _DIGITS_FOR_THE_EYE)}   {'  '.join(each)}"
    )
