"""Write docs/commands.md, the reference of the command line, from the commands themselves.

Run as ``python docs/make_commands.py`` when an option changed; a test compares.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from fervid.cli import cli

WIDTH = 100


def reference() -> str:
    """The text of docs/commands.md."""
    parts = [
        "# Commands\n\nWritten by `python docs/make_commands.py`.\n\n"
        "Messages go to standard error; data to standard output: what `-o -` asks for, the lists of `photo` and\n"
        "`snapshot`, the address of a page, and the tables of `doctor`, `engines` and `bench`. Exit codes: 0; 1 when\n"
        "something failed; 2 for wrong usage; 130 when interrupted, and what was read until then is kept; 143 when\n"
        "SIGTERM, or the closing of the terminal, stopped a training or a countdown.\n"
        "`FERVID_DEBUG=1` shows the traceback behind an error.\n"
    ]
    context = cli.make_context("fervid", [], resilient_parsing=True)
    return "\n".join([*parts, *sections(cli, context)])


def sections(group: click.Group, context: click.Context) -> Iterator[str]:
    """A section for each command of `group`, those of a group in it after its own."""
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH)
        yield f"## {inner.command_path}\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from sections(command, inner)


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(reference(), encoding="utf-8")
