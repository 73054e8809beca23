"""The command ``fervid photo``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from fervid.cli.file_options import beside, file_option
from fervid.cli.options import (
    Tables,
    input_options,
    output_options,
    parse_address,
    resume_option,
    settings_options,
    table_options,
)
from fervid.cli.signals import asked_to_stop
from fervid.cli.value_types import FileType
from fervid.errors import UsageError
from fervid.run.option_flags import flag
from fervid.settings import Group, Settings
from fervid.web.address import Address

if TYPE_CHECKING:
    from fervid.cli.reporter import Reporter
    from fervid.run.photo_batch import PhotoOutcome

_POLL_S: Final = 0.1
"""The interval at which `photo --browse` looks for a request to stop, in seconds."""


@click.command(short_help="Classify the faces in still pictures.")
@click.argument("pictures", type=FileType(), metavar="[IMAGE...]", nargs=-1)
@click.option("-o", "--output", type=FileType(), metavar="OUT", help="A picture file or a folder.")
@file_option(
    "--no-picture", is_flag=True, gives_way=beside("output", "browse", "resume"), help="Write no annotated pictures."
)
@table_options
@click.option(
    "--browse",
    is_flag=False,
    flag_value=str(Address()),
    metavar="[HOST:PORT]",
    help=f"Serve a page to drop pictures on, instead of IMAGE. The default address is {Address()}, for this machine "
    "only.",
)
@input_options
@resume_option
@output_options
@settings_options(Group.INPUT, Group.DETECT, Group.ENGINE, Group.COMPUTE, Group.OUTPUT)
def photo(
    settings: Settings,
    tables: Tables,
    pictures: tuple[str, ...],
    output: str | None,
    no_picture: bool,
    browse: str | None,
    recursive: bool,
    resume: bool,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Classify every face in still pictures, and write an annotated copy of each.

    IMAGE is a picture, a folder of pictures, or a pattern such as 'party/*.jpg'. The result is named after it and
    written to the current folder: family.jpg gives family.annotated.jpg. The probabilities of each face are listed on
    standard output, unless a table is written. With -v, the regions and the faces that were left out are outlined too.
    """
    from fervid.cli.reporter import Reporter
    from fervid.run.photo_batch import PhotoBatch
    from fervid.run.result_names import STANDARD_OUTPUT
    from fervid.run.targets import check_distinct

    reporter = Reporter(quiet=quiet, verbose=verbose)
    if browse is not None:
        if pictures or no_picture or output is not None or tables or resume:
            raise UsageError(
                "--browse takes its pictures from a page and writes no files",
                "leave out IMAGE, -o, --no-picture, --resume and tables such as --csv",
            )
        _serve(settings, parse_address(browse, "--browse", "IMAGE"), reporter, outline=verbose)
        return 0
    if not pictures:
        raise UsageError("IMAGE is missing", "name a picture, or give --browse")
    if output == STANDARD_OUTPUT:
        raise UsageError("a picture cannot be written to standard output", "give -o a file or a folder")
    if output is not None and no_picture:
        raise UsageError("-o and --no-picture contradict each other", "leave one of them out")

    check_distinct({}, {"-o": output} | {flag(name): file for name, file in tables.items()})
    failed = False
    interrupt: KeyboardInterrupt | None = None
    with PhotoBatch(
        pictures,
        settings,
        output=output,
        recursive=recursive,
        annotate=not no_picture,
        outline=verbose,
        tables=tables,
        overwrite=overwrite,
        resume=resume,
        record=True,
    ) as batch:
        if batch.done:
            reporter.note_done(len(batch.done), len(batch))
        try:
            for outcome in batch:
                failed = failed or outcome.error is not None
                _report(outcome, reporter, listing=not tables)
        except KeyboardInterrupt as stopped:
            interrupt = stopped
        for path in batch.finish(partial=interrupt is not None):
            reporter.note(f"wrote {path}" + (", up to the interruption" if interrupt else ""))
    if interrupt is not None:
        raise interrupt
    return int(failed)


def _report(outcome: PhotoOutcome, reporter: Reporter, *, listing: bool) -> None:
    """Print the outcome of one picture."""
    from fervid.formats.photo_table import as_text

    if outcome.error is not None:
        reporter.error(outcome.error)
    elif outcome.photo is not None and listing:
        click.echo(as_text(outcome.photo))
    if outcome.written is not None:
        reporter.note(f"wrote {outcome.written}")
    if outcome.photo is not None:
        reporter.note_advice(outcome.photo.name, outcome.photo.advice, has_face=bool(outcome.photo.faces))


def _serve(settings: Settings, address: Address, reporter: Reporter, *, outline: bool) -> None:
    """Serve the page for pictures until Ctrl-C or SIGTERM asks to stop."""
    from fervid.web.photo_site import PhotoSite
    from fervid.web.server import Page

    with asked_to_stop() as asked, PhotoSite(settings, outline=outline) as site, Page(site, address) as page:
        click.echo(page.url)
        reporter.note("open this page and drop pictures on it; press Ctrl-C to stop")
        while not asked():
            time.sleep(_POLL_S)
