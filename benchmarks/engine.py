"""Measure a PyTorch engine on a busy machine: python benchmarks/engine.py [ENGINE] [--busy N] [--gpu [DEVICE]].

It prints the median duration of a call in milliseconds, by precision and number of threads, while N other processes
compute, as decoding and detection do in a real run. `fervid bench` compares the backends on an idle machine.

With --gpu it prints the latency and the throughput of every backend and precision on the GPU, relative to eager PyTorch
on the same GPU (on the CPU if torch cannot use the GPU), and why others are left out. int8 is calibrated on drawn
faces, or with --calibration DATA on those.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from fervid import data, engines
from fervid.engines.backends import cuda, gpu_index, is_device, kind
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.measure.candidates import Selection, open_candidates
from fervid.engines.measure.comparison import noise
from fervid.engines.measure.timing import take_turns
from fervid.errors import DeviceError, FervidError
from fervid.evaluation import selection

BATCHES = (1, 8, 16, 32)
CALLS = 100
GPU_BATCHES = (1, 8, 32, 128)


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Keep a number of other processes computing until the block ends."""
    others = [multiprocessing.Process(target=spin, daemon=True) for _ in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.terminate()


def spin() -> None:
    """Compute until the process is terminated."""
    while True:
        sum(range(10_000))


def backend_rows(folder: Path, chosen: Selection, calls: int = CALLS) -> Iterator[str]:
    """Yield the lines of a table of backends on a device, and a line for each that is left out.

    Args:
        folder: Folder of a trained engine.
        chosen: The device, backends and precisions.
        calls: Number of timed calls for each batch size.

    Raises:
        FervidError: The device is not there, or nothing but the reference runs on it.
    """
    with open_candidates(folder, chosen) as candidates:
        names, loaded = list(candidates.engines), list(candidates.engines.values())
        crops = noise(loaded[0].manifest.input, max(GPU_BATCHES)).images
        columns = [take_turns(loaded, crops[:batch], calls) for batch in GPU_BATCHES]
        gpu, _, _ = loaded[-1].device.rpartition(" (")  # each row has a precision of its own
        yield f"{gpu}; ms per call: median, 95th percentile, speed-up over eager PyTorch on {loaded[0].device}"
        yield "| backend | " + " | ".join(f"batch {batch}" for batch in GPU_BATCHES) + " | thousand faces/s |"
        yield "|---|" + "---:|" * (len(GPU_BATCHES) + 1)
        for name, *timings in zip(names, *columns, strict=True):
            cells = [
                f"{1000 * each.median:.2f}, {1000 * each.percentile(95):.2f} ({column[0].median / each.median:.1f})"
                for each, column in zip(timings, columns, strict=True)
            ]
            yield f"| {name} | {' | '.join(cells)} | {timings[-1].faces_per_second / 1000:.1f} |"
        for name, reason in candidates.left_out.items():
            yield f"not {name}: {reason}"


def compare_on_gpu(folder: Path, device: str, data_path: Path | None) -> None:
    """Print a table of all backends on a GPU.

    Raises:
        FervidError: There is no such GPU, nothing runs on it, or the faces to calibrate int8 on cannot be read.
    """
    cuda.capability(gpu_index(device))  # before the faces, which take seconds
    calibration = None if data_path is None else selection.calibration(data.read_faces(data_path))
    for row in backend_rows(folder, Selection(device, calibration=calibration)):
        print(row)


def main() -> None:
    """Measure the engine of the command line, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", nargs="?", default="emotionnet", help="name or folder (default: emotionnet)")
    parser.add_argument(
        "--busy", type=int, default=0, metavar="N", help="number of other processes that compute (default: 0)"
    )
    parser.add_argument(
        "--gpu", nargs="?", const="cuda", metavar="DEVICE", help="compare the backends on a GPU (default: cuda)"
    )
    parser.add_argument(
        "--calibration", type=Path, metavar="DATA", help="with --gpu: labelled faces to calibrate int8 on"
    )
    arguments = parser.parse_args()
    if arguments.gpu is not None and (not is_device(arguments.gpu) or kind(arguments.gpu) != "cuda"):
        parser.error(f"--gpu takes cuda or a GPU such as cuda:1, not {arguments.gpu!r}; an engine comes before --gpu")
    try:
        folder = engines.resolve(arguments.engine)
        if arguments.gpu is not None:
            compare_on_gpu(folder, arguments.gpu, arguments.calibration)
            return
    except FervidError as error:
        remedy = "leave out --gpu, or see 'fervid doctor'" if isinstance(error, DeviceError) else error.remedy
        sys.exit(f"{error.problem}; {remedy}")
    variants = list(product(("fp32", "bf16"), sorted({1, os.cpu_count() or 1})))
    loaded = [
        PyTorchEngine.load(folder, "cpu", precision=precision, threads=threads) for precision, threads in variants
    ]
    crops = noise(loaded[0].manifest.input, max(BATCHES)).images
    with busy(arguments.busy):
        columns = [take_turns(loaded, crops[:batch], CALLS) for batch in BATCHES]
    print("| precision | threads | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("|---|---|" + "---:|" * len(BATCHES))
    for (precision, threads), *timings in zip(variants, *columns, strict=True):
        cells = " | ".join(f"{1000 * timing.median:.2f}" for timing in timings)
        print(f"| {precision} | {threads} | {cells} |")


if __name__ == "__main__":
    main()
