"""The arithmetic of a GPU, emulated on the CPU, changes the predictions of shipped engines only by rounding.

``python benchmarks/arithmetic.py DATA`` gives the figures for real faces, which docs/engines.md states.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from benchmarks.arithmetic import ROUNDINGS, classify, differences, tf32
from fervid import engines
from fervid.engines.backends.pytorch import PyTorchEngine

LIMITS = {"TF32": 0.005, "fp16": 0.005, "bf16": 0.04}
"""Largest difference of a probability from float32's, by precision."""

Faces = NDArray[np.uint8]


@pytest.mark.parametrize("name", engines.shipped())
def test_predictions_of_shipped_engines(name: str, faces: Faces) -> None:
    for precision, found in differences(name, faces).items():
        assert 0 < found.largest < LIMITS[precision], precision
        assert round(len(faces) * (1 - found.same)) <= (2 if precision == "bf16" else 1), precision


def test_float32_is_what_the_engine_gives(faces: Faces) -> None:
    folder = engines.resolve("emotionnet")
    with PyTorchEngine.load(folder, "cpu", precision="fp32") as engine:
        np.testing.assert_allclose(classify(folder, faces), engine.classify(faces), atol=1e-5)


def test_bf16_is_as_far_off_as_the_engine_in_bf16(faces: Faces) -> None:
    folder = Path(engines.resolve("emotionnet"))
    exact = classify(folder, faces)
    with PyTorchEngine.load(folder, "cpu", precision="bf16") as engine:
        real = np.abs(engine.classify(faces) - exact).mean()
    assert np.abs(classify(folder, faces, "bf16") - exact).mean() == pytest.approx(real, rel=0.5)


def test_tf32_rounds_to_ten_bits_of_mantissa() -> None:
    step = 2.0**-10
    given = torch.tensor([1.0, 1 + step, 1 + step / 2, 1 + 1.5 * step, 1 + 0.51 * step, -1 - 0.49 * step, 3e38, 0.0])
    rounded = torch.tensor([1.0, 1 + step, 1.0, 1 + 2 * step, 1 + step, -1.0, 3e38, 0.0])
    assert torch.equal(tf32(given)[:6], rounded[:6])
    assert torch.allclose(tf32(given), rounded, rtol=step / 2)
    same_range = torch.tensor([0.25, 1e-3, -7.0])
    assert torch.allclose(tf32(same_range), ROUNDINGS["fp16"](same_range), rtol=0, atol=0)
