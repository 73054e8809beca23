"""The functions for videos and pictures that are files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Literal, overload

from typing_extensions import Unpack

from fervid.api.keywords import (
    FormatNames,
    Options,
    PathText,
    PhotoOptions,
    TimelineOptions,
    argument,
    encoding_choices,
    flags,
    optional,
    output_text,
    settings_from,
    spelled_out,
)
from fervid.core.durations import SHORTEST_S
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.draw.blur import Blur
from fervid.formats.context import STANDARD
from fervid.formats.photo_table import PhotoReading
from fervid.formats.row_options import accept_format_names, accept_row_options
from fervid.formats.timeline import Timeline
from fervid.run.models import Models
from fervid.run.outcome import Outcome, Progress, analyse
from fervid.run.photo import PhotoReader, read_photo
from fervid.run.reader import Reader
from fervid.run.results import Results, choose_forms
from fervid.run.run_record import provenance
from fervid.run.summary_table import SummaryTable, open_summary
from fervid.run.targets import Job, plan_jobs
from fervid.settings import Settings
from fervid.sources.inputs import Input
from fervid.video.fitting import fit


@overload
def read(
    source: PathText, *, frames: Literal[False] = False, settings: Settings | None = None, **options: Unpack[Options]
) -> Reader[FaceReading]: ...
@overload
def read(
    source: PathText, *, frames: Literal[True], settings: Settings | None = None, **options: Unpack[Options]
) -> Reader[tuple[Frame, FrameReading]]: ...
@spelled_out
def read(
    source: PathText, *, frames: bool = False, settings: Settings | None = None, **options: Unpack[Options]
) -> Reader[FaceReading] | Reader[tuple[Frame, FrameReading]]:
    """Read the faces in a video, or in a folder of pictures, while it is decoded.

    >>> for reading in fervid.read("clip.mp4", every=10):
    ...     print(f"{reading.time:.3f} s  face {reading.face_id}  {reading.emotion}")
    0.000 s  face 1  ...

    With ``frames=True``, each analysed frame comes with its picture, also one without a face:

    >>> for frame, reading in fervid.read("clip.mp4", frames=True, end="3f"):
    ...     print(frame.index, frame.image.shape, len(reading.faces))
    0 (180, 320, 3) ...

    Models and source are opened at the call and closed at the end of the loop, however it ends.

    Args:
        source: A video, a picture, or a folder of pictures.
        frames: Yield each analysed frame with all its readings, instead of one reading for each face. With `blur`,
            faces are hidden in the frame.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Returns:
        An iterator over the readings, in order: one for each face and analysed frame, or one pair for each analysed
        frame. It is a context manager too, and has the source's size, frame rate and number of frames as `info`.

    Raises:
        FervidError: An option is wrong, or the source, the detector or the engine cannot be opened.
    """
    chosen = settings_from(options, settings, among=Options, function="read")
    path = argument("source", source, Path)
    flags(frames=frames)
    if not frames:
        return Reader(path, chosen, lambda _, reading: reading.faces, keep_pixels=False)
    blur = Blur() if chosen.blur else None

    def pair(frame: Frame, reading: FrameReading) -> Iterator[tuple[Frame, FrameReading]]:
        shown = fit(frame)
        yield (blur.hidden(shown, reading) if blur else shown), reading

    return Reader(path, chosen, pair)


@spelled_out
def timeline(
    source: PathText,
    target: PathText | None = None,
    *,
    formats: FormatNames = (),
    empty: bool = True,
    valence: bool = False,
    csv_dialect: str = STANDARD,
    shortest: float = SHORTEST_S,
    sidecar: bool = True,
    summary: PathText | None = None,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Unpack[TimelineOptions],
) -> Timeline:
    """Read a whole video, or a folder of pictures, into a `Timeline`, and write that to files.

    >>> timeline = fervid.timeline("clip.mp4", "clip.csv", every=2)
    >>> len(timeline.frames)
    15
    >>> timeline.to_pandas()  # pip install 'fervid[pandas]'
       frame ...

    Args:
        source: A video, a picture, or a folder of pictures.
        target: The file to write while the source is read, in the format of its suffix, or a folder. With None, nothing
            is written, or with `formats` files that are named after the source, in the current folder.
        formats: The names of the formats to write, such as ``"elan"`` or ``["csv", "elan"]``: one file for each, with
            the name of `target` and the suffix of the format.
        empty: Write a row for each frame without a face. The `Timeline` has those frames in any case.
        valence: Write the valence of each face: happy minus the strongest negative emotion.
        csv_dialect: ``standard`` for CSV as RFC 4180 has it, ``excel`` for CSV as Excel opens it where the decimal sign
            is a comma.
        shortest: The length of the shortest stretch of one emotion, in seconds, in formats that hold stretches and in
            the summary.
        sidecar: Write ``NAME.csv.json``, which says how ``NAME.csv`` was made.
        summary: The CSV file for the totals of each face; None to write none.
        overwrite: Replace files that exist.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Raises:
        FervidError: As for `read`; or the file exists, or cannot be written.
    """
    chosen = settings_from(options, settings, among=TimelineOptions, function="timeline")
    path, place = argument("source", source, Path), output_text("target", target)
    flags(overwrite=overwrite)
    named = accept_format_names(formats)
    results = Results(
        timeline=place is not None or bool(named),
        forms=choose_forms(named, place),
        overwrite=overwrite,
        **accept_row_options(empty=empty, valence=valence, csv_dialect=csv_dialect, shortest=shortest, sidecar=sidecar),
    )
    totals = optional("summary", summary, Path)
    job = _plan(path, place, results, totals)
    frames: list[FrameReading] = []
    with _summary(totals, job, results) as table, Models(chosen) as models:
        _read(job, models, chosen, results, table, lambda _: nullcontext(frames.append))
        analysed = tuple(frame for frame in frames if frame.analysed)
        return Timeline(models.engine.manifest.classes, analysed, provenance(path, models, chosen))


@spelled_out
def annotate(
    source: PathText,
    target: PathText | None = None,
    *,
    csv: bool = False,
    codec: str | None = None,
    encoder: str | None = None,
    crf: int | None = None,
    outline: bool = False,
    summary: PathText | None = None,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Unpack[Options],
) -> Outcome:
    """Write the video, or picture, with the emotion of every face drawn on it, its sound kept.

    >>> outcome = fervid.annotate("clip.mp4", "happy.mp4", blur=True)
    >>> outcome.written
    (PosixPath('happy.mp4'),)
    >>> outcome.tally.seconds  # how long each emotion was shown
    {...}

    Args:
        source: A video, a picture, or a folder of pictures.
        target: The file to write, or a folder; None to name it after the source, in the current folder.
        csv: Write the timeline too, as CSV beside the video.
        codec: ``h264``, ``hevc`` or ``av1``; None for that of `encoder`, or ``h264``.
        encoder: An encoder of FFmpeg, such as ``libx264``; None for the usual one of `codec`.
        crf: The quality, lower is better; None for a good one.
        outline: Outline the regions too, and the faces that were left out.
        summary: The CSV file for the totals of each face; None to write none.
        overwrite: Replace files that exist.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Returns:
        The files, and totals: frames, faces, seconds of each emotion.

    Raises:
        FervidError: As for `read`; or a file exists, or cannot be written.
    """
    chosen = settings_from(options, settings, among=Options, function="annotate")
    path = argument("source", source, Path)
    flags(csv=csv, outline=outline, overwrite=overwrite)
    encoding = encoding_choices(codec, encoder, crf)
    results = Results(annotate=True, timeline=csv, choice=outline, overwrite=overwrite, **encoding)
    totals = optional("summary", summary, Path)
    job = _plan(path, output_text("target", target), results, totals)
    with _summary(totals, job, results) as table, Models(chosen) as models:
        return _read(job, models, chosen, results, table)


@spelled_out
def photo(
    source: PathText,
    target: PathText | None = None,
    *,
    outline: bool = False,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Unpack[PhotoOptions],
) -> PhotoReading:
    """Read the faces in a still picture, from left to right; small ones too, which a video has no time for.

    >>> for face in fervid.photo("family.jpg", "family.annotated.jpg").faces:
    ...     print(face.face_id, face.emotion, face.strengths["happy"])
    1 ...

    For many pictures, `fervid.run.photo_batch.PhotoBatch` loads the models once, and writes tables.

    Args:
        source: A picture.
        target: The file to write the picture to with the emotion of every face on it; None to write none.
        outline: Outline the regions in it too, and the faces that were left out.
        overwrite: Replace a file that exists.
        settings: Options as one object; those that are given beside it win. Those that concern time have no effect.
        **options: The options of the analysis, as on the command line.

    Raises:
        FervidError: As for `read`; or the file exists, or cannot be written.
    """
    chosen = settings_from(options, settings, among=PhotoOptions, function="photo")
    path = argument("source", source, Path)
    flags(outline=outline, overwrite=overwrite)
    place = optional("target", target, Path)
    (job,) = plan_jobs([path], [(place,)])
    job.check()
    with PhotoReader(chosen, outline=outline) as reader:
        return read_photo(reader, path, place, overwrite=overwrite)


def _plan(source: Path, target: str | None, results: Results, totals: Path | None) -> Job:
    """Return the job of a single source.

    Raises:
        FervidError: The source may not be read, because a result or the table of totals would replace it.
    """
    (job,) = results.plan([Input.named(source)], target, () if totals is None else (totals,))
    job.check()
    return job


@contextmanager
def _summary(totals: Path | None, job: Job, results: Results) -> Iterator[SummaryTable | None]:
    """Open the table of totals for the block; None if no file is named."""
    if totals is None:
        yield None
        return
    job.make_folders()  # the table may lie in the folder of the results
    with open_summary(totals, results) as table:
        yield table


def _read(
    job: Job,
    models: Models,
    settings: Settings,
    results: Results,
    table: SummaryTable | None,
    progress: Progress | None = None,
) -> Outcome:
    """Read a single source, and write the table of its totals. Ctrl-C goes on once the results are completed."""
    outcome = analyse(job, models, settings, results, progress)
    if outcome.interrupt is not None:
        raise outcome.interrupt
    if table is not None:
        table.add(job.source, outcome.summary)
        table.finish()
    return outcome
