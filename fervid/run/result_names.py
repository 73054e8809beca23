"""The names of results: after their sources, in the folders that these lie in."""

from __future__ import annotations

import itertools
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from fervid.core.files import absolute, file_identity
from fervid.errors import UsageError
from fervid.sources.inputs import Input

STANDARD_OUTPUT = "-"
"""The value of ``-o`` that stands for standard output."""


def name_targets(
    inputs: Sequence[Input],
    output: str | None,
    suffix: Callable[[Path], str],
    targets: Callable[[Path | None], tuple[Path | None, ...]] = lambda main: (main,),
) -> list[tuple[Path | None, ...]]:
    """Return the files of the results of each source, which are named after the source.

    In a folder, results repeat the subfolders of their sources. Where results would share a name all the same, as those
    of ``b.mov`` and ``b.mp4`` would, the suffix of the source goes into it: ``b.mov.csv``.

    Args:
        inputs: The sources. A link has its own name, not that of the file it leads to.
        output: The value of ``-o``: a file for a single source, a folder, ``-`` for standard output, or None for the
            current folder.
        suffix: Returns the suffix of the first result of a source, such as ``.csv``.
        targets: Returns the files of all results for that of the first one.

    Raises:
        UsageError: `output` names one file for several sources.
    """
    if output == STANDARD_OUTPUT:
        if len(inputs) > 1:
            raise UsageError(
                f"target - takes one input, not {len(inputs)}", "give target a folder", options=("target",)
            )
        return [targets(None) for _ in inputs]
    if output is not None and not names_folder(output):
        if len(inputs) > 1:
            raise UsageError(
                f"target '{output}' names one file for {len(inputs)} inputs",
                f"give a folder: target '{output}/'",
                options=("target",),
            )
        return [targets(Path(output)) for _ in inputs]
    folder = Path(output or ".")
    folders = [folder / place for place in mirrored_folders(inputs)]

    def named(number: int, stem: str) -> tuple[Path | None, ...]:
        return targets(folders[number] / (stem + suffix(inputs[number].path)))

    found = [named(number, _stem(item.path)) for number, item in enumerate(inputs)]
    identities = [{file_identity(file) for file in files if file is not None} for files in found]
    uses = Counter(identity for each in identities for identity in each)
    for number, item in enumerate(inputs):
        if any(uses[identity] > 1 for identity in identities[number]):
            found[number] = named(number, absolute(item.path).name)
    return found


def names_folder(output: str | None) -> bool:
    """Return True if the results go to a folder: the current one, one that exists, or one with a slash at its end."""
    if output is None:
        return True
    return output != STANDARD_OUTPUT and (output.endswith(("/", os.sep)) or Path(output).is_dir())


def mirrored_folders(inputs: Sequence[Input]) -> list[Path]:
    """Return the folder of each source below what the roots of all sources have in common, as a relative path."""
    roots = [item.root.parts for item in inputs if item.root is not None]
    shared = itertools.takewhile(lambda parts: len(set(parts)) == 1, zip(*roots, strict=False))
    depth = len(list(shared))
    return [_below(item, depth) for item in inputs]


def _below(item: Input, depth: int) -> Path:
    if item.root is None:
        return Path()
    parent = absolute(item.path).parent
    if not depth:  # on Windows, sources may lie on several drives
        return Path(re.sub(r"\W", "", parent.anchor), *parent.parts[1:])
    return Path(*parent.parts[depth:])


def _stem(source: Path) -> str:
    """Return the name of a source without its suffix. A folder has no suffix; ``.`` has the name of its folder."""
    path = absolute(source)
    return path.name if source.is_dir() else path.stem
