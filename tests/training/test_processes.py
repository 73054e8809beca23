"""Two processes that share the work come to what one comes to; the first one alone writes and talks."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from two_processes import CPU, FROZEN, RECIPE

from fervid.data.dataset import DataSet
from fervid.errors import DeviceError, RecipeError
from fervid.training import learner, processes
from fervid.training.checkpoint import Checkpoint
from fervid.training.loop import train
from fervid.training.processes import ALONE, Processes, together


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def shared_run(archives: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which two processes have trained."""
    folder = tmp_path_factory.mktemp("shared")
    script = Path(__file__).with_name("two_processes.py")
    environment = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    both = [
        subprocess.Popen(
            [sys.executable, script, archives, folder],
            env=environment | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    said = [process.communicate(timeout=200)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    return folder


@pytest.fixture(scope="module")
def alone(small: DataSet, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """What one process comes to."""
    path = tmp_path_factory.mktemp("alone") / "run.safetensors"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(learner, "has_bf16", lambda device: False)
        *_, checkpoint = train(RECIPE, small, path, device=CPU)
    return checkpoint


@pytest.mark.parametrize("name", ["whole", "parts"])
def test_two_come_to_what_one_comes_to(alone: Checkpoint, shared_run: Path, name: str) -> None:
    both = Checkpoint.load(shared_run / f"{name}.safetensors", RECIPE)
    for one, other in zip(alone.history, both.history, strict=True):
        assert other.train_loss == pytest.approx(one.train_loss, rel=1e-4)
        assert other.train_accuracy == one.train_accuracy
        assert other.loss == pytest.approx(one.loss, rel=1e-4)
        assert other.accuracy == one.accuracy
    for weight, tensor in alone.tensors["network"].items():
        torch.testing.assert_close(both.tensors["network"][weight], tensor, rtol=1e-3, atol=1e-5)


def test_two_train_the_head_of_a_frozen_network_as_one_does(
    small: DataSet, shared_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learner, "has_bf16", lambda device: False)
    *_, one = train(FROZEN, small, tmp_path / "run.safetensors", device=CPU)
    both = Checkpoint.load(shared_run / "frozen.safetensors", FROZEN)
    for weight, tensor in one.tensors["network"].items():
        torch.testing.assert_close(both.tensors["network"][weight], tensor, rtol=1e-3, atol=1e-5)


def test_a_run_of_two_that_was_stopped_goes_on_exactly(shared_run: Path) -> None:
    whole, parts = (Checkpoint.load(shared_run / f"{name}.safetensors", RECIPE) for name in ("whole", "parts"))
    assert all(torch.equal(parts.tensors["network"][name], part) for name, part in whole.tensors["network"].items())


@pytest.mark.slow
def test_torchrun_runs_the_command(archives: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('network = "fcnn"\nepochs = 2\nbatch = 32\n')
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port"]
    command = ["-m", "fervid", "train", "mine.toml", "--data", archives, "--device", "cpu"]
    done = subprocess.run(
        [*launcher, str(free_port()), *command], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("epoch   2/2") == done.stderr.count("best epoch: ") == 1
    assert (tmp_path / "runs" / "mine" / "engine" / "manifest.json").exists()


def test_a_batch_that_cannot_be_shared_equally(small: DataSet, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="the batch of 16 in shared cannot be divided among 3 processes"):
        next(train(RECIPE, small, tmp_path / "run.safetensors", device=CPU, processes=Processes(0, 3)))


def test_the_shares_make_the_batch() -> None:
    faces = list(range(12))
    assert [faces[Processes(rank, 3).share(12)] for rank in range(3)] == [faces[:4], faces[4:8], faces[8:]]


def test_one_process_needs_no_other() -> None:
    with together(CPU) as group:
        assert group is ALONE
    assert ALONE.is_first
    assert ALONE.sum(1.5, 2) == (1.5, 2)
    assert ALONE.any(True)
    assert ALONE.from_first(lambda: (3.0,), 1) == (3.0,)
    network = torch.nn.Linear(1, 1)
    assert ALONE.wrap(network) is network


def test_processes_that_do_not_find_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DeviceError, match="start them with torchrun"), together(CPU):
        pass


def test_a_process_that_leaves_ends_the_others_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for name in ("init_process_group", "destroy_process_group"):
        monkeypatch.setattr(processes.dist, name, lambda *_: None)
    monkeypatch.setattr(processes.dist, "get_rank", lambda: 0)
    monkeypatch.setattr(processes.dist, "get_world_size", lambda: 2)
    with pytest.raises(DeviceError, match="another process of this run has exited"), together(CPU):
        raise RuntimeError("[pair.cc:553] Connection closed by peer [127.0.0.1]:1962")
    with pytest.raises(RuntimeError, match="something else"), together(CPU):
        raise RuntimeError("something else")
