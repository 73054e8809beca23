"""Files that are replaced only by complete ones."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fervid.core.files import replacing, write_text
from fervid.errors import OutputError


def test_a_file_is_replaced(tmp_path: Path) -> None:
    for text in ("old", "néw"):
        write_text(tmp_path / "note.txt", text)
        assert (tmp_path / "note.txt").read_bytes() == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_the_old_file_stays_when_the_new_one_cannot_be_completed(tmp_path: Path, error: BaseException) -> None:
    write_text(tmp_path / "note.txt", "old")

    def write_half() -> None:
        with replacing(tmp_path / "note.txt") as partial:
            partial.write_text("ne")
            raise error

    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_half()
    assert (tmp_path / "note.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_path_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match=r"note\.txt' cannot be written \(Not a directory\)"):
        write_text(tmp_path / "file" / "note.txt", "text")


def test_two_that_write_one_file_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    with replacing(path) as first:
        first.write_text("first")
        with replacing(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert [entry.name for entry in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.skipif(sys.platform == "win32", reason="there, nothing tells the file of a killed process")
def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    (tmp_path / "note.txt.01234567.partial").write_text("ha")
    (tmp_path / "note.txt.mine.partial").write_text("mine")
    write_text(path, "text")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["note.txt", "note.txt.mine.partial"]
