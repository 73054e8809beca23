"""The files that the results of a run are written to, and the check that no file has two uses."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.files import file_identity
from fervid.errors import FervidError, OutputError, UsageError
from fervid.sources.inputs import BadInput, files_of

STANDARD_OUTPUT = "-"
"""The value of ``-o`` that stands for standard output."""

_MAX_NAMED: Final = 3
"""The largest number of sources that a message names."""


@dataclass(frozen=True, slots=True)
class Job:
    """A source with the files of its results.

    Attributes:
        source: The file or folder.
        targets: The file of each result; None for standard output.
        error: The reason not to read the source: a result would replace an input or another result. None if there is
            no such reason.
    """

    source: Path
    targets: tuple[Path | None, ...]
    error: FervidError | None = None

    def check(self) -> None:
        """Check that the source may be read.

        Raises:
            FervidError: There is a reason against it; see `error`.
        """
        if self.error is not None:
            raise self.error


def plan_jobs(
    sources: Sequence[Path], targets: Sequence[tuple[Path | None, ...]], tables: Iterable[Path] = ()
) -> list[Job]:
    """Return the job of each source, before any file is opened.

    Files are compared by device and inode, so that a link to an input counts as that input.

    Args:
        sources: The sources.
        targets: The files of the results of each source; None for standard output.
        tables: The files of tables over all sources.

    Raises:
        UsageError: A table would replace an input or another table.
    """
    inputs = {file_identity(file) for source in sources for file in files_of(source)}
    taken = set()
    for table in tables:
        identity = file_identity(table)
        if identity in inputs:
            raise UsageError(f"'{table}' is an input of this run and cannot be replaced", "give the table another name")
        if identity in taken:
            raise UsageError(f"two tables would both be written to '{table}'", "give each its own name")
        taken.add(identity)
    writers: dict[tuple[object, ...], list[Path]] = defaultdict(list)
    for source, files in zip(sources, targets, strict=True):
        for file in files:
            if file is not None:
                writers[file_identity(file)].append(source)
    errors: dict[tuple[object, ...], FervidError] = {}  # all sources that clash share one error

    def clash(file: Path) -> FervidError | None:
        identity = file_identity(file)
        if identity not in errors:
            if identity in inputs:
                problem, remedy = "is an input of this run and cannot be replaced", "give the result another name"
                errors[identity] = OutputError(f"'{file}' {problem}", remedy)
            elif identity in taken:
                errors[identity] = OutputError(f"'{file}' is a table of this run", "give the table another name")
            elif len(writers[identity]) > 1:
                word = "both" if len(writers[identity]) == 2 else "all"
                problem = f"{_enumerate(writers[identity])} would {word} be written to '{file}'"
                errors[identity] = OutputError(problem, "rename one, or write them to different folders")
        return errors.get(identity)

    jobs = []
    for source, files in zip(sources, targets, strict=True):
        clashes = (clash(file) for file in files if file is not None)
        jobs.append(Job(source, files, next((error for error in clashes if error is not None), None)))
    return jobs


def main_targets(sources: Sequence[Path], output: str | None, suffix: Callable[[Path], str]) -> list[Path | None]:
    """Return the file of the first result of each source, which is named after the source.

    Args:
        sources: The sources. A link has its own name, not that of the file it leads to.
        output: The value of ``-o``: a file for a single source, a folder, ``-`` for standard output, or None.
        suffix: Returns the suffix of the result of a source, such as ``.csv``.

    Returns:
        A file for each source, in the current folder or in `output`; None for standard output.

    Raises:
        UsageError: `output` names one file for several sources.
    """
    if output == STANDARD_OUTPUT:
        if len(sources) > 1:
            raise UsageError(f"-o - takes one input, not {len(sources)}", "give -o a folder")
        return [None for _ in sources]
    if output is not None and not is_folder(output):
        if len(sources) > 1:
            raise UsageError(
                f"-o '{output}' names one file for {len(sources)} inputs", f"give a folder: -o '{output}/'"
            )
        return [Path(output) for _ in sources]
    folder = Path(output or ".")
    return [folder / (_name(source) + suffix(source)) for source in sources]


def is_folder(output: str) -> bool:
    """Return True if ``-o`` names a folder: one that exists, or a new one by a slash at its end."""
    return output.endswith(("/", os.sep)) or Path(output).is_dir()


def check_distinct(inputs: Mapping[str, str], outputs: Mapping[str, str | Path | None]) -> None:
    """Check that no two options name the same file, except that an input may be read twice.

    Args:
        inputs: The value of each option that reads something, which need not be a file.
        outputs: The file that each option writes; None for an option that was not given.

    Raises:
        UsageError: Two options name the same file.
    """
    seen = {file_identity(file): option for option, name in inputs.items() for file in files_of(Path(name))}
    for option, output in outputs.items():
        if output is not None:
            other = seen.setdefault(file_identity(Path(output)), option)
            if other != option:
                raise UsageError(f"{other} and {option} both name '{output}'", "give each its own")


def split_errors(found: Sequence[Path | BadInput]) -> tuple[list[Path], list[BadInput]]:
    """Split the expanded inputs of a user into the sources and the inputs that name none."""
    sources = [item for item in found if isinstance(item, Path)]
    return sources, [item for item in found if isinstance(item, BadInput)]


def _name(source: Path) -> str:
    """Return the name of a source without its suffix. A folder has no suffix; ``.`` has the name of its folder."""
    path = Path(os.path.abspath(source))  # noqa: PTH100 (Path.resolve follows links)
    return path.name if source.is_dir() else path.stem


def _enumerate(sources: Sequence[Path]) -> str:
    names = [f"'{source}'" for source in sources[:_MAX_NAMED]]
    if len(sources) > _MAX_NAMED:
        names.append(f"{len(sources) - _MAX_NAMED} more")
    return f"{', '.join(names[:-1])} and {names[-1]}"
