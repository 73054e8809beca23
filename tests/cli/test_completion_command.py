"""``fervid completion``: the scripts for each shell, and the shells that complete with them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

from fervid import engines
from fervid.cli import cli, run
from fervid.cli.completion import SHELLS

WORDS = {
    "tim": "timeline",
    "--eng": "--engine",
    "emo": "emotionnet",
    "--smoothing": "--smoothing",
    "ba": "bayes",
    "cli": "clip.mp4",
}
"""The beginnings of a command, an option, an engine, another option, a choice and a file, and how they go on."""

COMPLETED = "".join(f"[{word}]" for word in WORDS.values())


def completions(arguments: Sequence[str], incomplete: str) -> list[str]:
    items = BashComplete(cli, {}, "fervid", "_FERVID_COMPLETE").get_completions(list(arguments), incomplete)
    return [item.value if item.type == "plain" else item.type for item in items]


def commands(group: click.Group, *above: str) -> dict[tuple[str, ...], click.Command]:
    found: dict[tuple[str, ...], click.Command] = {}
    for name, command in group.commands.items():
        inner = commands(command, *above, name) if isinstance(command, click.Group) else {(*above, name): command}
        found.update(inner)
    return found


COMMANDS = commands(cli)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one video, and a program fervid that completes, but otherwise only prints its arguments."""
    (tmp_path / "clip.mp4").touch()
    program = tmp_path / "bin" / "fervid"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f'[ -z "$_FERVID_COMPLETE" ] || exec {sys.executable} -m fervid\n'
        "printf 'typed: '; printf '[%s]' \"$@\"; echo; exit\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(arguments: Sequence[str]) -> str:
    """Type the beginnings of `WORDS`, each with Tab, into a shell on a terminal, and return what fervid then gets."""
    import pty

    process, terminal = pty.fork()
    if process == 0:
        os.execvp(arguments[0], arguments)

    def read(end: str) -> str:
        said = ""
        while end not in said:
            said += os.read(terminal, 4096).decode()
        return said

    try:
        read("ready> ")
        os.write(terminal, b"fervid ")
        for beginning, word in WORDS.items():
            rest = word.removeprefix(beginning)
            os.write(terminal, beginning.encode())
            read(beginning)
            os.write(terminal, b"\t" if rest else b" ")  # zsh does not complete while more is waiting
            read(rest + " ")
        os.write(terminal, b"\n")
        return read("]\r").rpartition("typed: ")[2].partition("\r")[0]
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)


def script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32" or shutil.which("bash") is None, reason="needs bash")
@pytest.mark.limit(30)
def test_bash_completes_what_is_typed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "start").write_text(script("bash", capsys) + "PS1='ready> '\n")
    assert typed(["bash", "--noprofile", "--rcfile", "start", "-i"]) == COMPLETED


@pytest.mark.shells
@pytest.mark.limit(30)
def test_zsh_completes_what_is_typed(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk / "fervid.zsh").write_text(script("zsh", capsys))
    (desk / ".zshrc").write_text("autoload -Uz compinit\ncompinit -u -D\nsource ./fervid.zsh\nPS1='ready> '\n")
    monkeypatch.setenv("ZDOTDIR", str(desk))
    assert typed(["zsh", "-d", "-i"]) == COMPLETED


@pytest.mark.shells
def test_fish_completes_what_is_typed(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "fervid.fish").write_text(script("fish", capsys))
    ends = {"tim": "timeline", "timeline --engine swift-v": "swift-video", "timeline cli": "clip.mp4"}
    asked = "".join(f"complete -C 'fervid {typed}'\n" for typed in ends)
    said = subprocess.run(
        ["fish", "--no-config", "-c", f"source fervid.fish\n{asked}"], capture_output=True, text=True, check=True
    )
    assert [line.partition("\t")[0] for line in said.stdout.splitlines()] == list(ends.values())


def test_powershell_gets_three_lines_for_each_completion(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = script("powershell", capsys)
    assert "Register-ArgumentCompleter -Native -CommandName fervid " in text
    assert "$env:_FERVID_COMPLETE = 'powershell_complete'" in text
    for name, value in {
        "_FERVID_COMPLETE": "powershell_complete",
        "COMP_WORDS": "fervid tim",
        "COMP_CWORD": "1",
    }.items():
        assert f"$env:{name} = " in text
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        run([])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "plain\ntimeline\nWrite the emotion of every face over time as CSV.\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_help_says_where_the_script_of_each_shell_goes(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "--help"]) == 0
    assert f"{shell}  " in capsys.readouterr().out


def test_commands_and_subcommands_are_completed() -> None:
    assert completions([], "") == sorted(cli.commands)
    assert completions(["data"], "c") == ["clean", "convert"]


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_every_command_completes_its_options_and_their_choices(names: tuple[str, ...]) -> None:
    offered = completions(names, "--")
    for option in COMMANDS[names].params:
        if isinstance(option, click.Option):
            assert option.hidden or max(option.opts, key=len) in offered
            if isinstance(option.type, click.Choice):
                assert completions([*names, option.opts[-1]], "") == [str(choice) for choice in option.type.choices]


@pytest.mark.parametrize("arguments", [("bench",), ("evaluate",), ("timeline", "--engine"), ("train", "--fine-tune")])
def test_engines_are_completed_by_name_and_by_path(arguments: tuple[str, ...]) -> None:
    assert completions(arguments, "") == ["auto", *engines.shipped()]
    assert completions(arguments, "compact-v") == ["compact-video"]
    assert completions(arguments, "./") == ["file"]


@pytest.mark.parametrize(
    "arguments",
    [("timeline",), ("annotate", "a.mp4"), ("photo",), ("convert",), ("live",), ("photo", "--csv"), ("plot",)],
)
def test_files_are_completed(arguments: tuple[str, ...]) -> None:
    assert completions(arguments, "a") == ["file"]


def test_a_damaged_file_of_options_does_not_stop_the_completion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("fervid.toml").write_text("engine = [", encoding="utf-8")
    assert completions(["timeline", "--quiet"], "--vale") == ["--valence"]


def test_an_unknown_shell_has_a_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 2
    assert "'bash', 'zsh', 'fish', 'powershell'" in capsys.readouterr().err
