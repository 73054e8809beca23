"""Standard streams that are closed, full or left by their readers: one line and the right exit code, always."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fervid import Timeline

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")

CLOSED = "fervid: standard output cannot be written: it is closed; send it to a file, or to another program\n"
FULL = "fervid: standard output cannot be written: the disk is full; free some space, or write to another disk\n"
COMMANDS = ["--version", "engines", "engines --json", "timeline {clip} -o - --end 3f -q {fast}"]


def shell(line: str, folder: Path, clip: Path = Path("missing.mp4")) -> tuple[int, str, str]:
    """Run a line of bash, and return the exit code of its first command, its output and its messages."""
    line = line.format(clip=clip, fast="--detector haar")
    command = f"{sys.executable} -m fervid {line}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_standard_output_is_one_clear_line(command: str, drawn_clip: Path, tmp_path: Path) -> None:
    assert shell(f"{command} >&-", tmp_path, drawn_clip) == (1, "", CLOSED)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_standard_output_is_one_clear_line(command: str, drawn_clip: Path, tmp_path: Path) -> None:
    assert shell(f"{command} > /dev/full", tmp_path, drawn_clip) == (1, "", FULL)


@pytest.mark.parametrize("messages", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("command", "code"), [("--version", 0), ("--bogus", 2), ("timeline missing.mp4", 1), ("engines --bogus", 2)]
)
def test_messages_that_cannot_be_shown_change_no_exit_code(
    command: str, code: int, messages: str, tmp_path: Path
) -> None:
    if "/dev/full" in messages and not Path("/dev/full").exists():
        pytest.skip("/dev/full is of Linux")
    assert shell(f"{command} {messages} > out", tmp_path) == (code, "", "")


def test_a_reader_of_messages_that_leaves_does_not_stop_the_command(drawn_clip: Path, tmp_path: Path) -> None:
    assert shell("timeline {clip} -v -o t.csv --end 1f {fast} 2>&1 | true", tmp_path, drawn_clip) == (0, "", "")
    assert len(Timeline.load(tmp_path / "t.csv").frames) == 1


def test_no_file_takes_the_place_of_a_closed_stream(drawn_clip: Path, tmp_path: Path) -> None:
    assert shell("timeline {clip} -o t.csv --end 1f {fast} <&- >&- 2>&-", tmp_path, drawn_clip) == (0, "", "")
    assert len(Timeline.load(tmp_path / "t.csv").frames) == 1
