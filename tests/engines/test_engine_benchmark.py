"""``python benchmarks/engine.py --gpu`` says in one line why it cannot run."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from benchmarks.engine import main
from fervid.engines.backends import cuda


@pytest.fixture
def no_driver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hide the driver of a GPU."""
    cuda.capabilities.cache_clear()
    monkeypatch.setattr(cuda, "_LIBRARY", "libno_cuda.so.1")
    yield
    cuda.capabilities.cache_clear()


def ends_with(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Return what the script ends with."""
    monkeypatch.setattr(sys, "argv", ["engine.py", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    return caught.value.code


def test_without_a_gpu(no_driver: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ends_with(monkeypatch, "--gpu") == (
        "there is no NVIDIA GPU or no driver for it (libno_cuda.so.1 is missing); leave out --gpu, or see "
        "'fervid doctor'"
    )


def test_an_engine_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ends_with(monkeypatch, "nowhere", "--gpu")
    assert isinstance(said, str)
    assert said.startswith("there is no engine 'nowhere'")
    assert "\n" not in said


@pytest.mark.parametrize("device", ["emotionnet", "cpu", ""])
def test_what_is_not_a_gpu(device: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ends_with(monkeypatch, "--gpu", device) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.endswith(f"--gpu takes cuda or a GPU such as cuda:1, not '{device}'; an engine comes before --gpu")
