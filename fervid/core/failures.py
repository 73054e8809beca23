"""The line for what went wrong, foreseen or not."""

from __future__ import annotations

from pathlib import Path

from fervid.core.packages import not_importable
from fervid.errors import FervidError


def explained(error: Exception, source: Path | None = None) -> FervidError:
    """Return an error as one of fervid's own, which it already is where fervid raised it on purpose.

    Args:
        error: The error.
        source: The input that it concerns; None for none.
    """
    if isinstance(error, FervidError):
        return error
    if isinstance(error, ImportError):
        return not_importable(error)
    # A defect of fervid, not of its input: still one line, and the way to the rest of it.
    problem = f"unexpected {type(error).__name__}: {error}"
    if source is not None:
        problem = f"'{source}' could not be read: {problem}"
    explained_error = FervidError(problem, "set FERVID_DEBUG=1 for the traceback and report it")
    explained_error.__cause__ = error
    return explained_error
