"""``fervid data``: convert, inspect, clean."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import click

from fervid.cli.data_options import Reading, reading_options
from fervid.cli.options import message_options, output_options
from fervid.cli.value_types import PathType
from fervid.core.files import file_identity
from fervid.core.plurals import counted
from fervid.errors import OutputError, UsageError


@click.group()
def data() -> None:
    """Convert, inspect and clean labelled faces.

    The data may be Kaggle's fer2013.csv (with FER+'s fer2013new.csv beside it), image folders (train/happy/*.png or
    happy/*.png), CK+'s two trees, or NumPy archives. The source itself is never changed.
    """


@data.command()
@click.argument("source", type=PathType())
@click.argument("target", type=PathType())
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "folders"]),
    help="The form to write.  [default: csv if TARGET ends in .csv, otherwise folders]",
)
@reading_options
@message_options
def convert(reading: Reading, source: Path, target: Path, form: str | None, *, quiet: bool, verbose: bool) -> None:
    """Write the faces of SOURCE as Kaggle's table, or as folders of PNG files.

    TARGET must not exist yet; with --to csv it may be a folder, into which fer2013.csv is written. Pixels, labels,
    splits, FER+ votes and the order of rows are preserved, so converting back gives identical data. Images of another
    size or in colour are converted to grey, 48x48.
    """
    from fervid.cli.reporter import Reporter
    from fervid.data.convert import to_folders, to_table
    from fervid.data.forms.table import NAME

    reporter = Reporter(quiet=quiet, verbose=verbose)
    _keep_apart(target, source, reading)
    is_table = target.suffix.lower() == ".csv"
    with reporter.working(f"reading {source}"):
        faces = reading.faces(source)
    with reporter.working(f"writing {target}"):
        if form == "csv" or (form is None and is_table):
            written = to_table(faces, target if is_table else target / NAME)
        else:
            written = to_folders(faces, target)
    reporter.note(f"wrote {counted(len(faces), 'face')} to {' and '.join(map(str, written))}")


@data.command()
@click.argument("source", metavar="DATA", type=PathType())
@click.option("-o", "--output", metavar="FOLDER", type=PathType(), help="[default: inspections/DATA]")
@reading_options
@output_options
def inspect(
    reading: Reading, source: Path, output: Path | None, *, overwrite: bool, quiet: bool, verbose: bool
) -> None:
    """Write a page about DATA, inspection.html, and its numbers, inspection.json.

    The page shows faces per class and split, samples, brightness and its outliers, near-duplicates with conflicting
    labels, and, if there are votes, the agreement with FER+'s labels. It contains images of the data.
    """
    from fervid.cli.reporter import Reporter
    from fervid.core import figures
    from fervid.data import inspection_page
    from fervid.data.inspect import inspect as inspect_faces

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder = output or Path("inspections", source.resolve().stem)
    _keep_apart(folder, source, reading)
    if any((folder / name).exists() for name in (inspection_page.PAGE, inspection_page.NUMBERS)) and not overwrite:
        raise OutputError(
            f"'{folder}' already contains an inspection", "replace it with --overwrite, or choose another -o"
        )
    figures.check_matplotlib()
    with reporter.working(f"reading {source}"):
        faces = reading.faces(source)
    with reporter.working(f"inspecting {counted(len(faces), 'face')}"):
        findings = inspect_faces(faces)
        inspection_page.write(findings, folder)
    for split, row in findings.counts.items():
        reporter.note(f"{split}: {counted(sum(row.values()), 'face')}")
    reporter.note(
        f"{counted(len(findings.duplicates), 'group')} of duplicates, "
        f"{len(findings.conflicts)} of them with conflicting labels"
    )
    reporter.note(f"wrote {folder / inspection_page.PAGE} and {inspection_page.NUMBERS}")


@data.command()
@click.argument("source", metavar="DATA", type=PathType())
@click.option("-o", "--output", metavar="LIST", type=PathType(), required=True, help="A CSV file.")
@reading_options
@output_options
def clean(reading: Reading, source: Path, output: Path, *, overwrite: bool, quiet: bool, verbose: bool) -> None:
    """List the faces of DATA that are not worth training on, with the reasons.

    The list contains faces that are too dark or too bright (mean below 0.1 or above 0.9), copies and near-duplicates,
    and images that most FER+ annotators call not a face; with --detect also those in which no face is detected, and
    with --skip-bad items that cannot be read. DATA itself is not changed: `fervid train --drop LIST` leaves out the
    listed faces.
    """
    from fervid.cli.reporter import Reporter
    from fervid.data import drops
    from fervid.data.clean import clean as clean_faces

    reporter = Reporter(quiet=quiet, verbose=verbose)
    _keep_apart(output, source, reading)
    if output.is_dir():
        raise OutputError(f"'{output}' is a folder", "name a file with -o, such as drop.csv")
    if output.exists() and not overwrite:
        raise OutputError(f"'{output}' exists already", "replace it with --overwrite, or choose another -o")
    with reporter.working(f"reading {source}"):
        faces = reading.faces(source)
    with reporter.working(f"checking {counted(len(faces), 'face')}"):
        found = clean_faces(faces)
    drops.write(output, found)
    for (split, reason), count in sorted(Counter((drop.split, drop.reason) for drop in found).items()):
        reporter.note(f"{split or 'all'}: {count} {reason}")
    reporter.note(f"wrote {output}: {len(found)} to drop of {len(faces) + len(faces.skipped)}")


def _keep_apart(output: Path, source: Path, reading: Reading) -> None:
    """Check that the output does not overwrite or land in the source.

    Raises:
        UsageError: `output` is, or lies in, something that the command reads.
    """
    from fervid.data import votes

    is_file = os.path.isfile(source)  # noqa: PTH113 (Path.is_file fails in a folder that may not be looked into)
    beside = source.with_name(votes.TABLE) if is_file else None
    for read in (source, beside, reading.label_tree):
        if read is not None and (
            Path(os.path.realpath(output)).is_relative_to(os.path.realpath(read))
            or file_identity(output) == file_identity(read)  # a hard link
        ):
            raise UsageError(f"'{output}' lies in the source '{read}'", "choose an output outside the source")
