"""A slip is no name of a file: an empty text, as of a shell's variable that is not set, or the option that follows."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from fervid.cli import cli, run
from fervid.cli.value_types import FileType, PathType


def commands(group: click.Group) -> list[click.Command]:
    """Return all commands of a group, those of its own groups too."""
    members = group.commands.values()
    return [each for one in members for each in (commands(one) if isinstance(one, click.Group) else [one])]


@pytest.mark.parametrize("words", [["timeline"], ["annotate", "--recursive"], ["photo"], ["report"], ["engines"]])
def test_it_is_refused(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clip.mp4").touch()
    assert run([*words, ""]) == 2
    assert "it is empty; is a variable of the shell not set?" in capsys.readouterr().err
    assert run(["timeline", "clip.mp4", "-o", ""]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("words", [["photo", "x.jpg", "--csv"], ["timeline", "x.mp4", "-o"], ["plot", "x.csv", "-o"]])
def test_an_option_is_not_taken_for_the_value_of_the_one_before(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run([*words, "--overwrite"]) == 2
    assert "'--overwrite' is an option, not a file; a file of that name is './--overwrite'" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_no_command_takes_a_path_that_may_be_empty() -> None:
    types = [parameter.type for command in commands(cli) for parameter in command.params]
    assert not [each for each in types if isinstance(each, click.Path) and not isinstance(each, PathType)]
    assert sum(isinstance(each, PathType | FileType) for each in types) > 50
