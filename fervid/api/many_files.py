"""The function for many inputs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from typing_extensions import Unpack

from fervid.api.keywords import (
    FormatNames,
    Options,
    PathText,
    argument,
    encoding_choices,
    flags,
    input_texts,
    optional,
    output_text,
    settings_from,
    spelled_out,
)
from fervid.core.durations import SHORTEST_S
from fervid.core.machine import JOBS
from fervid.formats.context import STANDARD
from fervid.formats.row_options import accept_format_names, accept_row_options
from fervid.run.batch import Batch
from fervid.run.outcome import Progress
from fervid.run.results import Results, choose_forms
from fervid.settings import Settings


@spelled_out
def analyse_many(
    inputs: PathText | Sequence[PathText],
    folder: PathText | None = None,
    *,
    recursive: bool = False,
    resume: bool = False,
    jobs: int = 1,
    timeline: bool = True,
    annotate: bool = False,
    formats: FormatNames = (),
    empty: bool = True,
    valence: bool = False,
    csv_dialect: str = STANDARD,
    shortest: float = SHORTEST_S,
    sidecar: bool = True,
    codec: str | None = None,
    encoder: str | None = None,
    crf: int | None = None,
    outline: bool = False,
    summary: PathText | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    settings: Settings | None = None,
    **options: Unpack[Options],
) -> Batch:
    """Read many inputs, and write a timeline, an annotated video, or both of each.

    An input that fails does not stop the others; its error is in its outcome:

    >>> for outcome in fervid.analyse_many(["recordings/", "missing.mp4"], "results/"):
    ...     print(outcome.source, outcome.error or outcome.tally.frames)
    missing.mp4 'missing.mp4' does not exist...
    recordings/first.mp4 30
    recordings/second.mp4 30

    Args:
        inputs: Videos, pictures, folders of either, and patterns such as ``day1/*.mp4``.
        folder: The folder for the results, which are named after their inputs and repeat their subfolders; it is made
            where it is missing. None for the current folder.
        recursive: Read the subfolders of folders too.
        resume: Pass over inputs whose results are complete, and were made with the same options, engine and input. They
            are in the attribute `done` of what is returned, and have no outcome.
        jobs: The number of inputs to read at once, in processes of their own.
        timeline: Write a timeline.
        annotate: Write a video, or picture, with the emotion of every face on it.
        formats: The names of the formats of the timeline, one file for each; without any, CSV.
        empty: Write a row for each frame without a face.
        valence: As for `timeline`.
        csv_dialect: As for `timeline`.
        shortest: As for `timeline`.
        sidecar: As for `timeline`.
        codec: As for `annotate`.
        encoder: As for `annotate`.
        crf: As for `annotate`.
        outline: As for `annotate`.
        summary: The CSV file for the totals of each face of all inputs, which is written after the last one; None to
            write none.
        overwrite: Replace files that exist.
        progress: Called with the `SourceInfo` of each source before it is read. It returns a context manager that
            lasts until the source is done and yields a function to call with each `FrameReading`. Of inputs that are
            read at once, it is called with the newest reading ten times a second.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Returns:
        An iterator over the outcomes: inputs that name nothing first, then each source in order, as soon as it is done.

    Raises:
        FervidError: An option is wrong, or the detector or the engine cannot be opened. Inputs whose results would have
            the same name, or would replace an input, are errors of their outcomes.
    """
    chosen = settings_from(options, settings, among=Options, function="analyse_many")
    at_once = argument("jobs", jobs, int, bounds=JOBS)
    flags(recursive=recursive, resume=resume, timeline=timeline, annotate=annotate, outline=outline)
    flags(overwrite=overwrite)
    results = Results(
        annotate,
        timeline,
        choose_forms(accept_format_names(formats), None),
        choice=outline,
        overwrite=overwrite,
        **accept_row_options(empty=empty, valence=valence, csv_dialect=csv_dialect, shortest=shortest, sidecar=sidecar),
        **encoding_choices(codec, encoder, crf),
    )
    output = output_text("folder", folder)
    return Batch(
        input_texts(inputs),
        chosen,
        results,
        output=None if output is None else f"{output}/",
        recursive=recursive,
        resume=resume,
        progress=progress,
        summary=optional("summary", summary, Path),
        jobs=at_once,
    )
