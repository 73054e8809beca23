"""Places for results: what the contract of the formats does not show."""

from __future__ import annotations

import errno
import os
import select
import stat
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from support.full_disk import largest_file

from fervid.errors import OutputError
from fervid.formats.file_output import Atomic, FileOutput, InPlace, keep_unfinished
from fervid.formats.output import Memory, StandardOutput


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full; free some space, or write to another disk"),
        (errno.EDQUOT, "the disk is full; free some space, or write to another disk"),
        (errno.EACCES, "permission denied; choose another folder"),
        (errno.EROFS, "permission denied; choose another folder"),
        (errno.ENAMETOOLONG, "the name is too long; choose a shorter one"),
        (errno.EIO, "input/output error; choose another folder"),
        (errno.EBADF, "bad file descriptor; choose another folder"),
    ],
)
def test_what_the_system_says_becomes_one_line(tmp_path: Path, number: int, said: str) -> None:
    output = Atomic(tmp_path / "clip.mp4")
    with pytest.raises(OutputError, match=rf"clip\.mp4' cannot be written: {said}"), output.guard():
        raise OSError(number, "as the system puts it")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EBADF, "it is closed; send it to a file, or to another program"),
        (errno.EIO, "input/output error; send it to a file"),
    ],
)
def test_standard_output_has_remedies_of_its_own(number: int, said: str) -> None:
    with pytest.raises(OutputError, match=rf"^standard output cannot be written: {said}$"), StandardOutput().guard():
        raise OSError(number, "as the system puts it")


def test_the_reader_of_standard_output_has_everything_when_it_is_complete() -> None:
    """Commands end without the clean-up in which Python would flush."""
    script = """
import os
from fervid.formats.output import StandardOutput
output = StandardOutput()
output.open().write(b"whole")
output.commit()
os._exit(0)
"""
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=buffered, check=True)
    assert done.stdout == b"whole"


def test_what_cannot_be_removed_hides_no_other_error(tmp_path: Path) -> None:
    output = Atomic(tmp_path / "clip.csv")
    output.part.unlink()
    output.part.mkdir()
    output.discard()


def test_an_error_of_a_library_keeps_its_words(tmp_path: Path) -> None:
    output = Atomic(tmp_path / "clip.parquet")
    with pytest.raises(OutputError, match=r"clip\.parquet' cannot be written: no more columns; "), output.guard():
        raise OSError("No more columns")


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


@pytest.mark.skipif(sys.platform == "win32", reason="has other words for it")
@pytest.mark.parametrize("kind", [Atomic, InPlace])
def test_a_name_that_the_system_refuses_is_one_clear_line(tmp_path: Path, kind: type[FileOutput]) -> None:
    name = "n" * 300 + ".csv"
    with pytest.raises(OutputError, match=rf"{name}' cannot be written: the name is too long; choose a shorter one$"):
        kind(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", [Atomic, InPlace])
def test_nothing_is_replaced_unless_that_is_asked_for(tmp_path: Path, kind: type[FileOutput]) -> None:
    (tmp_path / "clip.csv").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        kind(tmp_path / "clip.csv")
    assert (tmp_path / "clip.csv").read_text() == "mine"


@pytest.mark.parametrize("kind", [Atomic, InPlace])
def test_a_result_can_be_read_like_any_other_file(tmp_path: Path, kind: type[FileOutput]) -> None:
    (tmp_path / "other").touch()
    output = kind(tmp_path / "clip.mp4")
    assert stat.S_IMODE(output.commit().stat().st_mode) == stat.S_IMODE((tmp_path / "other").stat().st_mode)


@pytest.mark.skipif(sys.platform == "win32", reason="has no file locks")
def test_a_complete_result_is_no_longer_locked(tmp_path: Path) -> None:
    """A folder of videos has more results than a process may have open files."""
    import fcntl

    target = Atomic(tmp_path / "clip.csv").commit()
    assert target is not None
    with target.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


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


def test_partial_results_are_numbered(tmp_path: Path) -> None:
    target = tmp_path / "clip.csv"
    names = []
    for _ in range(3):
        output = Atomic(target)
        output.open().write(b"half")
        names.append(output.commit(partial=True))
    assert names == [tmp_path / f"clip.partial{number}.csv" for number in ("", "-2", "-3")]
    assert sorted(tmp_path.iterdir()) == sorted(names)


def test_a_partial_result_has_the_longest_name_that_the_file_system_takes(tmp_path: Path) -> None:
    output = Atomic(tmp_path / f"n{'ü' * 124}.csv")
    output.open().write(b"half")
    place = output.commit(partial=True)
    assert place == tmp_path / f"n{'ü' * 121}.partial.csv"
    assert len(os.fsencode(place.name)) == 255
    assert place.read_bytes() == b"half"


def test_a_partial_result_of_a_link_is_named_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "clip.csv").symlink_to(tmp_path / "there" / "result.csv")
    output = Atomic(tmp_path / "clip.csv")
    output.open().write(b"half")
    place = output.commit(partial=True)
    assert place == tmp_path / "there" / "result.partial.csv"
    assert place.read_bytes() == b"half"


