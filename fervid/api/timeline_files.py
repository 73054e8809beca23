"""The functions that make other files of timelines: formats, figures and reports."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from fervid.api.keywords import FormatNames, PathText, argument, flags, input_texts, optional, output_text
from fervid.core.durations import SHORTEST_S
from fervid.errors import UsageError
from fervid.formats.context import STANDARD
from fervid.formats.row_options import accept_format_names, accept_row_options
from fervid.formats.timeline import Timeline
from fervid.report.timeline_figure import MOST_FACES, WIDTH, WIDTH_BOUNDS, write_figure
from fervid.run.timeline_batch import TimelineBatch

_log = logging.getLogger(__name__)


def convert(
    timelines: PathText | Sequence[PathText],
    target: PathText | None = None,
    *,
    formats: FormatNames = (),
    recursive: bool = False,
    empty: bool = True,
    valence: bool = False,
    csv_dialect: str = STANDARD,
    shortest: float = SHORTEST_S,
    sidecar: bool = True,
    overwrite: bool = False,
) -> tuple[Path, ...]:
    """Write timelines that are files in other formats, without reading the videos again.

    >>> timeline = fervid.timeline("clip.mp4", "talk.csv")
    >>> fervid.convert("talk.csv", "talk.eaf")
    (PosixPath('talk.eaf'),)
    >>> fervid.convert("talk.csv", formats=["webvtt", "srt"])
    (PosixPath('talk.vtt'), PosixPath('talk.srt'))

    They are read frame by frame, so their length does not matter. A timeline in memory has a method `save`.

    Args:
        timelines: A timeline that fervid wrote, or several, folders of them, and patterns such as ``results/*.csv``. In
            a folder, files that hold no timeline are passed over.
        target: The file to write, in the format of its suffix, or a folder; None to name files after the timelines, in
            the current folder.
        formats: The names of the formats to write, one file for each.
        recursive: Read the subfolders of folders too.
        empty: As for `timeline`.
        valence: As for `timeline`.
        csv_dialect: As for `timeline`.
        shortest: As for `timeline`.
        sidecar: As for `timeline`.
        overwrite: Replace files that exist.

    Returns:
        The files that were written.

    Raises:
        FervidError: An argument is wrong, or a timeline cannot be read or written. All others are converted before the
            first such error is raised.
    """
    flags(recursive=recursive, overwrite=overwrite)
    batch = TimelineBatch(
        input_texts(timelines, "timelines"),
        accept_format_names(formats),
        output=output_text("target", target),
        recursive=recursive,
        overwrite=overwrite,
        **accept_row_options(empty=empty, valence=valence, csv_dialect=csv_dialect, shortest=shortest, sidecar=sidecar),
    )
    outcomes = list(batch)
    for outcome in outcomes:
        if outcome.error is not None:
            raise outcome.error
    return tuple(path for outcome in outcomes for path in outcome.written)


def plot(
    timeline: PathText | Timeline,
    target: PathText | None = None,
    *,
    lines: bool = False,
    width: float = WIDTH,
    overwrite: bool = False,
) -> Path:
    """Draw a timeline as a figure for a paper: for each face its emotions over time, and its segments below.

    >>> fervid.plot(fervid.timeline("clip.mp4"), "talk.pdf")  # pip install 'fervid[plot]'
    PosixPath('talk.pdf')

    Only the 12 faces that were seen longest are drawn.

    Args:
        timeline: A timeline, or the file of one.
        target: The figure to write: .png, .svg or .pdf. None to name it after the file of the timeline, as .png, in the
            current folder.
        lines: Draw a line for each emotion, instead of stacked bands.
        width: The width of the figure, in inches.
        overwrite: Replace a file that exists.

    Returns:
        The file of the figure.

    Raises:
        FervidError: An argument is wrong, matplotlib is not installed, the timeline cannot be read or has no face, or
            the figure exists or cannot be written.
    """
    flags(lines=lines, overwrite=overwrite)
    size = argument("width", width, float, bounds=WIDTH_BOUNDS)
    file: Path | None = optional("target", target, Path)
    source: Path | Timeline = timeline if isinstance(timeline, Timeline) else argument("timeline", timeline, Path)
    if file is None:
        if isinstance(source, Timeline):
            raise UsageError("plot needs a target for a timeline that is no file", "name the figure to write")
        file = Path(source.with_suffix(".png").name)
    left_out = write_figure(source, file, lines=lines, width=size, overwrite=overwrite)
    if left_out:
        _log.info("only the %d faces that were seen longest are drawn, and %d left out", MOST_FACES, left_out)
    return file


def report(
    results: PathText | Sequence[PathText],
    target: PathText = "report.html",
    *,
    videos: PathText | None = None,
    portraits: bool = True,
    overwrite: bool = False,
) -> Path:
    """Show the timelines of a study on one page: every face over time, beside its video, and all of them compared.

    >>> timeline = fervid.timeline("clip.mp4", "clip.csv")
    >>> fervid.report("clip.csv", "talk.html")
    PosixPath('talk.html')

    The page holds all of its data and opens without a network; the videos stay where they are. A warning names those
    that were not found.

    Args:
        results: A folder that holds timelines, or a timeline, or several of them.
        target: The page to write.
        videos: The folder that holds the videos; None to look where the manifest says, and beside the timelines.
        portraits: Show pictures of the faces, instead of outlines.
        overwrite: Replace a file that exists.

    Returns:
        The file of the page.

    Raises:
        FervidError: An argument is wrong, there is no timeline or one cannot be read, or the page exists or cannot be
            written.
    """
    from fervid.report.report_file import write_report

    flags(portraits=portraits, overwrite=overwrite)
    page: Path = argument("target", target, Path)
    inputs = [Path(text) for text in input_texts(results, "results")]
    folder = optional("videos", videos, Path)
    if missing := write_report(inputs, page, videos=folder, portraits=portraits, overwrite=overwrite):
        _log.warning("%s; name their folder with videos=FOLDER", missing)
    return page
