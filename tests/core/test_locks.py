"""Lock files, between real processes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fervid.core import locks
from fervid.core.locks import exclusive

HOLD = (
    "import sys, time; from pathlib import Path; from fervid.core.locks import exclusive\n"
    "with exclusive(Path(sys.argv[1]), lambda owner: print('waiting for', owner, flush=True)) as held:\n"
    "    print('held' if held else 'not held', flush=True); sys.stdin.read()"
)
"""A program that holds a lock until its standard input ends."""


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run another process that holds, or waits for, the lock at `path`."""
    command = [sys.executable, "-c", HOLD, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.close()


def test_one_process_holds_it_and_the_other_waits_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as first:
        assert line(first) == "held"
        with holder(path) as second:
            assert line(second) == f"waiting for process {first.pid}"
            end(first)
            assert line(second) == "held"
            end(second)
            assert second.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as first:
        assert line(first) == "held"
        first.kill()
        first.wait()
    assert path.exists()
    began = time.monotonic()
    with exclusive(path, pytest.fail) as held:
        assert held
    assert time.monotonic() - began < 1
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be asked to stop there")
def test_ctrl_c_ends_the_waiting(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as first, holder(path) as second:
        waiting = {line(first), line(second)} - {"held"}
        waiter = second if waiting == {f"waiting for process {first.pid}"} else first
        waiter.send_signal(signal.SIGINT)
        assert waiter.wait(10) != 0
        assert path.exists(), "the lock is still held"


def test_nobody_waits_for_more_than_one_owner(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as first:
        assert line(first) == "held"
        seen: list[str] = []

        def busy(owner: str) -> None:
            """Let another process take the lock, as one does that waits with us and is quicker."""
            seen.append(owner)
            path.write_text("1 elsewhere")

        with exclusive(path, busy) as held:
            assert not held
        assert seen == [f"process {first.pid}"]
        assert path.exists()


def test_a_process_of_another_computer_is_named_with_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def refuse(owner: str) -> None:
        raise BlockingIOError(owner)

    with holder(path) as first:
        assert line(first) == "held"
        path.write_text("17 nas")
        with pytest.raises(BlockingIOError, match="process 17 on nas"), exclusive(path, refuse):
            pytest.fail("the lock was given twice")


def test_where_there_are_no_locks_the_block_runs_all_the_same(tmp_path: Path) -> None:
    with exclusive(tmp_path / "missing" / "lock", pytest.fail) as held:
        assert not held


class NoLocks:
    """The locks of a file system that has none."""

    LOCK_EX = LOCK_NB = 0

    @staticmethod
    def flock(descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_a_network_file_system_without_locks_does_not_prevent_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "_FCNTL", NoLocks)
    with exclusive(tmp_path / "lock", pytest.fail) as held:
        assert not held
        assert not (tmp_path / "lock").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_a_full_disk_does_not_prevent_a_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").symlink_to("/dev/full")
    with exclusive(tmp_path / "lock", pytest.fail) as held:
        assert held
    assert os.path.lexists("/dev/full")
