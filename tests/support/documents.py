"""The code blocks of a document, and how a test runs them as a reader would."""

from __future__ import annotations

import re
import runpy
import shlex
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from fervid.cli import run

ROOT = Path(__file__).resolve().parent.parent.parent
CLONE = "~/fervid/"
"""The folder in which the documents suppose the clone of the repository."""

NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
"""The comment above a block that no test runs, with the reason."""

PROGRAMS = "bash|cp|curl|docker|export|fervid|ffmpeg|make|pip|python3?|ray|rm|sudo|tar|tensorboard|torchrun|unzip"
PROGRAM = re.compile(rf"([A-Z_]+=\S+ )?({PROGRAMS}) ")
"""The beginning of a command line, unlike a line of output or of a file."""

FENCE = re.compile(r"^```(\w*)(?: title=\"(.*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?:(?<=\n\n)|(?<=-->\n))(?: {4}.*\n(?:\n(?= {4}))?)+")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block.

    Attributes:
        language: The language of a fence; empty for an indented block.
        title: The name of the file that a fence shows.
        text: What the block holds, without the indentation.
        line: The number of its first line in the document.
        reason: Why no test runs it; None if one does.
    """

    language: str
    title: str | None
    text: str
    line: int
    reason: str | None

    @property
    def is_code(self) -> bool:
        """True if the block is Python, or has a command that a reader could type."""
        return self.language == "python" or any(PROGRAM.match(command) for command in self.commands)

    @property
    def commands(self) -> list[str]:
        """The command lines of a block for a shell, each as one line without its comment."""
        if self.language not in ("", "sh"):
            return []
        joined = re.sub(r"\\\n\s*", "", self.text)
        lines = (re.sub(r"(?:^|\s+)#.*", "", line).strip() for line in joined.splitlines())
        return [line for line in lines if line]


def blocks(document: Path) -> Iterator[Block]:
    """Yield the code blocks of a document in their order."""
    text = document.read_text(encoding="utf-8")
    fenced = list(FENCE.finditer(text))
    blank = FENCE.sub(lambda match: re.sub(r"[^\n]", "x", match[0]), text)  # keeps the places of all others
    found = [(match.start(), match[1], match[2], match[3]) for match in fenced]
    indented = INDENTED.finditer(blank)
    found += [(match.start(), "", None, re.sub(r"^ {4}", "", match[0], flags=re.MULTILINE)) for match in indented]
    for start, language, title, inside in sorted(found):
        marker = NOT_RUN.fullmatch(text[:start].rstrip().rpartition("\n")[2])
        yield Block(language, title, inside, text.count("\n", 0, start) + 1, marker and marker[1])


def execute(command: str) -> int:
    """Run a command line of fervid, or of a script of the clone, in this process, and return its exit code."""
    words = [word.replace(CLONE, f"{ROOT}/") for word in shlex.split(command)]
    if words[0] == "fervid":
        return run(words[1:])
    assert words[0] == "python", command
    with patch.object(sys, "argv", words[1:]):
        try:
            runpy.run_path(str(ROOT / words[1]), run_name="__main__")
        except SystemExit as end:
            return int(end.code or 0)
    return 0


def follow(document: Path) -> Iterator[tuple[Block, str, str]]:
    """Do what a document says, in the current folder.

    Commands and Python run one after the other, and a fence with a title becomes the file of that name.

    Yields:
        Each block of expected output, with that output, and with what the block before it printed.
    """
    printed, names = StringIO(), {"__name__": "__main__"}
    for block in blocks(document):
        where = f"{document.name}, line {block.line}"
        if block.language == "text":
            yield block, block.text, printed.getvalue()
        elif block.reason is not None:
            continue
        elif block.title is not None:
            Path(block.title).write_text(block.text, encoding="utf-8")
        else:
            printed = StringIO()
            with redirect_stdout(printed), patch.object(sys, "stderr", printed):
                for command in block.commands:
                    assert execute(command) == 0, f"{where}: {command}: {printed.getvalue()}"
                if block.language == "python":
                    exec(compile(block.text, where, "exec"), names)
