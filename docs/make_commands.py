"""Write docs/commands.md, the reference of the command line, from the commands themselves.

Run ``python docs/make_commands.py`` after changing an option; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from fervid.cli import cli

WIDTH = 100


def reference() -> str:
    """Return the text of docs/commands.md."""
    parts = [
        "# Commands\n\nWritten by `python docs/make_commands.py`.\n\n"
        "Messages go to standard error. Data goes to standard output: the output of `-o -`, the lists of `photo` and\n"
        "`snapshot`, the address of a page, and the tables of `doctor`, `engines` and `bench`.\n\n"
        "| exit code | meaning |\n|---|---|\n"
        "| 0 | success, also if the reader of standard output leaves early, as `head` does, "
        "and if a signal ends `live` or `photo --browse` |\n"
        "| 1 | failure |\n"
        "| 2 | wrong usage |\n"
        "| 130 | interrupted by Ctrl-C; results up to then are kept |\n"
        "| 143 | stopped by SIGTERM or by closing the terminal; results up to then are kept |\n\n"
        "`FERVID_DEBUG=1` shows the traceback behind an error.\n"
    ]
    context = cli.make_context("fervid", [], resilient_parsing=True)
    return "\n".join([*parts, *sections(cli, context)])


def sections(group: click.Group, context: click.Context) -> Iterator[str]:
    """Yield a section for each command of `group`, with those of a subgroup after its own."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH)
        yield f"## {inner.command_path}\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from sections(command, inner)


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(reference(), encoding="utf-8")
