"""Write docs/commands.md, the reference of the command line, from the commands themselves.

Run as ``python docs/make_commands.py`` when an option changed; a test compares.
"""

from __future__ import annotations

from pathlib import Path

import click

from fervid.cli import cli

WIDTH = 100


def reference() -> str:
    """The text of docs/commands.md."""
    parts = [
        "# Commands\n\nWritten by `python docs/make_commands.py`.\n\n"
        "Messages go to standard error, data to standard output only with `-o -`. Exit codes: 0; 1 when something\n"
        "failed; 2 for wrong usage; 130 when interrupted, and what was read until then is kept. `FERVID_DEBUG=1`\n"
        "shows the traceback behind an error.\n"
    ]
    context = cli.make_context("fervid", [], resilient_parsing=True)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH)
        parts.append(f"## fervid {name}\n\n```text\n{command.get_help(inner)}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(reference(), encoding="utf-8")
