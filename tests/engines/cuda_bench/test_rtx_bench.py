"""An engine of TensorRT for RTX on the made-up driver: which kernels it compiles while it runs, and keeps."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from made_up_driver import MadeUpDriver
from test_tensorrt_bench import FACES, expected

from fervid import engines
from fervid.engines import build_cache
from fervid.engines.backends.rtx_kernels import padded

pytestmark = pytest.mark.cuda_bench

MANY = np.concatenate([FACES, FACES, FACES])


@pytest.fixture
def made(
    driver: MadeUpDriver, own_cache: Path, stand_ins: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Return the list of what the stand-in for TensorRT for RTX makes."""
    monkeypatch.setitem(sys.modules, "tensorrt_rtx", stand_ins["tensorrt-rtx"])
    found: list[str] = stand_ins["tensorrt-rtx"].made
    return found


def classify(folder: Path, *counts: int) -> None:
    """Classify so many faces in one run."""
    with engines.load(folder, "cuda", backend="tensorrt-rtx") as engine:
        assert engine.device == "cuda:0 Made-up GPU 0 (fp16)"
        for count in counts:
            np.testing.assert_allclose(engine.classify(FACES[:count]), expected(FACES[:count]), atol=1e-6)


def test_kernels_are_compiled_for_few_sizes_and_kept_for_the_next_run(
    made: list[str], engine_folder: Path, own_cache: Path
) -> None:
    classify(engine_folder, 3, 4, 5, 8, 100, 65, 3)
    assert [each for each in made if each.startswith("kernels")] == [f"kernels for {size}" for size in (1, 4, 8, 128)]
    (kept,) = own_cache.glob("kernels-1.7.1-Made-up-GPU-0-8.6-*.cache")
    before = kept.stat().st_mtime_ns
    made.clear()
    classify(engine_folder, 3, 100)
    assert made == ["Engine on 0", "EAGER, WHOLE_GRAPH_CAPTURE", *(f"graph for {size}" for size in (1, 4, 128))]
    assert kept.stat().st_mtime_ns == before
    build_cache.clear()
    assert list(own_cache.glob("*.cache")) == []


def test_a_graph_is_captured_once_for_each_size_and_set_of_buffers(made: list[str], engine_folder: Path) -> None:
    with engines.load(engine_folder, "cuda", backend="tensorrt-rtx") as engine:
        made.clear()
        for _ in range(3):  # both sets of buffers take 128 faces, and the third part comes to 44 in 64
            np.testing.assert_allclose(engine.classify(MANY), expected(MANY), atol=1e-6)
    assert made == ["kernels for 128", "graph for 128", "graph for 128", "kernels for 64", "graph for 64"]


def test_damaged_kernels_are_compiled_again(made: list[str], engine_folder: Path, own_cache: Path) -> None:
    classify(engine_folder)
    (kept,) = own_cache.glob("kernels-*")
    whole = kept.read_bytes()
    kept.write_bytes(b"damaged")
    made.clear()
    classify(engine_folder)
    assert made[2:] == ["kernels for 1", "graph for 1"]
    assert kept.read_bytes() == whole


@pytest.mark.parametrize(
    ("count", "least", "most", "size"),
    [
        (1, 1, 128, 1),
        (3, 1, 128, 4),
        (128, 1, 128, 128),
        (65, 1, 100, 100),
        (2, 3, 50, 3),
        (7, 3, 50, 12),
        (9, 9, 9, 9),
    ],
)
def test_the_sizes_of_batches(count: int, least: int, most: int, size: int) -> None:
    assert padded(count, least, most) == size
