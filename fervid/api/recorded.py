"""The functions for videos and pictures that are files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Literal, overload

from typing_extensions import Unpack

from fervid import formats
from fervid.api.keywords import (
    Options,
    PathText,
    PhotoOptions,
    TimelineOptions,
    argument,
    encoding_choices,
    flags,
    optional,
    settings_from,
    spelled_out,
)
from fervid.core.readings import FaceReading, Frame, FrameReading
from fervid.draw.blur import Blur
from fervid.formats.photo_table import PhotoReading
from fervid.formats.timeline import Timeline
from fervid.run.models import Models
from fervid.run.outcome import Outcome, analyse
from fervid.run.photo import PhotoReader, read_photo
from fervid.run.reader import Reader
from fervid.run.results import Results
from fervid.run.run_record import provenance
from fervid.run.targets import plan_jobs
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
        return Reader(path, chosen, lambda _, reading: reading.faces)
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
    empty: bool = True,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Unpack[TimelineOptions],
) -> Timeline:
    """Read a whole video, or a folder of pictures, into a `Timeline`, and write that to a file.

    >>> timeline = fervid.timeline("clip.mp4", "clip.csv", every=2)
    >>> len(timeline.frames)
    15
    >>> timeline.to_pandas()  # pip install 'fervid[pandas]'
       frame ...

    Args:
        source: A video, a picture, or a folder of pictures.
        target: The file to write, while the source is read; None to write none.
        empty: Write a row for each frame without a face. The `Timeline` has those frames in any case.
        overwrite: Replace a file that exists.
        settings: Options as one object; those that are given beside it win.
        **options: The options of the analysis, as on the command line.

    Raises:
        FervidError: As for `read`; or the file exists, or cannot be written.
    """
    chosen = settings_from(options, settings, among=TimelineOptions, function="timeline")
    path = argument("source", source, Path)
    flags(empty=empty, overwrite=overwrite)
    frames: list[FrameReading] = []
    place = optional("target", target, Path)
    (job,) = plan_jobs([path], [() if place is None else (place,)])
    job.check()
    results = Results(timeline=False)
    if place is not None:
        form = formats.by_suffix(place, *formats.OF_READINGS).name
        results = Results(forms=(form,), empty=empty, overwrite=overwrite)
    with Models(chosen) as models:
        _complete(analyse(job, models, chosen, results, lambda _: nullcontext(frames.append)))
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
    flags(csv=csv, overwrite=overwrite)
    results = Results(annotate=True, timeline=csv, overwrite=overwrite, **encoding_choices(codec, encoder, crf))
    (job,) = results.plan([Input.named(path)], optional("target", target, str))
    job.check()
    with Models(chosen) as models:
        return _complete(analyse(job, models, chosen, results))


@spelled_out
def photo(
    source: PathText,
    target: PathText | None = None,
    *,
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
        overwrite: Replace a file that exists.
        settings: Options as one object; those that are given beside it win. Those that concern time have no effect.
        **options: The options of the analysis, as on the command line.

    Raises:
        FervidError: As for `read`; or the file exists, or cannot be written.
    """
    chosen = settings_from(options, settings, among=PhotoOptions, function="photo")
    path = argument("source", source, Path)
    flags(overwrite=overwrite)
    place = optional("target", target, Path)
    (job,) = plan_jobs([path], [(place,)])
    job.check()
    with PhotoReader(chosen) as reader:
        return read_photo(reader, path, place, blur=chosen.blur, overwrite=overwrite)


def _complete(outcome: Outcome) -> Outcome:
    """Return the outcome of a single source; Ctrl-C goes on once its results are completed."""
    if outcome.interrupt is not None:
        raise outcome.interrupt
    return outcome
