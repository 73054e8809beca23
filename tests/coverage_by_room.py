"""Run the tests under coverage, and print a table of the lines and branches that they ran, by room.

    python tests/coverage_by_room.py                 # all tests, as `make coverage` does
    python tests/coverage_by_room.py tests/smooth    # some tests, or options of pytest

Branches count like lines. What the commands ran that tests started counts too.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COVERAGE = (sys.executable, "-m", "coverage")
RUNS = (
    ("--numprocesses", "3", "--dist", "loadfile", "-m", "not realtime and not slow and not gpu and not cuda_bench"),
    ("-m", "realtime"),
    ("-m", "cuda_bench"),
)
"""The runs of `make test`."""


def measure(runs: Sequence[Sequence[str]]) -> int:
    """Run pytest under coverage with each of the options, and return 0 if all tests passed."""
    with tempfile.TemporaryDirectory(prefix="fervid-coverage-") as folder:
        Path(folder).chmod(0o777)  # some tests start a command as another user
        variables = {**os.environ, "COVERAGE_FILE": str(Path(folder, ".coverage"))}
        codes = [
            subprocess.run(
                [*COVERAGE, "run", "-m", "pytest", "-q", *run], cwd=ROOT, env=variables, check=False
            ).returncode
            for run in runs
        ]
        subprocess.run([*COVERAGE, "combine", "--quiet", folder], cwd=ROOT, check=True)
    return max(codes)


def files() -> dict[str, dict[str, int]]:
    """Return the numbers of lines and branches of each file of the package, by its path below the package."""
    found = subprocess.run(
        [*COVERAGE, "json", "--quiet", "-o", "-"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    document = json.loads(found.stdout)
    return {Path(name).relative_to("fervid").as_posix(): entry["summary"] for name, entry in document["files"].items()}


def table(files: dict[str, dict[str, int]]) -> Iterator[str]:
    """Yield a line for each room, one for the modules of no room, and one for all."""
    rooms: dict[str, list[dict[str, int]]] = defaultdict(list)
    for name, summary in files.items():
        rooms[name.split("/")[0] if "/" in name else "(modules)"].append(summary)
    yield "| room | lines | branches | covered |"
    yield "|---|---:|---:|---:|"
    for room, summaries in [*sorted(rooms.items()), ("all", list(files.values()))]:
        lines, branches, ran_lines, ran_branches = (
            sum(summary[key] for summary in summaries)
            for key in ("num_statements", "num_branches", "covered_lines", "covered_branches")
        )
        covered = (ran_lines + ran_branches) / max(1, lines + branches)
        yield f"| {room} | {lines:,} | {branches:,} | {covered:.1%} |"


def least_covered(files: dict[str, dict[str, int]], count: int = 15) -> Iterator[str]:
    """Yield a line for each of the modules with most lines that no test ran."""
    most = sorted(files.items(), key=lambda item: -item[1]["missing_lines"])[:count]
    yield "| module | lines not run | covered |"
    yield "|---|---:|---:|"
    for name, summary in most:
        lines = f"{summary['missing_lines']} of {summary['num_statements']}"
        yield f"| {name} | {lines} | {summary['percent_covered']:.0f}% |"


def main() -> None:
    """Measure, and print the tables."""
    code = measure([sys.argv[1:]] if sys.argv[1:] else RUNS)
    found = files()
    print(*table(found), "", *least_covered(found), sep="\n")  # noqa: T201
    sys.exit(code)


if __name__ == "__main__":
    main()
