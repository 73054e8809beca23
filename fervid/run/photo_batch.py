"""Many still pictures, each with an annotated picture, and tables over all of them."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fervid import formats
from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.files import make_folder
from fervid.core.interrupts import HeldSignals
from fervid.core.readings import FrameReading
from fervid.core.regular_files import TABLE, open_regular
from fervid.core.tally import Tally
from fervid.errors import FervidError, UsageError
from fervid.formats.photo_table import PhotoReading, PhotoTable
from fervid.formats.picture import annotated_suffix
from fervid.run.models import ModelNames
from fervid.run.outcome import Outcome
from fervid.run.photo import PhotoReader, read_photo
from fervid.run.photo_record import from_record, to_record
from fervid.run.result_names import STANDARD_OUTPUT, name_targets, names_folder
from fervid.run.results import Results
from fervid.run.resuming import manifest_folder, without_results
from fervid.run.run_manifest import RunManifest
from fervid.run.targets import Job, plan_jobs, split_errors
from fervid.settings import Settings
from fervid.sources.inputs import expand_pictures

Tables = Mapping[str, str | None]
"""The file of each table, by the name of its format; ``-`` for standard output, None for no table."""


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """The outcome of one picture of a batch.

    Attributes:
        source: The file; for an input that names no picture, the input as it was given.
        photo: The reading; None if the picture could not be read or written.
        written: The file of the annotated picture; None if there is none.
        error: The reason for the failure; None if there was none.
    """

    source: Path
    photo: PhotoReading | None = None
    written: Path | None = None
    error: FervidError | None = None


class PhotoBatch(Closing):
    """Still pictures that are read one after the other. Iterate over it, then call `finish` to write the tables.

    A picture that fails does not stop the others.

    Args:
        inputs: Pictures, folders of pictures, and patterns such as ``party/*.jpg``.
        settings: The options of the analysis; those that concern time have no effect.
        output: A file for the annotated picture of a single input, a folder, or None for the current folder. In a
            folder, annotated pictures repeat the subfolders of their inputs.
        recursive: Read the subfolders of folders too.
        annotate: Write annotated pictures.
        outline: Outline the regions in them, and the faces that were left out.
        tables: The tables over all pictures.
        overwrite: Replace files that exist.
        resume: Pass over pictures whose annotated pictures are complete, and were made with the same options, engine
            and picture. The tables hold them too, and replace those of the earlier run.
        record: Write the manifest of the run, as `Batch` does; without annotated pictures there is none.

    Attributes:
        done: The pictures that were passed over, because their annotated pictures are complete.

    Raises:
        FervidError: The models cannot be loaded, a table cannot be written, or the inputs and outputs contradict each
            other. An input that names no picture has an outcome with an error instead.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        settings: Settings,
        *,
        output: str | None = None,
        recursive: bool = False,
        annotate: bool = True,
        outline: bool = False,
        tables: Tables | None = None,
        overwrite: bool = False,
        resume: bool = False,
        record: bool = False,
    ) -> None:
        if resume and not annotate:
            raise UsageError("only annotated pictures can be resumed", "leave out --resume or --no-picture")
        self._overwrite = overwrite
        self._photos: dict[Path, PhotoReading] = {}
        self._classes: tuple[str, ...] = ()
        self._tables: list[PhotoTable] = []
        self._reader: PhotoReader | None = None
        self._manifest: RunManifest | None = None
        self.done: tuple[Path, ...] = ()
        pictures, self._bad = split_errors(expand_pictures(inputs, recursive=recursive))
        has_manifest = resume or (record and annotate)
        folder = manifest_folder(output, several=len(pictures) > 1, resume=resume) if has_manifest else None
        if folder is not None:
            results = Results(timeline=False, photo=True, choice=outline, overwrite=overwrite)
            self._manifest = RunManifest(folder, settings, results)
            pictures = without_results(pictures, self._manifest.written, inputs)
        targets: list[tuple[Path | None, ...]] = [() for _ in pictures]
        if annotate:
            targets = name_targets(pictures, output, annotated_suffix)
        table_files = [Path(name) for name in (tables or {}).values() if name not in (None, STANDARD_OUTPUT)]
        self._table_files = table_files
        paths = [picture.path for picture in pictures]
        self._jobs = plan_jobs(paths, targets, table_files, makes_folders=names_folder(output))
        self._order = paths
        with ExitStack() as opening:
            if any(job.error is None for job in self._jobs):
                self._tables = open_tables(tables or {}, opening, overwrite=overwrite, resume=resume)
                if output is not None and names_folder(output):
                    make_folder(Path(output))
                expected = self._remaining(ModelNames.expected(settings)) if resume else self._jobs
                if any(job.error is None for job in expected):
                    self._reader = opening.enter_context(PhotoReader(settings, outline=outline))
                if resume:
                    names = ModelNames.expected(settings) if self._reader is None else self._reader.names
                    self._pass_over(names)
            self._resources = opening.pop_all()

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self._bad) + len(self._jobs)

    def __iter__(self) -> Iterator[PhotoOutcome]:
        """Yield the outcomes of inputs that name no picture, then read each picture and yield its outcome.

        Raises:
            KeyboardInterrupt: Ctrl-C stopped the run. It is raised after the outcome of the current picture.
        """
        yield from (PhotoOutcome(Path(bad.text), error=bad.error) for bad in self._bad)
        for job in self._jobs:
            with HeldSignals() as held:
                outcome = self._attempt(job)
                if outcome.photo is not None:
                    self._photos[job.source] = outcome.photo
            yield outcome
            held.release()

    def finish(self, *, partial: bool = False) -> list[Path]:
        """Write the tables. If no picture was read, there are none.

        Args:
            partial: True if the run was interrupted; see `Writer.finish`.

        Returns:
            The files of the tables, without standard output.

        Raises:
            OutputError: A table cannot be written; an earlier file is unchanged.
        """
        if not self._photos:
            return []
        photos = [self._photos[path] for path in self._order if path in self._photos]
        classes = self._classes if self._reader is None else self._reader.classes
        written = finish_tables(self._tables, photos, classes, partial=partial)
        if self._manifest is not None and written:
            self._manifest.end_tables(self._table_files, written)
        return written

    def close(self) -> None:
        """Close the models, and discard tables that are not finished. May be called more than once."""
        self._resources.close()

    def _attempt(self, job: Job) -> PhotoOutcome:
        """Read one picture, and record it in the manifest."""
        target = next(iter(job.targets), None)
        begin = time.monotonic()
        try:
            job.check()
            assert self._reader is not None
            if self._manifest is not None:
                self._manifest.begin(job)
            job.make_folders()
            overwrite = self._overwrite or job.overwrites
            photo = read_photo(self._reader, job.source, target, overwrite=overwrite)
            outcome = PhotoOutcome(job.source, photo, target)
        except Exception as error:
            outcome = PhotoOutcome(job.source, error=to_fervid_error(error, job.source))
        if job.error is None and self._reader is not None:
            self._record(job, outcome, time.monotonic() - begin, self._reader)
        return outcome

    def _record(self, job: Job, outcome: PhotoOutcome, seconds: float, reader: PhotoReader) -> None:
        if self._manifest is None:
            return
        tally = Tally()
        record = None
        if outcome.photo is not None:
            tally.add(FrameReading(0, 0.0, outcome.photo.faces))
            record = to_record(outcome.photo, reader.classes)
        written = () if outcome.written is None else (outcome.written,)
        ended = Outcome(job.source, written, tally, seconds=seconds, error=outcome.error)
        self._manifest.end(job, ended, reader.names, photo=record)

    def _remaining(self, models: ModelNames) -> list[Job]:
        """Return what is to be done: the jobs whose pictures are not complete, or whose readings were not recorded."""
        assert self._manifest is not None
        found = []
        for job in self._jobs:
            rest = self._manifest.remaining(job, models)
            if rest is None and from_record(job.source, self._manifest.photo(job)) is None:
                rest = dataclasses.replace(job, overwrites=True)
            if rest is not None:
                found.append(rest)
        return found

    def _pass_over(self, models: ModelNames) -> None:
        """Keep what is to be done of the jobs, and the readings of the others for the tables."""
        assert self._manifest is not None
        remaining = self._remaining(models)
        todo = {job.source for job in remaining}
        for job in self._jobs:
            known = None if job.source in todo else from_record(job.source, self._manifest.photo(job))
            if known is not None:
                self._photos[job.source], self._classes = known
        self.done = tuple(self._photos)
        # A picture that crashed a run, as a decoder may do, must not stop the others again.
        self._jobs = sorted(remaining, key=self._manifest.was_killed)


def open_tables(tables: Tables, stack: ExitStack, *, overwrite: bool = False, resume: bool = False) -> list[PhotoTable]:
    """Open tables over still pictures.

    Args:
        tables: The files.
        stack: Closes the tables.
        overwrite: Replace files that exist.
        resume: Replace tables of fervid's that exist.

    Raises:
        OutputError: A file exists, its folder does not exist, or nothing can be written there.
    """
    opened = []
    for form, name in tables.items():
        if name is not None:
            target = None if name == STANDARD_OUTPUT else Path(name)
            replaces = overwrite or (resume and target is not None and _is_table(target, form))
            opened.append(stack.enter_context(formats.create_table(target, format=form, overwrite=replaces)))
    return opened


def _is_table(path: Path, form: str) -> bool:
    """Return True if a file begins as a table of this format does."""
    beginning = formats.by_name(form).table((), ()).partition("]")[0].rstrip().encode()
    try:
        with open_regular(path, TABLE) as file:
            return file.read(len(beginning)) == beginning
    except OSError:
        return False


def finish_tables(
    tables: Sequence[PhotoTable], photos: Sequence[PhotoReading], classes: tuple[str, ...], *, partial: bool = False
) -> list[Path]:
    """Write tables, and return their files, without standard output.

    Args:
        tables: The tables.
        photos: The readings, in order.
        classes: The names of the classes, in the order of the engine.
        partial: True if the run was interrupted; see `Writer.finish`.

    Raises:
        OutputError: A table cannot be written.
    """
    written = [table.finish(photos, classes, partial=partial) for table in tables]
    return [path for path in written if path is not None]
