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


class FervidError(Exception):
    """The base class of all errors that fervid raises on purpose.

    `str` gives "problem; remedy", or the problem alone if there is no remedy.

    Args:
        problem: What is wrong, with the name of the file or option. No final full stop.
        remedy: What the user can do about it. No final full stop. Empty if `problem` says it.

    Attributes:
        exit_code: The exit code of the command that this error ends.
        problem: As given.
        remedy: As given.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem, remedy)
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.problem}; {self.remedy}" if self.remedy else self.problem


class UsageError(FervidError):
    """An option, or a combination of options, makes no sense.

    Args:
        problem: As for `FervidError`.
        remedy: As for `FervidError`.
        options: The settings that the message names as Python does; the command line shows them as its own options.
    """

    exit_code = 2

    def __init__(self, problem: str, remedy: str = "", *, options: tuple[str, ...] = ()) -> None:
        super().__init__(problem, remedy)
        self.options = options


class SourceError(FervidError):
    """A video, picture, camera or stream cannot be opened, breaks off, or has no frames."""


class DetectorError(FervidError):
    """A face detector is not available: its model is missing, damaged, or does not load."""


class EngineError(FervidError):
    """The files of an engine are missing, damaged, contradictory, or do not run on this machine."""


class DeviceError(FervidError):
    """The requested device does not exist."""


class OutputError(FervidError):
    """A result cannot be written: it exists already, permission is missing, or the disk is full."""


class MissingPackageError(FervidError):
    """An optional package or a system library is not installed."""


class DataError(FervidError):
    """Training data cannot be read."""


class RecipeError(FervidError):
    """A training recipe makes no sense."""
