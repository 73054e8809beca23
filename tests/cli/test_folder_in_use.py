"""Two trainings, or two studies, with one folder."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fervid.cli import run

pytestmark = pytest.mark.limit(60)  # without the lock, a second training runs for hours

RECIPE = 'network = "fcnn"\nepochs = 10000\nbatch = 32\n[tune]\nrate = { low = 0.001, high = 0.1, log = true }\n'


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(RECIPE)
    return path


@contextmanager
def running(command: list[str], sign: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command in another process, and kill it after the block, which begins at a line that contains `sign`."""
    with subprocess.Popen(
        [sys.executable, "-m", "fervid", *command, "--threads", "1"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        try:
            assert any(sign in line for line in process.stderr)
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("verb", "again", "sign"),
    [
        ("train", ["--set", "epochs=1", "--overwrite"], "epoch   1/10000"),
        ("tune", ["--set", "epochs=1", "--overwrite", "--trials", "1"], "trials by tpe"),
    ],
)
def test_the_second_is_told_which_process_uses_the_folder(
    verb: str,
    again: list[str],
    sign: str,
    recipe: Path,
    archives: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("fervid.evaluation.engine_folder.write_onnx", lambda _: None)  # it takes seconds
    out = tmp_path / "out"
    command = [verb, str(recipe), "--data", str(archives), "-o", str(out)]
    with running(command, sign) as first:
        while not (out / "in-use.lock").exists():
            assert first.poll() is None
            time.sleep(0.05)
        for option in ([], ["--resume"], ["--overwrite"]):
            assert run([*command, *option, "--quiet"]) == 1
            line = f"fervid: '{out}' is in use by another training, process {first.pid}; wait until that has ended, or"
            # rich before 15 ends a progress display with an empty line.
            assert capsys.readouterr().err.lstrip("\n").startswith(line)
        assert first.poll() is None
    assert (out / "in-use.lock").exists()
    assert run([*command, *again, "--quiet"]) == 0, "a killed process keeps nobody out"
    assert not (out / "in-use.lock").exists()
