"""Reads one picture after the other; one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from fervid.cli.reporter import Reporter
from fervid.cli.run import split_errors
from fervid.draw.blur import Blur
from fervid.draw.painter import Painter
from fervid.errors import FervidError
from fervid.formats.picture import PictureWriter, annotated
from fervid.formats.strengths import Format, ReadPhoto, Table, as_csv, as_json, as_text
from fervid.run.photo import PhotoReader, open_photo
from fervid.run.targets import STANDARD_OUTPUT, check_distinct, is_folder, make_folder, targets
from fervid.settings import Settings
from fervid.sources.inputs import expand_pictures


def tables_of(csv: str | None, json: str | None, output: str | None = None) -> list[tuple[str, Format]]:
    """What ``--csv`` and ``--json`` ask for: where to, or ``-``, and the form of it.

    Args:
        csv: What ``--csv`` said.
        json: What ``--json`` said.
        output: What ``-o`` said of the picture.

    Raises:
        UsageError: Two of them name the same.
    """
    check_distinct({"-o": output, "--csv": csv, "--json": json})
    return [(name, form) for name, form in ((csv, as_csv), (json, as_json)) if name is not None]


def open_table(name: str, form: Format, *, overwrite: bool) -> Table:
    """The table that goes to the file `name`, or, where that is ``-``, to standard output.

    Raises:
        OutputError: The file is there, or its folder is missing or refuses.
    """
    return Table(None if name == STANDARD_OUTPUT else Path(name), form, overwrite=overwrite)


@dataclass(frozen=True, slots=True)
class PhotoRun:
    """The work of ``fervid photo`` over its pictures.

    Attributes:
        settings: How to read.
        output: What ``-o`` said.
        reporter: Where messages go.
        tables: What to write over all pictures: a file's name, or ``-``, and the form of it. Where there is none, what
            was read is listed on standard output.
        annotate: Whether to write annotated pictures.
        overwrite: Whether files that are there may be replaced.
    """

    settings: Settings
    output: str | None
    reporter: Reporter
    tables: Sequence[tuple[str, Format]]
    annotate: bool = True
    overwrite: bool = False

    def over(self, inputs: Sequence[str]) -> int:
        """Read every picture.

        Returns:
            The exit code: 0, 1 when a picture failed, 130 when Ctrl-C stopped the run.

        Raises:
            FervidError: The models cannot be loaded, a table cannot be written, or the inputs and outputs make no sense
                together.
        """
        pictures, failed = split_errors(expand_pictures(inputs), self.reporter)
        if not pictures:
            return 1
        places: Sequence[Path | None] = [None] * len(pictures)
        if self.annotate:
            places = targets(pictures, self.output, annotated)
        with ExitStack() as stack:
            tables = [stack.enter_context(open_table(*named, overwrite=self.overwrite)) for named in self.tables]
            if self.output is not None and is_folder(self.output):
                make_folder(self.output)
            reader = stack.enter_context(PhotoReader(self.settings))
            photos: list[ReadPhoto] = []
            interrupted = False
            try:
                for picture, place in zip(pictures, places, strict=True):
                    photos.extend(self._attempt(picture, place, reader))
            except KeyboardInterrupt:
                interrupted = True
            if photos:
                self._finish(tables, photos, reader.classes, partial=interrupted)
        return 130 if interrupted else int(failed or len(photos) < len(pictures))

    def _attempt(self, picture: Path, place: Path | None, reader: PhotoReader) -> list[ReadPhoto]:
        """Read one picture and tell the user; nothing where that failed."""
        try:
            photo = self._read(picture, place, reader)
        except FervidError as error:
            self.reporter.error(error)
            return []
        if not self.tables:
            click.echo(as_text(photo))
        elif not photo.faces:
            self.reporter.note(f"fervid: {photo.name}: no face was found in it")
        if place is not None:
            self.reporter.note(f"wrote {place}")
        return [photo]

    def _read(self, picture: Path, place: Path | None, reader: PhotoReader) -> ReadPhoto:
        with ExitStack() as stack:
            writer = None
            if place is not None:  # before any work, so that what is there already costs none
                painter = Painter(Blur() if self.settings.blur else None)
                writer = stack.enter_context(PictureWriter(place, painter=painter, overwrite=self.overwrite))
            frame = open_photo(picture)
            reading = reader.read(frame)
            if writer is not None:
                writer.write(frame, reading)
                writer.finish()
        return ReadPhoto(picture, frame.width, frame.height, reading.faces)

    def _finish(
        self, tables: Sequence[Table], photos: Sequence[ReadPhoto], classes: tuple[str, ...], *, partial: bool
    ) -> None:
        for table in tables:
            written = table.finish(photos, classes, partial=partial)
            if written is not None:
                self.reporter.note(f"wrote {written}" + (" up to where it was interrupted" if partial else ""))
