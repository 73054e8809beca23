"""Files that are whole at every moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from fervid.core.files import replacing, write_text
from fervid.errors import OutputError


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    for text in ("old", "néw"):
        write_text(tmp_path / "note.txt", text)
        assert (tmp_path / "note.txt").read_bytes() == text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_the_old_one_stays_where_the_new_one_cannot_be_finished(tmp_path: Path, error: BaseException) -> None:
    write_text(tmp_path / "note.txt", "old")

    def write_half() -> None:
        with replacing(tmp_path / "note.txt") as partial:
            partial.write_text("ne")
            raise error

    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_half()
    assert (tmp_path / "note.txt").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["note.txt"]


def test_a_place_where_nothing_can_be_written_or_removed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OutputError, match=r"note\.txt' cannot be written \(Not a directory\)"):
        write_text(tmp_path / "file" / "note.txt", "text")
