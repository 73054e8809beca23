"""The PyTorch engine gives the same probabilities for any batch size, memory layout and precision."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from fervid import engines, networks
from fervid.engines.backends.pytorch import PyTorchEngine, has_bf16
from fervid.engines.manifest import WEIGHTS

FACES = np.random.default_rng(5).integers(0, 256, (300, 1, 48, 48), np.uint8)


@pytest.mark.parametrize("count", [0, 1, 2, 128, 129, 300])
def test_any_number_of_faces(engine_folder: Path, count: int) -> None:
    with engines.load(engine_folder, "cpu", backend="pytorch") as engine:
        rows = engine.classify(FACES[:count])
    assert rows.shape == (count, 7)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-6)


def test_it_returns_the_softmax_of_the_logits(engine_folder: Path) -> None:
    network = networks.create("emotionnet").eval()
    network.load_state_dict(safetensors.torch.load_file(engine_folder / WEIGHTS))
    with torch.inference_mode():
        logits = network((torch.from_numpy(FACES[:8]) / 255 - 0.508) / 0.255)
        expected = torch.softmax(logits / 1.25, 1).numpy()
    engine = PyTorchEngine.load(engine_folder, "cpu", precision="fp32")
    np.testing.assert_allclose(engine.classify(FACES[:8]), expected, atol=1e-5)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_face_gets_the_same_row_in_any_batch(engine_folder: Path, precision: str) -> None:
    engine = PyTorchEngine.load(engine_folder, "cpu", precision=precision)
    together = engine.classify(FACES[:24])
    alone = np.concatenate([engine.classify(FACES[at : at + 1]) for at in range(24)])
    np.testing.assert_allclose(alone, together, atol=1e-4)


def test_crops_that_are_not_contiguous_or_are_read_only(engine_folder: Path) -> None:
    engine = PyTorchEngine.load(engine_folder, "cpu", precision="fp32")
    fixed = FACES[:4].copy()
    fixed.flags.writeable = False
    np.testing.assert_array_equal(engine.classify(fixed), engine.classify(FACES[:4]))
    np.testing.assert_allclose(
        engine.classify(FACES[:4, :, :, ::-1]), engine.classify(FACES[:4, :, :, ::-1].copy()), atol=0
    )


def test_it_leaves_the_number_of_threads_alone(engine_folder: Path) -> None:
    before = torch.get_num_threads()
    engine = engines.load(engine_folder, "cpu", backend="pytorch")
    engine.classify(FACES[:4])
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("shape", [(2, 48, 48), (2, 3, 48, 48), (2, 1, 32, 48), (1, 48, 48, 1)])
def test_crops_of_another_shape(engine_folder: Path, shape: tuple[int, ...]) -> None:
    with (
        engines.load(engine_folder, "cpu", backend="pytorch") as engine,
        pytest.raises(ValueError, match=r"must be \(N, 1, 48, 48\)"),
    ):
        engine.classify(np.zeros(shape, np.uint8))


def test_crops_of_another_type(engine_folder: Path) -> None:
    with engines.load(engine_folder, "cpu", backend="pytorch") as engine, pytest.raises(ValueError, match="uint8"):
        engine.classify(np.zeros((1, 1, 48, 48), np.float32))  # type: ignore[arg-type]


def test_closing_twice_and_use_after_closing(engine_folder: Path) -> None:
    engine = engines.load(engine_folder, "cpu", backend="pytorch")
    engine.close()
    engine.close()
    with pytest.raises(ValueError, match="closed"):
        engine.classify(FACES[:1])


@pytest.mark.gpu
def test_a_gpu_gives_the_same_rows(engine_folder: Path) -> None:
    on_gpu, on_cpu = (PyTorchEngine.load(engine_folder, device, precision="fp32") for device in ("cuda", "cpu"))
    assert on_gpu.device.startswith("cuda:")
    np.testing.assert_allclose(on_gpu.classify(FACES), on_cpu.classify(FACES), atol=1e-3)


@pytest.mark.parametrize(("capability", "has"), [((7, 5), False), ((8, 0), True), ((12, 0), True)])
def test_a_gpu_that_emulates_bfloat16_does_not_count_as_having_it(
    capability: tuple[int, int], has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert has_bf16(torch.device("cuda", 0)) == has


def test_an_engine_classifies_while_others_are_loaded_in_other_threads(engine_folder: Path) -> None:
    """To load one, torch traces its network, for which it replaces the call of every module in the process."""
    engine = PyTorchEngine.load(engine_folder, "cpu", precision="fp32")
    expected = engine.classify(FACES[:2])
    loaded: list[PyTorchEngine] = []

    def load() -> None:
        loaded.extend(PyTorchEngine.load(engine_folder, "cpu", precision="fp32") for _ in range(5))

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        np.testing.assert_array_equal(engine.classify(FACES[:2]), expected)
    assert [engine.classify(FACES[:2]).tolist() for engine in loaded] == [expected.tolist()] * 10
