"""The files that the results of a run are written to, and the check that no file has two uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fervid.core.files import file_identity, make_folder
from fervid.errors import FervidError, OutputError, UsageError
from fervid.sources.inputs import BadInput, Input, files_of

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
        makes_folders: Create the folders of the results where they are missing, because fervid chose their names.
        overwrites: Replace files at the targets, because they are remains of a run that is resumed.
    """

    source: Path
    targets: tuple[Path | None, ...]
    error: FervidError | None = None
    makes_folders: bool = False
    overwrites: bool = False

    @property
    def uses_streams(self) -> bool:
        """True if only this process has the source, which is a pipe without a name outside it, or the result."""
        inherited = self.source.as_posix().startswith(("/dev/stdin", "/dev/fd/", "/proc/self/fd/"))
        return inherited or None in self.targets

    def check(self) -> None:
        """Check that the source may be read.

        Raises:
            FervidError: There is a reason against it; see `error`.
        """
        if self.error is not None:
            raise self.error

    def make_folders(self) -> None:
        """Create the folders of the results, if fervid chose their names. Call it before a result is opened.

        Raises:
            OutputError: A folder cannot be created.
        """
        for target in self.targets if self.makes_folders else ():
            if target is not None:
                make_folder(target.parent)


def plan_jobs(
    sources: Sequence[Path],
    targets: Sequence[tuple[Path | None, ...]],
    tables: Iterable[Path] = (),
    *,
    makes_folders: bool = False,
) -> list[Job]:
    """Return the job of each source, before any file is opened.

    Files are compared by device and inode, so that a link to an input counts as that input.

    Args:
        sources: The sources.
        targets: The files of the results of each source; None for standard output.
        tables: The files of tables over all sources.
        makes_folders: As for `Job`.

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
        error = next((error for error in clashes if error is not None), None)
        jobs.append(Job(source, files, error, makes_folders))
    return jobs


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


def split_errors(found: Sequence[Input | BadInput]) -> tuple[list[Input], list[BadInput]]:
    """Split the expanded inputs of a user into the sources and the inputs that name none."""
    sources = [item for item in found if isinstance(item, Input)]
    return sources, [item for item in found if isinstance(item, BadInput)]


def _enumerate(sources: Sequence[Path]) -> str:
    names = [f"'{source}'" for source in sources[:_MAX_NAMED]]
    if len(sources) > _MAX_NAMED:
        names.append(f"{len(sources) - _MAX_NAMED} more")
    return f"{', '.join(names[:-1])} and {names[-1]}"