def test_a_partial_result_in_a_link_to_a_folder_is_named_as_the_user_knows_it(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "there")
    assert Atomic(tmp_path / "here" / "clip.csv").commit(partial=True) == tmp_path / "here" / "clip.partial.csv"


@pytest.mark.skipif(sys.platform == "win32", reason="has no file locks; an open file cannot be removed there")
def test_the_next_run_to_a_target_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    script = f"""
import os, signal
from pathlib import Path
from fervid.formats.file_output import Atomic
Atomic(Path({str(tmp_path / "clip.csv")!r})).open().write(b"half")
os.kill(os.getpid(), signal.SIGKILL)
"""
    subprocess.run([sys.executable, "-c", script], check=False)
    (tmp_path / ".clip.notes.part.csv").touch()
    (abandoned,) = tmp_path.glob(".clip.????????.part.csv")
    other = Atomic(tmp_path / "other.csv")
    assert abandoned.exists()
    first, second = Atomic(tmp_path / "clip.csv"), Atomic(tmp_path / "clip.csv")
    assert not abandoned.exists()
    assert all(path.exists() for path in (first.part, second.part, other.part, tmp_path / ".clip.notes.part.csv"))


def test_a_process_that_ends_at_once_keeps_what_is_written(tmp_path: Path) -> None:
    output, empty = Atomic(tmp_path / "clip.csv"), Atomic(tmp_path / "empty.csv")
    output.open().write(b"half")
    assert [path for path in keep_unfinished() if path.parent == tmp_path] == [tmp_path / "clip.partial.csv"]
    assert (tmp_path / "clip.partial.csv").read_bytes() == b"half"
    assert list(tmp_path.iterdir()) == [tmp_path / "clip.partial.csv"]
    for each in (output, empty):
        each.discard()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_one_whose_folder_is_gone_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    output = Atomic(tmp_path / "gone" / "clip.csv")
    output.open().write(b"half")
    output.part.unlink()
    (tmp_path / "gone").rmdir()
    assert output.keep() is None  # and no exception keeps the others from being kept
    output.discard()


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit of the size of files")
def test_a_process_that_ends_at_once_on_a_full_disk_keeps_the_rows_that_there_is_space_for(tmp_path: Path) -> None:
    output = Atomic(tmp_path / "clip.csv")
    stream = output.open()
    for _ in range(30):
        stream.write(b"row\n")
    with largest_file(50):
        assert output.keep() == tmp_path / "clip.partial.csv"
    assert (tmp_path / "clip.partial.csv").read_bytes() == b"row\n" * 12
    output.discard()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_process_that_ends_at_once_does_not_wait_for_a_disk_that_does_not_respond(tmp_path: Path) -> None:
    output = Atomic(tmp_path / "clip.csv")
    output.part.unlink()
    os.mkfifo(output.part)
    reader = os.open(output.part, os.O_RDONLY | os.O_NONBLOCK)
    stream = output.open()

    def write() -> None:
        with suppress(OSError):  # the pipe, once nobody reads it
            stream.write(bytes(1 << 20))

    writing = threading.Thread(target=write)
    writing.start()
    select.select([reader], [], [])
    assert output.keep() is None  # what is in a pipe is no file
    os.close(reader)
    writing.join()
    output.discard()
