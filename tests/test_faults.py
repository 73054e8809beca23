"""The benchmark of faults: it sees what is lost, and in a few runs nothing is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fault_commands import EARLIER, Command, contents, load_timeline
from fervid.core.emotions import FERPLUS
from fervid.core.readings import FrameReading
from fervid.formats.timeline import Timeline

TIMELINE = Command("timeline", (), {"clip.csv": load_timeline})


def losses(folder: Path, *, killed: bool = False, complete: bool = False) -> list[str]:
    return list(TIMELINE.losses(folder, {"clip.csv": EARLIER}, killed=killed, complete=complete))


@pytest.fixture
def whole(tmp_path: Path) -> bytes:
    """The bytes of a timeline; its folder holds the earlier result."""
    (tmp_path / "clip.csv").write_bytes(EARLIER)
    return Timeline(FERPLUS, tuple(FrameReading(index, index / 25, ()) for index in range(3))).encode()


def test_an_earlier_result_that_is_untouched_is_no_loss(whole: bytes, tmp_path: Path) -> None:
    assert losses(tmp_path) == []
    assert losses(tmp_path, complete=True) == ["'clip.csv' is the earlier one"]


def test_a_new_result_that_is_whole_is_no_loss(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "clip.csv").write_bytes(whole)
    (tmp_path / "clip.partial-2.csv").write_bytes(whole)
    assert losses(tmp_path, complete=True) == []


@pytest.mark.parametrize("name", ["clip.csv", "clip.partial.csv"])
def test_half_a_result_is_a_loss(name: str, whole: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(whole[:-5])
    (loss,) = losses(tmp_path, killed=True)
    assert loss.startswith(f"'{name}' is not whole: ")


def test_a_result_that_is_gone_is_a_loss(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "clip.csv").unlink()
    assert losses(tmp_path) == ["'clip.csv' is gone"]


def test_only_a_killed_process_may_leave_a_temporary_file(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / ".clip.0123abcd.part.csv").touch()
    assert losses(tmp_path, killed=True) == []
    assert losses(tmp_path) == ["'.clip.0123abcd.part.csv' is left behind"]


def test_other_files_are_a_loss_of_order(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "core").touch()
    assert contents(tmp_path) == {"clip.csv": EARLIER, "core": b""}
    assert losses(tmp_path, killed=True) == ["'core' is not documented"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")
@pytest.mark.parametrize(
    "words",
    [
        ("annotate", "SIGKILL", "Ctrl-C twice", "full disk"),
        ("live", "SIGKILL", "SIGTERM", "full disk"),
        ("build onnx", "SIGKILL", "two at once"),
        ("train", "SIGKILL", "Ctrl-C thrice"),
    ],
    ids=lambda words: words[0],
)
def test_faults_lose_nothing(words: tuple[str, ...], root: Path, tmp_path: Path) -> None:
    command = [sys.executable, root / "benchmarks" / "faults.py", "--runs", "1", "--seed", "1", "--only", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
