"""The terminal: names and messages are shown as they are, whatever characters they hold."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text
from typing_extensions import override

from fervid.core.names import printable


class PlainConsole(Console):
    """A console that takes no text for markup and escapes control characters.

    Names of files and engines come from strangers: ``[/bold]`` in one would end the command, an escape sequence would
    steer the terminal.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    @override
    def render_str(self, text: str, **options: Any) -> Text:
        """Render a string, such as a line or the cell of a table."""
        return super().render_str(printable(text), **options)

    @override
    def on_broken_pipe(self) -> None:
        """Raise the `BrokenPipeError` again, instead of ending the process."""
        raise  # noqa: PLE0704 - the method is called while the error is handled
