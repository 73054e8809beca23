"""Kill, interrupt and starve the commands that write results: python benchmarks/faults.py [--runs N] [--seed N].

Real processes of the command line are struck by signals at random moments, by full disks and by folders that cannot be
written, while they replace earlier results. Then everything that they leave is opened: an earlier result is untouched
or replaced by a whole one, partial results play and parse, nothing undocumented is left, and the next run completes.

It prints how many runs lost something, for each command and fault, and ends with exit code 1 if one did.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the package `samples` is in the parent folder

from fault_commands import Command, Supplies, commands
from fault_laboratory import Laboratory
from fault_processes import PATIENCE_S
from fault_trials import DISK, PLACES, SIGNALS, Fault, Trial

FAULTS: Mapping[str, Fault] = {**SIGNALS, **PLACES}


def strike(laboratory: Laboratory, command: Command, fault: str, seed: int, run: int) -> list[str]:
    """Return what one run of a command has lost by a fault."""
    trial = Trial(laboratory, command, random.Random(f"{seed} {command.name} {fault} {run}"))
    return list(FAULTS[fault](trial))


def chosen(names: Sequence[str], words: Sequence[str]) -> list[str]:
    """Return the names that contain one of the words of ``--only``; all of them if none does."""
    return [name for name in names if any(is_in(word, name) for word in words)] or list(names)


def is_in(word: str, name: str) -> bool:
    """Return True if a name contains a word, in any case."""
    return word.lower() in name.lower()


def main(arguments: Sequence[str] | None = None) -> int:
    """Strike the commands that the command line asks for, and print a table.

    Returns:
        The exit code: 1 if anything was lost.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="runs of each command with each random fault (default: 3)")
    parser.add_argument("--seed", type=int, default=1, help="determines the moments of the faults (default: 1)")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="only commands and faults with this word")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False, markup=False)
    begin, counted, lost = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(prefix="fervid-faults-") as folder:
        supplies = Supplies(Path(folder) / "supplies")
        all_commands = commands(supplies)
        known = [*FAULTS, *(command.name for command in all_commands)]
        if unknown := [word for word in options.only if not any(is_in(word, name) for name in known)]:
            parser.error(f"unknown {', '.join(unknown)}; choose from {', '.join(known)}")
        faults, names = chosen(list(FAULTS), options.only), chosen(known[len(FAULTS) :], options.only)
        laboratory = Laboratory(Path(folder), supplies)
        if any(name.startswith("build") for name in names):
            laboratory.reference(all_commands[-1])  # trains the engine that is built
        table = Table(title=f"runs that lost something, of all; seed {options.seed}", title_justify="left", box=None)
        table.add_column("command")
        for fault in faults:
            table.add_column(fault, justify="right")
        for command in (command for command in all_commands if command.name in names):
            cells = []
            for fault in faults:
                runs = options.runs if fault in SIGNALS else 1
                failed = 0
                for run in range(runs):
                    losses = strike(laboratory, command, fault, options.seed, run)
                    failed += bool(losses)
                    for loss in losses:
                        console.print(f"{command.name}, {fault}, run {run}: {loss}")
                counted, lost = counted + runs, lost + failed
                cells.append(f"{failed} of {runs}")
            table.add_row(command.name, *cells)
    console.print(table)
    console.print(f"full disk: {DISK}; a process may take its usual time and {PATIENCE_S:.0f} s more")
    console.print(f"{lost} of {counted} runs lost something; {(time.monotonic() - begin) / 60:.0f} minutes")
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
