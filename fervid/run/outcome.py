"""The analysis of one input, and its outcome."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fervid.core.plurals import counted
from fervid.core.readings import FrameReading
from fervid.core.tally import Tally
from fervid.core.timecodes import clock
from fervid.detect.orientation_check import OrientationCheck
from fervid.errors import FervidError
from fervid.run.advice import advise, advise_turn
from fervid.run.models import Models
from fervid.run.opening import open_recorded
from fervid.run.pipeline import write_frames
from fervid.run.results import Results
from fervid.run.targets import Job
from fervid.settings import Settings
from fervid.smooth.face_summary import FaceSummary, Summariser
from fervid.sources.base import SourceInfo

_log = logging.getLogger(__name__)

_LATE_S: Final = 0.5
"""The start of a clock, in seconds, from which it is reported. Many containers start some hundredths late."""

Watch = Callable[[FrameReading], object]
"""A function to call with each reading when it is written, in the writing thread."""

Progress = Callable[[SourceInfo], AbstractContextManager[Watch]]
"""A function to call with each source before it is read. The context that it returns lasts until the source is done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one input.

    >>> outcome = fervid.annotate("clip.mp4", "annotated.mp4", end="10f")
    >>> print(*outcome.written)
    annotated.mp4
    >>> outcome.tally.frames, outcome.tally.faces
    (10, 3)

    Attributes:
        source: The file or folder; for an input that names none, the input as it was given.
        written: The files of its results.
        tally: The totals: frames, faces, and seconds of each emotion.
        undecodable: The number of packets or pictures that did not decode, and so gave no frame.
        damage: A one-line report of damage to the file, such as one that is cut off; None if there is none.
        seconds: The time that reading and writing took, in seconds.
        complete: False if Ctrl-C stopped the run; the results then end there.
        error: The reason for the failure; None if there was none.
        interrupt: The exception that stopped the run early, such as `KeyboardInterrupt`; None if there was none.
        advice: What was looked for and what to try, where no face was found, or none was upright; else None.
        summary: The totals of each face; for an input without a face, a single one without a `face_id`.
    """

    source: Path
    written: tuple[Path, ...] = ()
    tally: Tally = field(default_factory=Tally)
    undecodable: int = 0
    damage: str | None = None
    seconds: float = 0.0
    complete: bool = True
    error: FervidError | None = None
    interrupt: BaseException | None = None
    advice: str | None = None
    summary: tuple[FaceSummary, ...] = ()


def analyse(
    job: Job,
    models: Models,
    settings: Settings,
    results: Results,
    progress: Progress | None = None,
) -> Outcome:
    """Read one source and write its results.

    Args:
        job: The source, and the files of its results.
        models: The models, loaded for these settings.
        settings: The options of the analysis.
        results: The results to write.
        progress: Watches the source while it is read.

    Raises:
        FervidError: The source cannot be read, or a result cannot be written.
    """
    tally, summariser = Tally(), Summariser(models.engine.manifest.classes, results.shortest)
    with ExitStack() as stack:
        source = stack.enter_context(open_recorded(job.source, settings))
        job.make_folders()
        results = replace(results, overwrite=results.overwrite or job.overwrites)
        opened = results.open(source.info, job.targets, models, settings)
        writers = [stack.enter_context(writer) for writer in opened]
        _log.debug("'%s': %s", job.source, _describe(source.info))
        if source.info.starts_late and source.info.start >= _LATE_S:
            _log.info(
                "'%s' starts at %s on its own clock, which the timeline keeps; start=N and end=N count from there",
                job.source,
                clock(source.info.start),
            )
        begin = time.monotonic()
        with progress(source.info) if progress else nullcontext(_ignore) as watch:

            def count(reading: FrameReading) -> None:
                tally.add(reading)
                summariser.add(reading)
                watch(reading)

            check = models.orientation_check()
            analyser = models.analyser(watch=None if check is None else check.watch)
            written = write_frames(source, analyser, writers, count, source.stop)
        seconds = time.monotonic() - begin
    return Outcome(
        job.source,
        written.files,
        tally,
        source.undecodable,
        source.damage,
        seconds,
        written.complete,
        interrupt=written.interrupt,
        advice=_advice(models, settings, source.info, tally, check),
        summary=summariser.finish(),
    )


def _advice(
    models: Models, settings: Settings, info: SourceInfo, tally: Tally, check: OrientationCheck | None
) -> str | None:
    if check is not None and check.rotation:
        return advise_turn(check.rotation, settings)
    if tally.with_face or not tally.frames:
        return None
    return advise(models.detector, models.scout, settings, info.canvas)


def _ignore(_: FrameReading) -> None:
    """Do nothing."""


def _describe(info: SourceInfo) -> str:
    parts = [f"{info.width}x{info.height}"]
    if info.rate is not None:
        parts.append(f"{float(info.rate):.5g} frames/s")
    if info.frames is not None:
        parts.append(f"about {counted(info.frames, 'frame')}")
    return ", ".join([*parts, "with sound" if info.has_audio else "without sound"])
