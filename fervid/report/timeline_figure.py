"""A timeline as a figure for a paper: a row for each face, on one scale of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fervid.core import figures
from fervid.core.emotions import UNCERTAIN, colour
from fervid.core.files import write_bytes
from fervid.core.markers import Marker
from fervid.errors import OutputError, SourceError, UsageError
from fervid.formats.base import matching_suffix
from fervid.formats.marker_files import read_markers
from fervid.formats.timeline import Timeline, timeline_format
from fervid.report.bands import UNCERTAIN as DOUBT
from fervid.report.bands import Resolution
from fervid.report.recording import Recording, ShownFace

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SUFFIXES: Final = (".png", ".svg", ".pdf")

WIDTH: Final = 7.0
"""The default width in inches, that of two columns of a usual journal."""

WIDTH_BOUNDS: Final = (2.0, 40.0)

MOST_FACES: Final = 12
"""The largest number of rows, those of the faces that were seen longest."""

_MOST_BYTES: Final = 100_000
"""The number of bytes of all bands: about 10,000 steps, which even a wide figure cannot tell apart."""

_ROW: Final = 1.05
"""The height of a row in inches."""

_ENTRY: Final = 0.86
"""The width of an entry of the legend in inches."""

_STRIP: Final = (-0.2, 0.14)
"""The bottom and the height of the strip of segments, on the scale of the probabilities."""

_LONGEST_NAME: Final = 24
"""The number of characters of the name of a marker."""

_NAME_SPACE: Final = 0.17
"""The width in inches that the name of a marker takes along the axis of time."""

_DOTS_PER_INCH: Final = 300

_TEXT: Final = 8.0
"""The size of texts in points, which is readable in print."""


def write_figure(
    timeline: Path | Timeline, target: Path, *, lines: bool = False, width: float = WIDTH, overwrite: bool = False
) -> int:
    """Draw a timeline.

    Args:
        timeline: A timeline, or a file that fervid wrote.
        target: The file to write; its suffix is one of `SUFFIXES`.
        lines: True for a line for each emotion; False for bands that are stacked on each other.
        width: The width in inches.
        overwrite: True to replace a file at the target.

    Returns:
        The number of faces that are left out, because there are more than `MOST_FACES`.

    Raises:
        MissingPackageError: matplotlib is not installed.
        SourceError: The timeline does not exist, is malformed, or has no face.
        OutputError: The suffix is not known, the file exists, or it cannot be written.
    """
    suffix = matching_suffix(target, SUFFIXES)
    if not suffix:
        raise OutputError(f"'{target}' does not have the suffix of a figure", f"use {', '.join(SUFFIXES)}")
    if target.exists() and not overwrite:
        raise OutputError(f"'{target}' exists already", "replace it with overwrite=True, or choose another name")
    if not WIDTH_BOUNDS[0] <= width <= WIDTH_BOUNDS[1]:
        raise UsageError(f"a width of {width:g} inches is not possible", "choose one from 2 to 40")
    recording, markers = _read(timeline)
    faces = recording.faces
    if not faces:
        name = "the timeline" if isinstance(timeline, Timeline) else f"'{timeline}'"
        raise SourceError(f"{name} has no face", "choose another timeline")
    write_bytes(target, _drawn(recording, markers, faces[:MOST_FACES], suffix.removeprefix("."), width, lines=lines))
    return max(0, len(faces) - MOST_FACES)


def _read(timeline: Path | Timeline) -> tuple[Recording, Sequence[Marker]]:
    """Return the recording, and the markers that are within it."""
    if isinstance(timeline, Timeline):
        classes, frames, markers = timeline.classes, iter(timeline.frames), timeline.markers
    else:
        classes, frames = timeline_format(timeline).stream(timeline)
        markers = read_markers(timeline)
    recording = Recording(classes, frames, Resolution(_MOST_BYTES))
    return recording, [marker for marker in markers if recording.start <= marker.time <= recording.end]


def _drawn(
    recording: Recording,
    markers: Sequence[Marker],
    faces: Sequence[ShownFace],
    form: str,
    width: float,
    *,
    lines: bool,
) -> bytes:
    figure = figures.new_figure(width, _ROW * len(faces) + 0.9, dots_per_inch=_DOTS_PER_INCH, install="fervid[plot]")
    rows = figure.subplots(len(faces), 1, sharex=True, squeeze=False).flatten()
    shown: dict[str, None] = {}
    for axes, face in zip(rows, faces, strict=True):
        names = _draw_face(axes, recording, face, lines=lines)
        shown.update(dict.fromkeys(names))
    least = (recording.end - recording.start) * _NAME_SPACE / width
    _draw_markers(list(rows), markers, least)
    rows[-1].set_xlim(recording.start, recording.end)
    rows[-1].set_xlabel("time (s)", fontsize=_TEXT)
    order = [name for name in (*recording.classes, UNCERTAIN) if name in shown]
    from matplotlib.patches import Patch

    handles = [Patch(**_style(name), label=name) for name in order]
    columns = max(1, int(width / _ENTRY))
    figure.legend(
        handles=handles,
        loc="outside upper center",
        ncols=min(len(order), columns),
        fontsize=_TEXT,
        frameon=False,
        handlelength=1.2,
        columnspacing=1.2,
    )
    return figures.encode(figure, form)


def _draw_face(axes: Axes, recording: Recording, face: ShownFace, *, lines: bool) -> list[str]:
    """Draw one row, and return the names of the emotions that are to be seen in it."""
    shown = {segment.emotion for segment in face.segments}
    for times, rows in _runs(face, recording):
        values = rows[:, : len(recording.classes)]
        shares = values / values.sum(axis=1, keepdims=True)
        shown.update(name for name, most in zip(recording.classes, shares.max(axis=0), strict=True) if most >= 0.1)
        if lines:
            for name, share in zip(recording.classes, shares.T, strict=True):
                axes.plot(times, share, color=_colour(name), linewidth=1.1)
        else:
            axes.stackplot(times, *shares.T, colors=[_colour(name) for name in recording.classes], linewidth=0)
            doubtful = rows[:, DOUBT] > 127
            axes.fill_between(
                times, 0, 1, where=doubtful, facecolor="none", edgecolor="white", hatch="////", linewidth=0
            )
    for segment in face.segments:
        axes.broken_barh([(segment.start, segment.seconds)], _STRIP, **_style(segment.emotion))
    axes.set_ylim(_STRIP[0], 1)
    axes.set_yticks([0, 0.5, 1])
    axes.tick_params(labelsize=_TEXT - 0.5, width=0.6, length=2.5)
    axes.set_ylabel(f"face {face.face_id}", fontsize=_TEXT)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_linewidth(0.6)
    return list(shown)


def _draw_markers(rows: Sequence[Axes], markers: Sequence[Marker], least: float) -> None:
    """Draw a line through all rows at each marker, with its name above the first row.

    Args:
        rows: The rows.
        markers: The markers, in the order of time.
        least: The seconds between two names; a marker that follows another one more closely has a line alone.
    """
    free = -np.inf
    for marker in markers:
        for axes in rows:
            axes.axvline(marker.time, color="black", linewidth=0.8, linestyle=(0, (4, 2)))
        if marker.time < free:
            continue
        free = marker.time + least
        name = marker.name if len(marker.name) <= _LONGEST_NAME else f"{marker.name[: _LONGEST_NAME - 1]}…"
        rows[0].annotate(
            name.replace("$", r"\$"),  # or it would be a formula
            (marker.time, 1),
            xycoords=("data", "axes fraction"),
            xytext=(1, 2),
            textcoords="offset points",
            rotation=40,
            rotation_mode="anchor",
            fontsize=_TEXT - 1,
        )


def _runs(face: ShownFace, recording: Recording) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Yield the times in seconds and the rows of each run without a gap, up to the ends of its steps."""
    places, rows = face.bands.table()
    step = face.bands.step
    for part in np.split(np.arange(len(places)), np.flatnonzero(np.diff(places) != 1) + 1):
        times = np.concatenate([[places[part[0]]], places[part] + 0.5, [places[part[-1]] + 1]]) * step
        inside = rows[[part[0], *part, part[-1]]].astype(np.float64)
        yield np.clip(times, recording.start, recording.end), inside


def _style(name: str) -> dict[str, Any]:
    style = {"facecolor": _colour(name), "linewidth": 0}
    return {**style, "hatch": "//////", "edgecolor": "white"} if name == UNCERTAIN else style


def _colour(name: str) -> tuple[float, float, float]:
    red, green, blue = colour(name)
    return red / 255, green / 255, blue / 255
