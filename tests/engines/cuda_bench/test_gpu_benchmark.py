"""``python benchmarks/engine.py --gpu`` runs on the made-up driver; test_engine_benchmark.py runs it without one."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from made_up_driver import MadeUpDriver

from benchmarks import engine
from fervid.engines.measure.candidates import Selection

pytestmark = pytest.mark.cuda_bench


def test_it_times_what_runs_and_names_what_does_not(
    driver: MadeUpDriver, backend: str, engine_folder: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "GPU_BATCHES", (1, 8))  # the reference runs on the CPU, and takes its time
    rows = list(engine.backend_rows(engine_folder, Selection("cuda", precisions=("fp16", "int8")), calls=2))
    title, heading, _, reference, *timed = rows[:6]
    assert title.startswith("cuda:0 Made-up GPU 0; ms per call: ")
    assert title.endswith("speed-up over eager PyTorch on cpu (fp32)")  # torch cannot use the made-up GPU
    assert heading == "| backend | batch 1 | batch 8 | thousand faces/s |"
    assert reference.startswith("| pytorch eager fp32 | ")
    for row, precision in zip(timed, ("fp16", "int8"), strict=True):
        assert re.match(rf"\| {backend} {precision} \| \d+\.\d\d, \d+\.\d\d \(\d+\.\d\) \|", row)
    reasons = dict(line.removeprefix("not ").split(": ", 1) for line in rows[6:])
    other = {"tensorrt": "tensorrt-rtx", "tensorrt-rtx": "tensorrt"}[backend]
    assert reasons.keys() == {other, "pytorch cuda"}


def test_a_gpu_that_is_not_there_is_one_line(driver: MadeUpDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["engine.py", "--gpu", "cuda:1"])
    with pytest.raises(SystemExit) as caught:
        engine.main()
    assert caught.value.code == "there is no GPU cuda:1; leave out --gpu, or see 'fervid doctor'"
