"""How long a PyTorch engine takes for a batch of faces on this CPU, by precision and number of threads.

    python benchmarks/engine.py [ENGINE] [--busy N] [--faces ARCHIVE.npz]

Prints the median of the calls' durations in milliseconds. `--busy N` keeps N other processes computing meanwhile, as
decoding and detection do in a real run. `--faces` names an archive with `images` (N, 48, 48) uint8: what bfloat16
changes in the answers for them is printed too.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fervid import engines
from fervid.engines.base import Engine
from fervid.engines.pytorch import PyTorchEngine

BATCHES = (1, 8, 16, 32)
CALLS = 100


def median_ms(engine: Engine, crops: NDArray[np.uint8]) -> float:
    """The median duration of a call in milliseconds, after a few that do not count."""
    durations = []
    for _ in range(CALLS + 5):
        begin = time.perf_counter()
        engine.classify(crops)
        durations.append(time.perf_counter() - begin)
    return 1000 * statistics.median(durations[5:])


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


def rounding(folder: Path, archive: Path) -> str:
    """What bfloat16 changes in the answers for the faces of an archive, in one line."""
    with np.load(archive) as arrays:
        crops = arrays["images"][:, None]
    exact, rounded = (
        PyTorchEngine.load(folder, "cpu", precision=precision).classify(crops) for precision in ("fp32", "bf16")
    )
    best, second = np.sort(exact, axis=1)[:, :-3:-1].T
    changed = exact.argmax(1) != rounded.argmax(1)
    return (
        f"bfloat16 changes {changed.sum()} of {len(crops)} labels, where the two best differ by at most "
        f"{(best - second)[changed].max(initial=0):.4f}; a probability changes by {np.abs(exact - rounded).mean():.5f} "
        f"on average and {np.abs(exact - rounded).max():.4f} at most"
    )


def main() -> None:
    """Read the command line, measure, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", nargs="?", default="emotionnet")
    parser.add_argument("--busy", type=int, default=0, metavar="N")
    parser.add_argument("--faces", type=Path, metavar="ARCHIVE")
    arguments = parser.parse_args()
    folder = engines.resolve(arguments.engine)
    crops = np.random.default_rng(1).integers(0, 256, (max(BATCHES), 1, 48, 48), np.uint8)
    threads = sorted({1, os.cpu_count() or 1})
    lines = ["| precision | threads | " + " | ".join(f"batch {batch}" for batch in BATCHES) + " |"]
    lines.append("|---|---|" + "---:|" * len(BATCHES))
    with busy(arguments.busy):
        for precision, count in product(("fp32", "bf16"), threads):
            engine = PyTorchEngine.load(folder, "cpu", precision=precision, threads=count)
            row = [f"{median_ms(engine, crops[:batch]):.2f}" for batch in BATCHES]
            lines.append(f"| {precision} | {count} | " + " | ".join(row) + " |")
    print("\n".join(lines))
    if arguments.faces:
        print(rounding(folder, arguments.faces))


if __name__ == "__main__":
    main()
