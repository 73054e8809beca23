"""What other work on the machine does to a PyTorch engine, by precision and number of threads.

    python benchmarks/engine.py [ENGINE] [--busy N]

Prints the median of the calls' durations in milliseconds while N other processes compute, as decoding and detection do
in a real run. How fast the backends are beside each other on an idle machine, `fervid bench` tells.
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
    """Keep so many other processes computing."""
    others = [multiprocessing.Process(target=spin, daemon=True) for _ in range(processes)]
    for other in others:
        other.start()
    try:
        yield
    finally:
        for other in others:
            other.terminate()


def spin() -> None:
    """Compute until somebody ends it."""
    while True:
        sum(range(10_000))


def main() -> None:
    """Read the command line, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", nargs="?", default="emotionnet")
    parser.add_argument("--busy", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    folder = engines.resolve(arguments.engine)
    ways = list(product(("fp32", "bf16"), sorted({1, os.cpu_count() or 1})))
    loaded = [PyTorchEngine.load(folder, "cpu", precision=precision, threads=threads) for precision, threads in ways]
    crops = noise(loaded[0].manifest.input, max(BATCHES)).images
    with busy(arguments.busy):
        columns = [take_turns(loaded, crops[:batch], CALLS) for batch in BATCHES]
    print("| precision | threads | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |")
    print("|---|---|" + "---:|" * len(BATCHES))
    for (precision, threads), *timings in zip(ways, *columns, strict=True):
        cells = " | ".join(f"{1000 * timing.median:.2f}" for timing in timings)
        print(f"| {precision} | {threads} | {cells} |")


if __name__ == "__main__":
    main()
