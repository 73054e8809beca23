"""The errors that fervid raises on purpose, in one tree.

    FervidError                 exit code 1
    ├── UsageError              2    an option, or a combination of options, makes no sense
    ├── SourceError             1    a video, picture, camera or stream cannot be opened or has no frames
    ├── DetectorError           1    a face detector is not available: its model is missing or damaged
    ├── EngineError             1    the files of an engine are missing, damaged, contradictory, or do not run here
    ├── DeviceError             1    the requested device does not exist
    ├── OutputError             1    a result cannot be written
    ├── MissingPackageError     1    an optional package or a system library is not installed
    ├── DataError               1    training data cannot be read
    └── RecipeError             1    a training recipe makes no sense

Each message is one line for the user: the problem, with the name of the file or option, and the remedy.
"""

from __future__ import annotations

from typing import Final

LONGEST: Final = 1000
"""The number of characters of a problem that are kept. A message that quotes a damaged file could fill the terminal."""


class FervidError(Exception):
    """The base class of all errors that fervid raises on purpose.

    >>> try:
    ...     fervid.photo("missing.jpg")
    ... except fervid.FervidError as error:
    ...     print(error.problem)
    'missing.jpg' does not exist

    `str` gives "problem; remedy", or the problem alone if there is no remedy.

    Args:
        problem: What is wrong, with the name of the file or option. No final full stop.
        remedy: What the user can do about it. No final full stop. Empty if `problem` says it. Options are named as in
            Python: ``overwrite=True``, ``device="cpu"``. The command line shows them as its own (`with_flags`).
        options: The options that the message names without a value, and that are English words.

    Attributes:
        exit_code: The exit code of the command that this error ends.
        problem: As given, but one of more than `LONGEST` characters loses its middle.
        remedy: As given.
        options: As given.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "", *, options: tuple[str, ...] = ()) -> None:
        super().__init__(problem, remedy)
        self.options = options
        self.problem = problem if len(problem) <= LONGEST else f"{problem[: LONGEST // 2]}…{problem[-LONGEST // 2 :]}"
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem


class UsageError(FervidError):
    """An option, or a combination of options, makes no sense.

    >>> fervid.read("clip.mp4", every=2.5)
    Traceback (most recent call last):
    fervid.errors.UsageError: every takes a whole number from 1 to 100000, not 2.5
    """

    exit_code = 2


class SourceError(FervidError):
    """A video, picture, camera or stream cannot be opened, breaks off, or has no frames.

    >>> fervid.read("missing.mp4")
    Traceback (most recent call last):
    fervid.errors.SourceError: 'missing.mp4' does not exist; ...
    """


class DetectorError(FervidError):
    """A face detector is not available: its model is missing, damaged, or does not load.

    >>> fervid.read("clip.mp4", detector_model="missing.tflite")
    Traceback (most recent call last):
    fervid.errors.DetectorError: ...
    """


class EngineError(FervidError):
    """The files of an engine are missing, damaged, contradictory, or do not run on this machine.

    >>> fervid.read("clip.mp4", engine="missing")
    Traceback (most recent call last):
    fervid.errors.EngineError: ...
    """


class DeviceError(FervidError):
    """The requested device does not exist.

    >>> try:
    ...     timeline = fervid.timeline("clip.mp4", device="cuda")
    ... except fervid.DeviceError:
    ...     timeline = fervid.timeline("clip.mp4", device="cpu")
    """


class OutputError(FervidError):
    """A result cannot be written: it exists already, permission is missing, or the disk is full.

    >>> fervid.timeline("clip.mp4", "missing/clip.csv")
    Traceback (most recent call last):
    fervid.errors.OutputError: ...
    """


class MissingPackageError(FervidError):
    """An optional package or a system library is not installed.

    >>> try:
    ...     table = fervid.timeline("clip.mp4", every=10).to_pandas()
    ... except fervid.MissingPackageError as error:
    ...     print(error.remedy)
    """


class DataError(FervidError):
    """Training data cannot be read."""


class RecipeError(FervidError):
    """A training recipe makes no sense."""
