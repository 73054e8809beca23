"""A file of rows: whatever happens, it holds whole rows alone."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fervid import Timeline
from fervid.formats.row_file import RowFile

ROW = b"0123456789\r\n"

TESTS = Path(__file__).parents[:2]
"""The folders of the helpers that the programs below import."""

LIMITED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[3:]
from fervid.formats.row_file import RowFile
from support.full_disk import largest_file
rows = RowFile(Path(sys.argv[1]))
try:
    with largest_file(100):
        for _ in range(20):
            rows.write(b"0123456789\\r\\n")
        rows.flush()
except OSError as error:
    print(error.strerror)
try:
    with largest_file(int(sys.argv[2])):
        rows.close()
except OSError as error:
    print(error.strerror)
"""

RECORDED = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from fervid import formats
from fervid.errors import OutputError
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from support.full_disk import largest_file
from writer_inputs import FERPLUS, reading
target, clock = Path(sys.argv[1]), iter(range(10**9))
output = InPlace(target, now=lambda: next(clock))
csv = formats.by_suffix(target)
csv.module
try:
    with largest_file(5000), csv.open(output, Context(FERPLUS)) as writer:
        for index in range(100):
            writer.append(reading(index, index / 25, "happy"))
except OutputError as error:
    print(error.problem)
"""


def outcome(script: str, *arguments: object) -> str:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
@pytest.mark.parametrize(
    ("later", "rows", "printed"),
    [
        pytest.param(100, 8, "File too large\nFile too large\n", id="the disk stays full"),
        pytest.param(10_000, 20, "File too large\n", id="there is space again"),
    ],
)
def test_on_a_full_disk_the_file_ends_with_the_last_row_that_fits(
    later: int, rows: int, printed: str, tmp_path: Path
) -> None:
    assert outcome(LIMITED, tmp_path / "rows", later, *TESTS) == printed
    assert (tmp_path / "rows").read_bytes() == ROW * rows


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
def test_a_recorded_timeline_can_be_loaded_after_the_disk_was_full(tmp_path: Path) -> None:
    target = tmp_path / "live.csv"
    assert outcome(RECORDED, target, *TESTS) == f"'{target}' cannot be written: file too large\n"
    assert [frame.index for frame in Timeline.load(target).frames] == list(range(len(Timeline.load(target).frames)))
    size = target.stat().st_size
    assert 5000 - len(target.read_bytes().splitlines()[-1]) - 2 < size <= 5000


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is of POSIX")
def test_a_killed_process_leaves_whole_rows(tmp_path: Path) -> None:
    script = f"""
import os
from pathlib import Path
from fervid.formats.row_file import RowFile
rows = RowFile(Path({str(tmp_path / "rows")!r}))
for _ in range(1000):
    rows.write({ROW!r})
os.kill(os.getpid(), {int(signal.SIGKILL)})
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    content = (tmp_path / "rows").read_bytes()
    assert content == ROW * (len(content) // len(ROW)) != b""


def test_closing_writes_the_rows_and_may_come_twice(tmp_path: Path) -> None:
    rows = RowFile(tmp_path / "rows")
    rows.write(ROW)
    assert (tmp_path / "rows").read_bytes() == b""
    rows.close()
    rows.close()
    assert (tmp_path / "rows").read_bytes() == ROW
