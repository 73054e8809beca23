"""Measure how much several inputs at once are worth: python benchmarks/jobs.py [CLIP] [--most N] [--inputs N].

Copies of a clip are analysed by the real command line with ``--jobs 1``, 2, 4 and so on, up to the number of cores. For
each, it prints the frames a second and their ratio to one at a time, the cores that were busy, the processor time for a
frame, and the largest memory of a process. Where the ratio no longer grows, more jobs only cost memory.

Other programs on the machine falsify all but processor time and memory. Without a clip, it draws one.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fervid.core.journal import Journal
from fervid.core.machine import cores
from fervid.run.run_manifest import MANIFEST_NAME
from samples.clips import CLIPS
from samples.render import adapted, render

_MEASURE = """
import resource, sys
from fervid.cli import run
code = run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurement of one run.

    Attributes:
        frames: The number of frames of all inputs.
        seconds: The time that the run took.
        processor: The processor time of all processes, in seconds.
        memory: The largest memory of a process that analyses, in MB.
    """

    frames: int
    seconds: float
    processor: float
    memory: float


def measure(folder: Path, jobs: int, options: Sequence[str]) -> Measured:
    """Analyse all clips in a folder."""
    with tempfile.TemporaryDirectory(prefix="fervid-jobs-") as out:
        command = ["timeline", str(folder), "-o", f"{out}/", "--jobs", str(jobs), "--quiet", *options]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        before = _processor_time()
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", _MEASURE, *command], env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        seconds = time.monotonic() - begin
        entries, _ = Journal(Path(out) / MANIFEST_NAME).read()
        children, own = map(int, re.findall(r"\d+", done.stdout)[-2:])
        frames = sum(int(entry["frames"]) for entry in entries if entry["outcome"] == "complete")
        memory = (children if jobs > 1 else own) / (1024 if sys.platform != "darwin" else 1 << 20)
        return Measured(frames, seconds, _processor_time() - before, memory)


def _processor_time() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", type=Path, help="the clip (default: a drawn one of 20 s in 720p)")
    parser.add_argument("--most", type=int, default=cores(), help="most inputs at once (default: number of cores)")
    parser.add_argument("--inputs", type=int, default=0, help="number of copies (default: three times --most)")
    parser.add_argument("--option", action="append", default=[], help="an option of fervid timeline, such as --rate=5")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="fervid-jobs-") as place:
        clip = options.clip or render(adapted(CLIPS["faces"], (1280, 720), 20.0), Path(place) / "drawn")
        folder = Path(place) / "inputs"
        folder.mkdir()
        for number in range(options.inputs or 3 * options.most):
            (folder / f"{number}{clip.suffix}").symlink_to(clip.resolve())
        print(f"{'jobs':>4} {'frames/s':>9} {'ratio':>6} {'busy cores':>11} {'ms a frame':>11} {'MB a job':>9}")
        first = 0.0
        jobs = 1
        while jobs <= options.most:
            found = measure(folder, jobs, options.option)
            speed = found.frames / found.seconds
            first = first or speed
            busy, cost = found.processor / found.seconds, 1000 * found.processor / found.frames
            print(f"{jobs:>4} {speed:>9.0f} {speed / first:>6.2f} {busy:>11.1f} {cost:>11.1f} {found.memory:>9.0f}")
            jobs *= 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
