"""Many still pictures: an annotated picture of each and tables over all; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from fervid import formats
from fervid.core.closing import Closing
from fervid.core.failures import explained
from fervid.core.files import make_folder
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import FervidError
from fervid.formats.base import Context
from fervid.formats.photo_table import PhotoReading, PhotoTable
from fervid.formats.picture import annotated
from fervid.run.photo import PhotoReader, open_photo
from fervid.run.targets import STANDARD_OUTPUT, Job, is_folder, main_targets, plan, split_errors
from fervid.settings import Settings
from fervid.sources.inputs import expand_pictures

Tables = Mapping[str, str | None]
"""Tables to write: for the name of each format of tables, a file or ``-`` for standard output; None for no table."""


@dataclass(frozen=True, slots=True)
class PhotoOutcome:
    """The outcome of one picture of a batch.

    Attributes:
        source: The file; the input as it was given, where it names no picture.
        photo: The reading; None where it failed.
        written: The annotated picture; None where none was written.
        error: The reason for the failure; None where there was none.
    """

    source: Path
    photo: PhotoReading | None = None
    written: Path | None = None
    error: FervidError | None = None


class PhotoBatch(Closing):
    """Still pictures that are read one after the other. Iterate over it, then call `finish` to write the tables.

    Args:
        inputs: Pictures, folders of pictures, and patterns such as ``party/*.jpg``.
        settings: The options of the analysis; those that concern time have no effect.
        output: A file for the annotated picture of a single input, a folder, or None for the current folder.
        annotate: Write annotated pictures.
        tables: The tables over all pictures.
        overwrite: Replace files that exist.

    Raises:
        FervidError: The models cannot be loaded, a table cannot be written, or the inputs and outputs make no sense
            together. An input that names no picture is the error of an outcome instead.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        settings: Settings,
        *,
        output: str | None = None,
        annotate: bool = True,
        tables: Tables | None = None,
        overwrite: bool = False,
    ) -> None:
        self._settings = settings
        self._overwrite = overwrite
        self._photos: list[PhotoReading] = []
        self._tables: list[PhotoTable] = []
        self._reader: PhotoReader | None = None
        pictures, self._bad = split_errors(expand_pictures(inputs))
        targets = [(main,) for main in main_targets(pictures, output, annotated)] if annotate else [()] * len(pictures)
        files = [Path(name) for name in (tables or {}).values() if name not in (None, STANDARD_OUTPUT)]
        self._jobs = plan(pictures, targets, files)
        with ExitStack() as opening:
            if any(job.error is None for job in self._jobs):
                self._tables = open_tables(tables or {}, opening, overwrite=overwrite)
                if output is not None and is_folder(output):
                    make_folder(Path(output))
                self._reader = opening.enter_context(PhotoReader(settings))
            self._resources = opening.pop_all()

    def __iter__(self) -> Iterator[PhotoOutcome]:
        """Yield the inputs that name no picture, then read the pictures."""
        yield from (PhotoOutcome(Path(bad.text), error=bad.error) for bad in self._bad)
        for job in self._jobs:
            outcome = self._attempt(job)
            if outcome.photo is not None:
                self._photos.append(outcome.photo)
            yield outcome

    def finish(self, *, partial: bool = False) -> list[Path]:
        """Write the tables; there are none where no picture was read.

        Args:
            partial: The run was interrupted, as for `Writer.finish`.

        Returns:
            The files.

        Raises:
            OutputError: A table cannot be written; what was there before is untouched.
        """
        if self._reader is None or not self._photos:
            return []
        return finish_tables(self._tables, self._photos, self._reader.classes, partial=partial)

    def close(self) -> None:
        """Let go of the models, and remove tables that are not finished. May be called twice."""
        self._resources.close()

    def _attempt(self, job: Job) -> PhotoOutcome:
        target = next(iter(job.targets), None)
        try:
            job.check()
            assert self._reader is not None
            photo = read_photo(self._reader, job.source, target, blur=self._settings.blur, overwrite=self._overwrite)
        except Exception as error:
            return PhotoOutcome(job.source, error=explained(error, job.source))
        return PhotoOutcome(job.source, photo, target)


def read_photo(
    reader: PhotoReader, picture: Path, target: Path | None = None, *, blur: bool = False, overwrite: bool = False
) -> PhotoReading:
    """Read one picture, and write it with boxes and labels.

    Args:
        reader: The loaded models.
        picture: The file to read.
        target: The file to write; None for none.
        blur: Hide every face in what is written.
        overwrite: Replace a file that exists.

    Raises:
        SourceError: The picture cannot be read, or does not decode.
        OutputError: The annotated picture cannot be written.
    """
    with ExitStack() as stack:
        writer = None
        if target is not None:  # before any work, so that a file which is there already costs none
            context = Context(reader.classes, painter=Painter(Blur() if blur else None))
            writer = stack.enter_context(formats.create(target, context, "picture", overwrite=overwrite))
        frame = open_photo(picture)
        reading = reader.read(frame)
        if writer is not None:
            writer.write(frame, reading)
            writer.finish()
    return PhotoReading(picture, frame.width, frame.height, reading.faces)


def open_tables(tables: Tables, stack: ExitStack, *, overwrite: bool = False) -> list[PhotoTable]:
    """Open tables, which `stack` closes.

    Raises:
        OutputError: A file is there already, or its folder is missing or refuses.
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
    """Write tables, and return their files; standard output is none.

    Raises:
        OutputError: One of them cannot be written.
    """
    written = [table.finish(photos, classes, partial=partial) for table in tables]
    return [path for path in written if path is not None]
