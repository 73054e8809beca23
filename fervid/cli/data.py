"""``fervid data``: convert, inspect, clean."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import click

from fervid.cli.data_options import Reading, reading_options
from fervid.cli.options import message_options, output_options
from fervid.errors import OutputError, UsageError


@click.group()
def data() -> None:
    """Convert, inspect and clean labelled faces.

    They may be Kaggle's fer2013.csv (with FER+'s fer2013new.csv beside it), picture folders (train/happy/*.png or
    happy/*.png), CK+'s two trees, or NumPy archives. Nothing is ever written to what is read.
    """


@data.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option(
    "--to",
    "form",
    type=click.Choice(["csv", "folders"]),
    help="What to make.  [default: csv where TARGET ends in .csv, else folders]",
)
@reading_options
@message_options
def convert(reading: Reading, source: Path, target: Path, form: str | None, *, quiet: bool, verbose: bool) -> None:
    """Write the faces of SOURCE as Kaggle's table, or as folders of PNG files.

    TARGET must not be there yet; with --to csv it may be a folder to write fer2013.csv into. Pixels, labels, splits,
    FER+ votes and the order of the rows are kept, so that the way back gives the same again. Pictures of another size
    or in colour become grey and 48x48.
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
    reporter.note(f"wrote {len(faces)} faces to {' and '.join(map(str, written))}")


@data.command()
@click.argument("source", metavar="DATA", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="FOLDER", type=click.Path(path_type=Path), help="[default: inspections/DATA]")
@reading_options
@output_options
def inspect(
    reading: Reading, source: Path, output: Path | None, *, overwrite: bool, quiet: bool, verbose: bool
) -> None:
    """Write a page about DATA, inspection.html, and its numbers, inspection.json.

    Faces per class and split, samples, brightness and its outliers, near-duplicates and the contradictions among their
    labels, and how far the labels agree with FER+'s where there are votes. The page holds pictures of the data.
    """
    from fervid.cli.reporter import Reporter
    from fervid.core import figures
    from fervid.data import inspection_page
    from fervid.data.inspect import inspect as look_at

    reporter = Reporter(quiet=quiet, verbose=verbose)
    folder = output or Path("inspections", source.resolve().stem)
    _keep_apart(folder, source, reading)
    if any((folder / name).exists() for name in (inspection_page.PAGE, inspection_page.NUMBERS)) and not overwrite:
        raise OutputError(f"{folder} holds an inspection already", "replace it with --overwrite, or choose another -o")
    figures.check()
    with reporter.working(f"reading {source}"):
        faces = reading.faces(source)
    with reporter.working(f"looking at {len(faces)} faces"):
        findings = look_at(faces)
        inspection_page.write(findings, folder)
    for split, row in findings.counts.items():
        reporter.note(f"{split}: {sum(row.values())} faces")
    reporter.note(
        f"{len(findings.duplicates)} groups of duplicates, {len(findings.conflicts)} of them with contradicting labels"
    )
    reporter.note(f"wrote {folder / inspection_page.PAGE} and {inspection_page.NUMBERS}")


@data.command()
@click.argument("source", metavar="DATA", type=click.Path(path_type=Path))
@click.option("-o", "--output", metavar="LIST", type=click.Path(path_type=Path), required=True, help="A CSV file.")
@reading_options
@output_options
def clean(reading: Reading, source: Path, output: Path, *, overwrite: bool, quiet: bool, verbose: bool) -> None:
    """Write a list of the faces of DATA that are not worth learning from, and why.

    Too dark or too bright (mean below 0.1 or above 0.9), copies and near-duplicates, and what most FER+ taggers take
    for no face; with --detect also where the detector finds none, and with --skip-bad what cannot be read. DATA itself
    stays as it is: training leaves out what the list names.
    """
    from fervid.cli.reporter import Reporter
    from fervid.data import drops
    from fervid.data.clean import clean as look_over

    reporter = Reporter(quiet=quiet, verbose=verbose)
    _keep_apart(output, source, reading)
    if output.is_dir():
        raise OutputError(f"{output} is a folder", "name a file with -o, such as drop.csv")
    if output.exists() and not overwrite:
        raise OutputError(f"{output} is there already", "replace it with --overwrite, or choose another -o")
    with reporter.working(f"reading {source}"):
        faces = reading.faces(source)
    with reporter.working(f"looking at {len(faces)} faces"):
        found = look_over(faces)
    drops.write(output, found)
    for (split, reason), count in sorted(Counter((drop.split, drop.reason) for drop in found).items()):
        reporter.note(f"{split or 'all'}: {count} {reason}")
    reporter.note(f"wrote {output}: {len(found)} to drop of {len(faces) + len(faces.skipped)}")


def _keep_apart(output: Path, source: Path, reading: Reading) -> None:
    """Check that nothing is written to what is read.

    Raises:
        UsageError: `output` is, or lies in, what the command reads.
    """
    from fervid.data import votes

    is_file = os.path.isfile(source)  # noqa: PTH113 (Path.is_file fails in a folder that may not be looked into)
    beside = source.with_name(votes.TABLE) if is_file else None
    for read in (source, beside, reading.label_tree):
        if read is not None and Path(os.path.realpath(output)).is_relative_to(os.path.realpath(read)):
            raise UsageError(f"{output} would be written to {read}, which is read", "choose a place outside of it")
