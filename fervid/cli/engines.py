"""``fervid engines``."""

from __future__ import annotations

import json as writer
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from fervid.engines.inventory import Entry

_USUAL = (Path("runs"), Path("engines"))
"""Where engines of one's own are looked for without being told."""


@click.command()
@click.argument("paths", metavar="[PATH]...", type=click.Path(path_type=Path), nargs=-1)
@click.option("--json", is_flag=True, help="For programs: a list with all that is known of each.")
@click.option("--clear", is_flag=True, help="Remove what was built and kept; it is built again when it is needed.")
def engines(*, paths: tuple[Path, ...], json: bool, clear: bool) -> None:
    """List the engines that come with fervid, those that were built, and your own.

    Your own are looked for in and below each PATH, and in runs and engines of the current folder.
    """
    from fervid.cli.engine_tables import output, size_text
    from fervid.engines import build_cache, inventory

    if clear:
        if paths or json:
            raise UsageError("--clear lists nothing", "leave out PATH and --json")
        count, freed = len(build_cache.folders()), build_cache.clear()
        builds = "1 build" if count == 1 else f"{count} builds"
        click.echo(f"removed {builds} from {build_cache.root()}; {size_text(freed)} are free again")
        return
    entries = list(inventory.everything([*paths, *(path for path in _USUAL if path.is_dir())]))
    if json:
        click.echo(writer.dumps([entry.document() for entry in entries], indent=2, ensure_ascii=False))
        return
    console = output()
    console.print(_table(entries, inventory.working()))
    for entry in entries:
        if entry.damage:
            console.print(f"damaged: {entry.damage}", markup=False)
    if built := [entry.size for entry in entries if entry.kind == inventory.BUILT]:
        kept = f"builds are kept in {build_cache.root()} ({size_text(sum(built))})"
        console.print(f"{kept}; fervid engines --clear removes them", markup=False)


def _table(entries: Sequence[Entry], working: Sequence[str]) -> Table:
    from rich.table import Table

    from fervid.cli.engine_tables import STYLE, size_text

    table = Table(**STYLE)
    table.add_column("engine", overflow="fold")
    for column in ("kind", "network"):
        table.add_column(column, no_wrap=True)
    for column in ("classes", "accuracy"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("runs on")
    table.add_column("size", justify="right", no_wrap=True)
    for entry in entries:
        size = size_text(entry.size)
        if entry.manifest is None:
            table.add_row(entry.name, entry.kind, "damaged", "", "", "", size, style="red")
            continue
        compiled, known = entry.compiled, entry.accuracy
        table.add_row(
            entry.name,
            entry.kind,
            entry.manifest.network,
            str(len(entry.manifest.classes)),
            f"{known[0]:.1%}" if known else "",
            ", ".join(working) if compiled is None else f"{compiled.backend} {compiled.precision}",
            size,
        )
    return table
