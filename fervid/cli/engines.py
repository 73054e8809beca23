"""``fervid engines``."""

from __future__ import annotations

import json as writer
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fervid.cli.value_types import PathType
from fervid.core.plurals import counted
from fervid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from fervid.engines.inventory import Entry

_USUAL = (Path("runs"), Path("engines"))
"""Folders that are searched for the user's own engines by default."""


@click.command(short_help="List shipped, compiled and your own engines.")
@click.argument("paths", metavar="[PATH]...", type=PathType(), nargs=-1)
@click.option("--json", is_flag=True, help="Print the list as JSON, with all details.")
@click.option("--clear", is_flag=True, help="Remove the compiled engines in the cache; later runs build them again.")
def engines(*, paths: tuple[Path, ...], json: bool, clear: bool) -> None:
    """List the engines that ship with fervid, the compiled ones in the cache, and your own.

    Your own are searched for in and below each PATH, and in the folders runs and engines.
    """
    from fervid.cli.engine_tables import output, size_text
    from fervid.engines import build_cache, inventory

    if clear:
        if paths or json:
            raise UsageError("--clear does not list engines", "leave out PATH and --json")
        count, freed = len(build_cache.folders()), build_cache.clear()
        click.echo(f"removed {counted(count, 'build')} from {build_cache.root()}, which frees {size_text(freed)}")
        return
    entries = list(inventory.everything([*paths, *(path for path in _USUAL if path.is_dir())]))
    if json:
        click.echo(writer.dumps([entry.document() for entry in entries], indent=2, ensure_ascii=False))
        return
    console = output()
    console.print(_table(entries, inventory.working()))
    for entry in entries:
        if entry.damage:
            console.print(f"damaged: {entry.damage}")
    if built := [entry.size for entry in entries if entry.kind == inventory.BUILT]:
        usage = f"compiled engines in {build_cache.root()} use {size_text(sum(built))}"
        console.print(f"{usage}; remove them with fervid engines --clear")


def _table(entries: Sequence[Entry], working: Sequence[str]) -> Table:
    from rich.table import Table

    from fervid.cli.engine_tables import STYLE, size_text

    table = Table(**STYLE)
    table.add_column("engine", overflow="fold")
    for column in ("kind", "network"):
        table.add_column(column, no_wrap=True)
    for column in ("classes", "accuracy"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("on", overflow="fold")  # accuracies on different faces cannot be compared
    table.add_column("runs on")
    table.add_column("size", justify="right", no_wrap=True)
    for entry in entries:
        size = size_text(entry.size)
        if entry.manifest is None:
            table.add_row(entry.name, entry.kind, "damaged", "", "", "", "", size, style="red")
            continue
        compiled, accuracy = entry.compiled, entry.accuracy
        table.add_row(
            entry.name,
            entry.kind,
            entry.manifest.network,
            str(len(entry.manifest.classes)),
            f"{accuracy[0]:.1%}" if accuracy else "",
            entry.manifest.data_set if accuracy else "",
            ", ".join(working) if compiled is None else f"{compiled.backend} {compiled.precision}",
            size,
        )
    return table
