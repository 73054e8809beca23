"""Measure a PyTorch engine on a busy machine: python benchmarks/engine.py [ENGINE] [--busy N] [--gpu].

It prints the median duration of a call in milliseconds, by precision and number of threads, while N other processes
compute, as decoding and detection do in a real run. `fervid bench` compares the backends on an idle machine.

With --gpu it prints the latency and the throughput of every backend and precision on the GPU, relative to eager PyTorch
on the same GPU, and why others are left out.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

from fervid import engines
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.measure.candidates import Selection, open_candidates
from fervid.engines.measure.comparison import noise
from fervid.engines.measure.timing import take_turns

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


def backend_rows(folder: Path, device: str, calls: int = CALLS) -> Iterator[str]:
    """Yield the lines of a table of all backends on a device, and a line for each that is left out.

    Args:
        folder: Folder of a trained engine.
        device: ``cuda``, a GPU such as ``cuda:1``, or ``cpu``.
        calls: Number of timed calls for each batch size.
    """
    with open_candidates(folder, Selection(device)) as candidates:
        names, loaded = list(candidates.engines), list(candidates.engines.values())
        crops = noise(loaded[0].manifest.input, max(GPU_BATCHES)).images
        columns = [take_turns(loaded, crops[:batch], calls) for batch in GPU_BATCHES]
        yield f"{loaded[-1].device}; ms per call: median, 95th percentile, speed-up"
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
    arguments = parser.parse_args()
    folder = engines.resolve(arguments.engine)
    if arguments.gpu:
        for row in backend_rows(folder, arguments.gpu):
            print(row)
        return
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
