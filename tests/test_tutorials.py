"""A stranger who follows a tutorial from an empty folder arrives, and sees on the way what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.documents import blocks, follow


def plain(text: str) -> str:
    """Replace the numbers, which differ a little from machine to machine, and widths that depend on them."""
    return re.sub(r"[ ]*\n", "\n", re.sub(r" +", " ", re.sub(r"\d+(\.\d+)?", "#", text)))


def shows(expected: str, printed: str) -> bool:
    """Compare, where a line ``...`` stands for any number of lines, and other dots for a part of one."""
    lines = (
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(re.escape("..."), ".*") + r"\n"
        for line in plain(expected).splitlines()
    )
    return re.fullmatch("".join(lines), plain(printed)) is not None


@pytest.mark.parametrize("name", ["first-clip", "study", "live", pytest.param("own-engine", marks=pytest.mark.slow)])
def test_a_tutorial_gives_what_it_shows(
    name: str, root: Path, assets: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for block, expected, printed in follow(root / "docs" / "tutorials" / f"{name}.md"):
        assert shows(expected, printed), f"{name}.md, line {block.line}, shows\n{expected}but there is\n{printed}"


def test_every_tutorial_shows_commands_and_their_output(root: Path) -> None:
    tutorials = sorted((root / "docs" / "tutorials").glob("*.md"))
    assert len(tutorials) == 4
    for tutorial in tutorials:
        found = list(blocks(tutorial))
        assert any(block.commands and block.reason is None for block in found)
        assert any(block.language == "text" for block in found)


@pytest.mark.parametrize(
    ("expected", "same"),
    [("a 1\nb\n", True), ("a 25\n...\n", True), ("...\na 1.5\n...\nb\n", True), ("a...\nb\n", True), ("a 1\n", False)],
)
def test_dots_stand_for_lines_and_numbers_may_differ(expected: str, same: bool) -> None:
    assert shows(expected, "a  3\nb \n") is same
