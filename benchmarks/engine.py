"""Measure a PyTorch engine on a busy machine: python benchmarks/engine.py [ENGINE] [--busy N].

It prints the median duration of a call in milliseconds, by precision and number of threads, while N other processes
compute, as decoding and detection do in a real run. `fervid bench` compares the backends on an idle machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product

from fervid import engines
from fervid.engines.backends.pytorch import PyTorchEngine
from fervid.engines.measure.comparison import noise
from fervid.engines.measure.timing import take_turns

BATCHES = (1, 8, 16, 32)
CALLS = 100


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


def main() -> None:
    """Measure the engine of the command line, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("engine", nargs="?", default="emotionnet", help="name or folder (default: emotionnet)")
    parser.add_argument(
        "--busy", type=int, default=0, metavar="N", help="number of other processes that compute (default: 0)"
    )
    arguments = parser.parse_args()
    folder = engines.resolve(arguments.engine)
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
