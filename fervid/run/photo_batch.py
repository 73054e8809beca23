"""Many still pictures, each with an annotated picture, and tables over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fervid import formats
from fervid.core.closing import Closing
from fervid.core.failures import to_fervid_error
from fervid.core.files import make_folder
from fervid.core.interrupts import HeldSignals
from fervid.errors import FervidError
from fervid.formats.photo_table import PhotoReading, PhotoTable
from fervid.formats.picture import annotated_suffix
from fervid.run.photo import PhotoReader, read_photo
from fervid.run.result_names import STANDARD_OUTPUT, name_targets, names_folder
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
        tables: The tables over all pictures.
        overwrite: Replace files that exist.

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
        tables: Tables | None = None,
        overwrite: bool = False,
    ) -> None:
        self._settings = settings
        self._overwrite = overwrite
        self._photos: list[PhotoReading] = []
        self._tables: list[PhotoTable] = []
        self._reader: PhotoReader | None = None
        pictures, self._bad = split_errors(expand_pictures(inputs, recursive=recursive))
        targets: list[tuple[Path | None, ...]] = [() for _ in pictures]
        if annotate:
            targets = name_targets(pictures, output, annotated_suffix)
        table_files = [Path(name) for name in (tables or {}).values() if name not in (None, STANDARD_OUTPUT)]
        paths = [picture.path for picture in pictures]
        self._jobs = plan_jobs(paths, targets, table_files, makes_folders=names_folder(output))
        with ExitStack() as opening:
            if any(job.error is None for job in self._jobs):
                self._tables = open_tables(tables or {}, opening, overwrite=overwrite)
                if output is not None and names_folder(output):
                    make_folder(Path(output))
                self._reader = opening.enter_context(PhotoReader(settings))
            self._resources = opening.pop_all()

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
                    self._photos.append(outcome.photo)
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
        if self._reader is None or not self._photos:
            return []
        return finish_tables(self._tables, self._photos, self._reader.classes, partial=partial)

    def close(self) -> None:
        """Close the models, and discard tables that are not finished. May be called more than once."""
        self._resources.close()

    def _attempt(self, job: Job) -> PhotoOutcome:
        target = next(iter(job.targets), None)
        try:
            job.check()
            assert self._reader is not None
            job.make_folders()
            photo = read_photo(self._reader, job.source, target, blur=self._settings.blur, overwrite=self._overwrite)
        except Exception as error:
            return PhotoOutcome(job.source, error=to_fervid_error(error, job.source))
        return PhotoOutcome(job.source, photo, target)


def open_tables(tables: Tables, stack: ExitStack, *, overwrite: bool = False) -> list[PhotoTable]:
    """Open tables over still pictures.

    Args:
        tables: The files.
        stack: Closes the tables.
        overwrite: Replace files that exist.

    Raises:
        OutputError: A file exists, its folder does not exist, or nothing can be written there.
    """
    opened = []
    for form, name in tables.items():
        if name is not None:
            target = None if name == STANDARD_OUTPUT else Path(name)
            opened.append(stack.enter_context(formats.create_table(target, format=form, overwrite=overwrite)))
    return opened


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
