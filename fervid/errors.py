"""Every error that fervid raises on purpose, in one tree.

    FervidError                 exit code 1
    ├── UsageError              2    an option, or two options together, make no sense
    ├── SourceError             1    a video or picture cannot be opened or holds nothing to read
    ├── DetectorError           1    a face detector cannot be had: its model is missing, damaged, or does not load
    ├── EngineError             1    weights and manifest do not fit together, are damaged, or do not run here
    ├── DeviceError             1    the device that was asked for is not there
    ├── OutputError             1    a result cannot be written: it exists, its folder refuses, the disk is full
    ├── MissingPackageError     1    an optional package or a system library is not installed
    ├── DataError               1    training data that cannot be read
    └── RecipeError             1    a training recipe that makes no sense

Each one is a single line for the user: what is wrong, naming the file, and what to do about it.
"""

from __future__ import annotations


class FervidError(Exception):
    """The root of the tree.

    Args:
        problem: What is wrong, naming the file or option concerned; no final full stop.
        remedy: What the user can do about it, as a clause of its own; no final full stop; empty if `problem` says it.
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
    """A video or picture cannot be opened, or holds nothing to read."""


class DetectorError(FervidError):
    """A face detector cannot be had: its model is missing, damaged, or does not load."""


class EngineError(FervidError):
    """Weights and manifest do not fit together, are damaged, or do not run here."""


class DeviceError(FervidError):
    """The device that was asked for is not there."""


class OutputError(FervidError):
    """A result cannot be written: it exists, its folder refuses, or the disk is full."""


class MissingPackageError(FervidError):
    """An optional package or a system library is not installed."""


class DataError(FervidError):
    """Training data cannot be read."""


class RecipeError(FervidError):
    """A training recipe makes no sense."""
