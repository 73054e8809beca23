"""``fervid photo``."""

from __future__ import annotations

import click

from fervid.cli.options import output_options, still_options
from fervid.settings import Settings
from fervid.web.address import Address


@click.command(short_help="Read the faces in still pictures.")
@click.argument("pictures", metavar="[IMAGE...]", nargs=-1)
@click.option("-o", "--output", metavar="OUT", help="A picture file or a folder.")
@click.option("--no-picture", is_flag=True, help="Write no annotated pictures.")
@click.option("--csv", metavar="OUT.csv", help="Write one table over all pictures as CSV; - for standard output.")
@click.option("--json", metavar="OUT.json", help="The same as JSON.")
@click.option(
    "--browse",
    is_flag=False,
    flag_value=str(Address()),
    metavar="[HOST:PORT]",
    help=f"Serve a page to drop pictures on, in place of IMAGE; by default at {Address()}, for this machine alone.",
)
@output_options
@still_options
def photo(
    settings: Settings,
    pictures: tuple[str, ...],
    output: str | None,
    no_picture: bool,
    csv: str | None,
    json: str | None,
    browse: str | None,
    overwrite: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Read every face in still pictures: an annotated picture of each, and how strongly each emotion shows.

    IMAGE is a picture, a folder of pictures, or a pattern such as 'party/*.jpg'. Each picture stands alone. The result
    is named after it and lands in this folder: family.jpg gives family.annotated.jpg. The strengths of a face are
    between 0 and 1 and sum to 1; without --csv or --json they are listed on standard output.
    """
    from fervid.cli.photos import PhotoRun, tables_of
    from fervid.cli.reporter import Reporter
    from fervid.errors import UsageError
    from fervid.run.targets import STANDARD_OUTPUT

    reporter = Reporter(quiet=quiet, verbose=verbose)
    if browse is not None:
        from fervid.cli.browse import serve
        from fervid.cli.options import address_of

        if pictures or no_picture or (output, csv, json) != (None, None, None):
            raise UsageError(
                "--browse gets its pictures from a page, and stores nothing",
                "leave out IMAGE, -o, --no-picture, --csv and --json",
            )
        serve(settings, address_of(browse, "--browse", "IMAGE"), reporter)
        return 0
    if not pictures:
        raise UsageError("no picture is given", "name one, or give --browse")
    if output == STANDARD_OUTPUT:
        raise UsageError("a picture does not go to standard output", "give -o a file or a folder")
    if output is not None and no_picture:
        raise UsageError("-o and --no-picture contradict each other", "leave one of them out")

    run = PhotoRun(
        settings, output, reporter, tables_of(csv, json, output), annotate=not no_picture, overwrite=overwrite
    )
    return run.over(pictures)
