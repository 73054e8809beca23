"""The conversion of any exception into an error of fervid, with one line for the user."""

from __future__ import annotations

import os
from pathlib import Path

from fervid.core.packages import not_importable
from fervid.errors import FervidError


def to_fervid_error(error: Exception, source: Path | None = None) -> FervidError:
    """Return an exception as a `FervidError`. An error that fervid raised on purpose is returned as it is.

    Args:
        error: The exception.
        source: The input that it concerns; None if it concerns none.
    """
    if isinstance(error, FervidError):
        return error
    if isinstance(error, ImportError):
        return not_importable(error)
    if isinstance(error, MemoryError):
        where = f" for '{source}'" if source is not None else ""
        remedy = "close other programs, or use a machine with more memory"
        return FervidError(f"the memory of this machine is not enough{where}", remedy)
    if isinstance(error, OSError) and isinstance(error.filename, str | bytes | os.PathLike) and error.strerror:
        # The system refused a file where no function expected it, for example because its name is too long.
        remedy = "check its name and folder, their permissions, and the disk"
        converted = FervidError(f"'{os.fsdecode(error.filename)}' cannot be used ({error.strerror})", remedy)
        converted.__cause__ = error
        return converted
    # This is a defect of fervid, not of its input. The user still gets one line, which says how to report it.
    problem = f"unexpected {type(error).__name__}: {error}"
    if source is not None:
        problem = f"'{source}' could not be read: {problem}"
    converted = FervidError(problem, "set FERVID_DEBUG=1 for the traceback and report it")
    converted.__cause__ = error
    return converted
