"""A GPU that torch sees and cannot use is one line, with auto and with a request."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from fervid import engines
from fervid.cli import run
from fervid.engines.backends import cuda
from fervid.engines.backends.pytorch import PyTorchEngine, choose_device, full_precision
from fervid.engines.measure.reference import EagerEngine
from fervid.errors import DeviceError, EngineError

FACES = np.random.default_rng(5).integers(0, 256, (3, 1, 48, 48), np.uint8)
OLD_CARD = "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be ..."
FULL_CARD = "CUDA out of memory. Tried to allocate 2.00 MiB."


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Let torch see a card; every use of it fails as the test says."""
    monkeypatch.setattr(cuda, "capabilities", lambda: ("5.0",))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=0: "GTX 960")
    return monkeypatch


@pytest.mark.parametrize(
    "error", [RuntimeError(OLD_CARD), torch.cuda.OutOfMemoryError(FULL_CARD)], ids=["too old", "full"]
)
def test_a_card_that_torch_sees_and_cannot_use(
    engine_folder: Path,
    card: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    error: RuntimeError,
) -> None:
    def fails() -> None:
        raise error

    card.setattr(torch.cuda, "_lazy_init", fails)  # torch calls it before anything moves to the card
    with engines.load(engine_folder) as engine:
        assert engine.device.startswith("cpu")
        assert engine.classify(FACES).shape == (3, 7)
    reason = str(error).splitlines()[0]
    problem = f"cuda:0 GTX 960 (fp16) cannot run the network ({reason})"
    (line,) = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert line.startswith(f"tried does not run on pytorch: {problem}; free some")
    with pytest.raises(EngineError, match="cuda:0 GTX 960") as caught:
        engines.load(engine_folder, "cuda", backend="pytorch")
    assert "\n" not in str(caught.value)
    assert run(["bench", str(engine_folder), "--device", "cuda", "-q"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"fervid: cuda:0 GTX 960 (fp32) cannot run the network ({reason}); free some memory")
    assert said.count("\n") == 1


def test_a_card_that_torch_fails_to_open(engine_folder: Path, card: pytest.MonkeyPatch) -> None:
    def fails() -> int:
        raise RuntimeError("CUDA driver initialization failed, you might not have a CUDA gpu.")

    card.setattr(torch.cuda, "current_device", fails)
    with engines.load(engine_folder) as engine:
        assert engine.device.startswith("cpu")
    with pytest.raises(DeviceError, match=r"cuda is not available \(CUDA driver initialization failed"):
        engines.load(engine_folder, "cuda", backend="pytorch")


def test_pytorch_runs_on_the_gpu_that_is_named(card: pytest.MonkeyPatch) -> None:
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    assert choose_device("cuda") == choose_device("auto") == torch.device("cuda", 0)

    def unknown(device: torch.device) -> str:
        raise AssertionError("Invalid device id")

    card.setattr(torch.cuda, "get_device_name", unknown)
    with pytest.raises(
        DeviceError, match=r"the device cuda:1 is not available \(Invalid device id\); use device=\"cpu\""
    ):
        choose_device("cuda:1")


def test_an_error_on_a_running_card_is_one_line(engine_folder: Path, card: pytest.MonkeyPatch) -> None:
    """The card takes one face, while the engine is loaded; torch itself cannot reach one here."""
    whole = [np.full((1, 7), 1 / 7, np.float32)]

    def classify(self: PyTorchEngine, part: NDArray[np.uint8]) -> NDArray[np.float32]:
        if whole:
            return whole.pop()
        raise torch.cuda.OutOfMemoryError(f"{FULL_CARD}\nand more")

    card.setattr(nn.Module, "to", lambda self, *_, **__: self)
    card.setattr(PyTorchEngine, "_probabilities", classify)
    problem = r"^pytorch failed on cuda:0 GTX 960 \(fp16\) \(CUDA out of memory\. Tried to allocate 2\.00 MiB\.\)"
    with (
        engines.load(engine_folder, "cuda", backend="pytorch") as engine,
        pytest.raises(
            EngineError, match=rf"{problem}; free some memory of the GPU and try again, or use device=\"cpu\"$"
        ),
    ):
        engine.classify(FACES)


@pytest.mark.parametrize("backend", ["pytorch", "openvino", "onnx"])
def test_an_error_of_a_running_engine_is_one_line(engine_folder: Path, backend: str) -> None:
    with engines.load(engine_folder, "cpu", backend=backend, precision="fp32") as engine:

        def fails(parts: Sequence[NDArray[np.uint8]]) -> Any:
            raise RuntimeError("out of memory\nand more")

        engine._infer = fails  # type: ignore[attr-defined]
        with pytest.raises(EngineError, match=rf"^{backend} failed on cpu \(fp32\) \(out of memory\); use"):
            engine.classify(FACES)


@pytest.mark.parametrize("kind", [PyTorchEngine, EagerEngine])
def test_float32_is_not_rounded_to_tf32(engine_folder: Path, kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = (
        PyTorchEngine.load(engine_folder, "cpu", precision="fp32")
        if kind is PyTorchEngine
        else kind.load(engine_folder, "cpu")
    )
    seen = []
    forward = nn.Conv2d.forward

    def watched(self: nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
        seen.append(settings())
        return forward(self, images)

    monkeypatch.setattr(nn.Conv2d, "forward", watched)
    before = settings()
    assert before == ("tf32", "none")
    engine.classify(FACES)
    assert set(seen) == {("ieee", "ieee")}
    assert settings() == before
    assert torch.backends.cudnn.allow_tf32


def test_blocks_of_full_precision_that_overlap_restore_what_the_first_one_found() -> None:
    before = settings()
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(full_precision())
        second.enter_context(full_precision())
        first.close()
        assert settings() == ("ieee", "ieee")
    assert settings() == before == ("tf32", "none")


def settings() -> tuple[str, str]:
    """Return how convolutions and matrix products round on a GPU."""
    conv: Any = torch.backends.cudnn
    return conv.conv.fp32_precision, torch.backends.cuda.matmul.fp32_precision
