"""The files that the results of a run go to."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fervid.errors import UsageError
from fervid.sources.inputs import BadInput

STANDARD_OUTPUT = "-"


def targets(inputs: Sequence[Path], output: str | None, suffix: Callable[[Path], str]) -> list[Path | None]:
    """Return the target of each input: its own name with another suffix, in the current folder or in `output`.

    Args:
        inputs: The sources.
        output: The value of ``-o``: a file for a single input, a folder, ``-`` for standard output, or None.
        suffix: Returns the suffix of the result of an input, such as ``.csv``.

    Returns:
        A path for each input; None for standard output.

    Raises:
        UsageError: Several inputs would share one target.
    """
    if output == STANDARD_OUTPUT:
        if len(inputs) > 1:
            raise UsageError(f"-o - takes one input, not {len(inputs)}", "give -o a folder")
        return [None for _ in inputs]
    if output is not None and not is_folder(output):
        if len(inputs) > 1:
            raise UsageError(f"-o '{output}' names one file for {len(inputs)} inputs", f"give a folder: -o '{output}/'")
        return [Path(output) for _ in inputs]
    folder = Path(output or ".")
    found: list[Path | None] = [folder / (source.resolve().stem + suffix(source)) for source in inputs]
    times = Counter(found)
    for target in found:
        if times[target] > 1:
            shared = " and ".join(f"'{s}'" for s, t in zip(inputs, found, strict=True) if t == target)
            raise UsageError(f"{shared} would both be written to '{target}'", "write them to different folders")
    return found


def is_folder(output: str) -> bool:
    """Return True if ``-o`` names a folder: one that exists, or a new one by a slash at its end."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def check_distinct(named: Mapping[str, str | Path | None]) -> None:
    """Check that no two options name the same file.

    Args:
        named: The file that each option names; None where it was not given.

    Raises:
        UsageError: Two of them name the same.
    """
    seen: dict[str, str] = {}
    for option, name in named.items():
        if name is not None:
            other = seen.setdefault(os.path.realpath(name), option)
            if other != option:
                raise UsageError(f"{other} and {option} both name '{name}'", "give each its own")


def split_errors(found: Sequence[Path | BadInput]) -> tuple[list[Path], list[BadInput]]:
    """Return the sources and the bad inputs in what the user's inputs were expanded to."""
    sources = [item for item in found if isinstance(item, Path)]
    return sources, [item for item in found if isinstance(item, BadInput)]
