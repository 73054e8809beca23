"""The benchmark of many recordings, in short: a run that is killed and resumed gives what an undisturbed one gives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals of POSIX")


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_study_that_is_killed_twice_and_resumed_loses_nothing(
    jobs: int, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import study

    options = ["--recordings", "12", "--folders", "3", "--kills", "2", "--jobs", str(jobs)]
    assert study.main(options) == 0, capsys.readouterr().out
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("kill ") and "exit code -9" in line] == lines[1:3]
    assert lines[-1].startswith("lost: 0 results")


def test_what_is_missing_or_twice_or_different_is_a_loss(
    root: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import study

    (tmp_path / "a.csv").write_bytes(b"half")
    (tmp_path / "b.partial.csv").write_bytes(b"b")
    assert list(study.broken(tmp_path, {"a.csv": b"whole", "b.csv": b"b"})) == [
        *("'a.csv' is not whole, or nobody asked for it", "'b.partial.csv' is not whole, or nobody asked for it")
    ]
    losses = list(study.lost(tmp_path, {"a.csv": b"whole", "b.csv": b"b"}))
    assert losses[:3] == ["'b.csv' is missing", "'b.partial.csv' is left behind", "'a.csv' differs"]
