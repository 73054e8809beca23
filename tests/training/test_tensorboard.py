"""What TensorBoard reads back is what the run gave."""

from __future__ import annotations

import sys
import threading
import warnings
from pathlib import Path

import pytest
from support.full_disk import largest_file

from fervid.cli import run
from fervid.core.packages import pip_install
from fervid.errors import OutputError
from fervid.training.checkpoint import Epoch
from fervid.training.shape import Shape
from fervid.training.tensorboard import Board

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

SHAPE = Shape(48, 1, ("happy", "sad"))
HISTORY = [Epoch(n, 0.1 / n, 2.0 / n, 0.2 * n, 1.5 / n, 0.3 * n, 60.0) for n in (1, 2, 3)]


def read(folder: Path) -> EventAccumulator:
    assert len(list(folder.iterdir())) == 1
    found = EventAccumulator(str(folder))
    found.Reload()
    return found


def test_scalars_and_graph(tmp_path: Path) -> None:
    with Board(tmp_path / "board", "simple-conv", SHAPE) as board:
        board.write(HISTORY[:2])
        board.write(HISTORY)
    found = read(tmp_path / "board")
    points = [(event.step, event.value) for event in found.Scalars("accuracy/public_test")]
    assert points == [(1, pytest.approx(0.3)), (2, pytest.approx(0.6)), (3, pytest.approx(0.9))]
    assert sorted(found.Tags()["scalars"]) == [
        "accuracy/public_test",
        "accuracy/training",
        "loss/public_test",
        "loss/training",
        "rate",
        "seconds",
    ]
    assert any("features" in node.name for node in found.Graph().node)


def test_a_run_that_goes_on_tells_its_earlier_epochs_once(tmp_path: Path) -> None:
    with Board(tmp_path, "fcnn", SHAPE) as board:
        board.write(HISTORY[:2])
    with Board(tmp_path, "fcnn", SHAPE) as board:
        board.write(HISTORY)
    assert [event.step for event in read(tmp_path).Scalars("rate")] == [1, 2, 3]


@pytest.mark.parametrize("network", ["emotionnet", "cnn6", "fcn4", "resnet18-small", "compact"])
def test_every_kind_of_network_has_a_graph(tmp_path: Path, network: str) -> None:
    Board(tmp_path, network, SHAPE).close()
    assert len(read(tmp_path).Graph().node) > 10


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be created"):
        Board(tmp_path / "file" / "board", "fcnn", SHAPE)


def write_beyond_a_limit(folder: Path) -> None:
    """A limit on the size of files stands in for a full disk."""
    with Board(folder, "fcnn", SHAPE) as board:
        board.write(HISTORY)
        (file,) = folder.iterdir()
        with largest_file(file.stat().st_size + 10):
            board.write(HISTORY * 2)
            board.write(HISTORY * 3)


@pytest.mark.skipif(sys.platform == "win32", reason="files have no limit there")
def test_a_full_disk_is_one_error(tmp_path: Path) -> None:
    """And no traceback of tensorboard's thread, for which pytest would fail this test."""
    hook = threading.excepthook
    with pytest.raises(OutputError, match="board' cannot be written"):
        write_beyond_a_limit(tmp_path / "board")
    assert threading.excepthook is hook


def test_without_tensorboard(
    archives: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    (tmp_path / "mine.toml").write_text('network = "fcnn"\nepochs = 1\n')
    out = tmp_path / "out"
    assert run(["train", str(tmp_path / "mine.toml"), "--data", str(archives), "-o", str(out), "--tensorboard"]) == 1
    assert pip_install("fervid[tensorboard]") in capsys.readouterr().err
    assert not out.exists()
