"""Places for results: what the contract of the formats does not show."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from fervid.errors import OutputError
from fervid.formats.output import Atomic, FileOutput, InPlace, Memory, StandardOutput


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full; free some space, or write to another disk"),
        (errno.EDQUOT, "the disk is full; free some space, or write to another disk"),
        (errno.EACCES, "permission denied; choose another folder"),
        (errno.EROFS, "permission denied; choose another folder"),
        (errno.EIO, "input/output error; choose another folder"),
    ],
)
def test_what_the_system_says_becomes_one_line(tmp_path: Path, number: int, said: str) -> None:
    output = Atomic(tmp_path / "clip.mp4")
    with pytest.raises(OutputError, match=rf"clip\.mp4' cannot be written: {said}"), output.guard():
        raise OSError(number, "as the system puts it")


def test_a_reader_who_leaves_is_no_fault_of_the_output() -> None:
    with pytest.raises(BrokenPipeError), StandardOutput().guard():
        raise BrokenPipeError(errno.EPIPE, "gone")


def test_the_temporary_file_is_hidden_and_keeps_the_suffix(tmp_path: Path) -> None:
    part = Atomic(tmp_path / "clip.mp4").part
    assert part.parent == tmp_path
    assert part.name.startswith(".clip.")
    assert part.name.endswith(".part.mp4")


def test_two_runs_to_one_target_do_not_share_a_temporary_file(tmp_path: Path) -> None:
    assert Atomic(tmp_path / "clip.mp4").part != Atomic(tmp_path / "clip.mp4").part


def test_a_result_can_be_read_like_any_other_file(tmp_path: Path) -> None:
    (tmp_path / "other").touch()
    output = Atomic(tmp_path / "clip.mp4")
    assert stat.S_IMODE(output.commit().stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


def test_a_folder_that_goes_away_is_one_clear_line(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    output = Atomic(folder / "clip.mp4")
    output.part.unlink()
    folder.rmdir()
    with pytest.raises(OutputError, match="no such file or directory"):
        output.commit()


def test_a_file_is_stored_on_the_disk_before_it_takes_the_place_of_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, stored = tmp_path / "clip.csv", []
    target.write_text("old")

    def fsync(descriptor: int) -> None:
        stored.append((os.fstat(descriptor).st_size, target.read_text()))

    monkeypatch.setattr(os, "fsync", fsync)
    output = Atomic(target, overwrite=True)
    output.open().write(b"new one")
    output.commit()
    assert stored == [(7, "old")]
    assert target.read_text() == "new one"


def test_bytes_in_memory_are_there_once_they_are_complete() -> None:
    output = Memory()
    output.open().write(b"whole")
    assert output.content == b""
    assert output.commit() is None
    assert output.content == b"whole"


@pytest.mark.parametrize(("kind", "times"), [(Atomic, 0), (InPlace, 2)])
def test_the_policy_says_when_rows_reach_the_reader(tmp_path: Path, kind: type[FileOutput], times: int) -> None:
    now, sizes = iter([0.0, 0.5, 1.0, 1.0, 1.5, 2.1, 2.1]), set()
    output = kind(tmp_path / "clip.csv", now=lambda: next(now))
    stream = output.open()
    for _ in range(4):
        stream.write(b"row")
        output.flush_when_due()
        sizes.add(output.part.stat().st_size)
    output.discard()
    assert len(sizes - {0}) == times
