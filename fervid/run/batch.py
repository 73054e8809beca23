"""Many inputs, one after the other, each with its own results."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.files import absolute, make_folder
from fervid.core.readings import FrameReading
from fervid.core.tally import Tally
from fervid.core.timecodes import clock
from fervid.errors import FervidError, UsageError
from fervid.run.models import Models
from fervid.run.opening import open_recorded
from fervid.run.pipeline import write_frames
from fervid.run.result_names import STANDARD_OUTPUT, names_folder
from fervid.run.results import Results
from fervid.run.run_manifest import RunManifest
from fervid.run.targets import Job, split_errors
from fervid.settings import Settings
from fervid.sources import expand
from fervid.sources.base import SourceInfo
from fervid.sources.inputs import Input

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


class Batch(Closing):
    """Inputs that are read one after the other. Iterate over it for their outcomes; it closes itself at the end.

    An input that fails does not stop the others.

    Args:
        inputs: Videos, pictures, folders of either, and patterns such as ``day1/*.mp4``.
        settings: The options of the analysis.
        results: The results to write.
        output: A file for the result of a single input, a folder, ``-`` for standard output, or None for the current
            folder. In a folder, results repeat the subfolders of their inputs.
        recursive: Read the subfolders of folders too.
        resume: Pass over inputs whose results are complete, and were made with the same options, engine and input.
        progress: Watches each source while it is read.

    Attributes:
        done: The sources that were passed over, because their results are complete.

    Raises:
        FervidError: The models cannot be loaded, or the inputs and outputs contradict each other. An input that names
            no source has an outcome with an error instead.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        settings: Settings,
        results: Results,
        *,
        output: str | None = None,
        recursive: bool = False,
        resume: bool = False,
        progress: Progress | None = None,
    ) -> None:
        self._settings = settings
        self._results = results
        self._progress = progress
        self._models: Models | None = None
        self._manifest: RunManifest | None = None
        self.done: tuple[Path, ...] = ()
        sources, self._bad = split_errors(expand(inputs, recursive=recursive))
        folder = _manifest_folder(output, several=len(sources) > 1, resume=resume)
        if folder is not None:
            self._manifest = RunManifest(folder, settings, results)
            sources = _without_results(sources, self._manifest.written, inputs)
        self._jobs = results.plan(sources, output)
        if any(job.error is None for job in self._jobs):
            if output is not None and names_folder(output):
                make_folder(Path(output))
            self._models = Models(settings)
            if self._manifest is not None and resume:
                remaining = [self._manifest.remaining(job, self._models) for job in self._jobs]
                self.done = tuple(job.source for job, rest in zip(self._jobs, remaining, strict=True) if rest is None)
                # A recording that crashed a run, as a decoder may do, must not stop the others again.
                self._jobs = sorted((job for job in remaining if job is not None), key=self._manifest.was_killed)

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self._bad) + len(self._jobs)

    def __iter__(self) -> Iterator[Outcome]:
        """Yield the outcomes of inputs that name no source, then read each source and yield its outcome.

        Raises:
            KeyboardInterrupt: Ctrl-C stopped the run. It is raised after the outcome of the interrupted source.
        """
        with self:
            yield from (Outcome(Path(bad.text), error=bad.error) for bad in self._bad)
            for job in self._jobs:
                outcome = self._attempt(job)
                yield outcome
                if outcome.interrupt is not None:
                    raise outcome.interrupt

    def close(self) -> None:
        """Close the models. May be called more than once."""
        if self._models is not None:
            self._models.close()

    def _attempt(self, job: Job) -> Outcome:
        """Read one source, and record it in the manifest."""
        manifest = self._manifest if job.error is None else None
        try:
            job.check()
            assert self._models is not None
            if manifest is not None:
                manifest.begin(job)
            outcome = analyse(job, self._models, self._settings, self._results, self._progress)
        except BrokenPipeError:  # a reader of standard output who leaves early ends the run; nothing has failed
            raise
        except Exception as error:
            outcome = Outcome(job.source, error=to_fervid_error(error, job.source))
        if manifest is not None and self._models is not None:
            manifest.end(job, outcome, self._models)
        return outcome


def _manifest_folder(output: str | None, *, several: bool, resume: bool) -> Path | None:
    """Return the folder of the manifest; None for a run that writes a single result to a file or to this folder.

    Raises:
        UsageError: Standard output cannot be resumed.
    """
    if output == STANDARD_OUTPUT:
        if resume:
            raise UsageError("standard output cannot be resumed", "give -o a file or a folder")
        return None
    if names_folder(output):
        return Path(output or ".") if several or resume or output is not None else None
    return Path(output or ".").parent if resume else None


def _without_results(sources: Sequence[Input], written: frozenset[Path], inputs: Sequence[str]) -> list[Input]:
    """Return the sources without the results of earlier runs, unless the user typed them."""
    typed = {absolute(Path(text)) for text in inputs}
    results = {item for item in sources if absolute(item.path) in written - typed}
    if results:
        count = "1 result of an earlier run is" if len(results) == 1 else f"{len(results)} results of earlier runs are"
        _log.info("%s passed over", count)
    return [item for item in sources if item not in results]


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
    tally = Tally()
    with ExitStack() as stack:
        source = stack.enter_context(open_recorded(job.source, settings))
        job.make_folders()
        results = replace(results, overwrite=results.overwrite or job.overwrites)
        opened = results.open(source.info, job.targets, models.engine.manifest.classes, settings)
        writers = [stack.enter_context(writer) for writer in opened]
        _log.debug("'%s': %s", job.source, _describe(source.info))
        if source.info.starts_late and source.info.start >= _LATE_S:
            _log.info(
                "'%s' starts at %s on its own clock, which the timeline keeps; --start and --end count from there",
                job.source,
                clock(source.info.start),
            )
        begin = time.monotonic()
        with progress(source.info) if progress else nullcontext(_ignore) as watch:

            def count(reading: FrameReading) -> None:
                tally.add(reading)
                watch(reading)

            written = write_frames(source, models.analyser(), writers, count, source.stop)
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
    )


def _ignore(_: FrameReading) -> None:
    """Do nothing."""


def _describe(info: SourceInfo) -> str:
    parts = [f"{info.width}x{info.height}"]
    if info.rate is not None:
        parts.append(f"{float(info.rate):.5g} frames/s")
    if info.frames is not None:
        parts.append(f"about {info.frames} frames")
    return ", ".join([*parts, "with sound" if info.has_audio else "without sound"])
