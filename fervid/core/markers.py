"""Named moments of a recording, such as the beginning of a stimulus."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from fervid.core.timecodes import clock

LONGEST_NAME: Final = 200
"""The largest number of characters in the name of a marker; longer ones are cut."""

LONGEST_SOURCE: Final = 64
"""The largest number of characters in the source of a marker."""

MARKERS_SUFFIX: Final = ".markers.csv"
"""The suffix of a file with markers, which follows the whole name of their timeline or video."""


@dataclass(frozen=True, slots=True)
class Marker:
    """A named moment of a recording.

    >>> import dataclasses
    >>> talk = fervid.timeline("clip.mp4", every=10)
    >>> stimuli = (fervid.Marker(1, 0.25, "stimulus 1"), fervid.Marker(2, 0.75, "stimulus 2"))
    >>> dataclasses.replace(talk, markers=stimuli).save("marked.csv")
    >>> print(*fervid.Timeline.load("marked.csv").markers, sep="; ")
    0:00:00.250 stimulus 1; 0:00:00.750 stimulus 2

    Attributes:
        number: The number in the session, from 1.
        time: The time, in seconds on the clock of the recording.
        name: The name, one line without control characters.
        placed: The time of day at which it was placed; None where it is unknown.
        source: The program or the control that placed it, such as ``window``; empty where it is unknown.
        frame: The index of the newest analysed frame at that moment; None where it is unknown.
        files: The files that it was written to; empty where nothing was recorded.
    """

    number: int
    time: float
    name: str
    placed: datetime | None = None
    source: str = ""
    frame: int | None = None
    files: tuple[Path, ...] = field(default=(), compare=False)

    def shifted(self, seconds: float) -> Marker:
        """Return the marker on a clock that is ahead by so many seconds."""
        return replace(self, time=self.time + seconds) if seconds else self

    def __str__(self) -> str:
        return f"{clock(self.time)} {self.name}"


def markers_path(recording: Path) -> Path:
    """Return the file with the markers of a timeline or a video."""
    return recording.with_name(recording.name + MARKERS_SUFFIX)


def is_markers_path(path: Path) -> bool:
    """Return True if a file is named as one that holds markers."""
    return path.name.lower().endswith(MARKERS_SUFFIX)


def clean_line(text: str, longest: int = LONGEST_NAME) -> str:
    """Return a text as one line: without control characters, and cut where it is longer than `longest` characters."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
