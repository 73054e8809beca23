"""Any exception becomes one line for the user, and only a defect of fervid asks for a report."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from fervid.core.failures import to_fervid_error
from fervid.errors import SourceError


def test_an_error_of_fervid_is_returned_as_it_is() -> None:
    error = SourceError("'a.mp4' is damaged", "record it again")
    assert to_fervid_error(error) is error


@pytest.mark.parametrize("number", [errno.ENAMETOOLONG, errno.EACCES, errno.ELOOP, errno.EIO])
def test_a_file_that_the_system_refuses_is_no_defect(number: int) -> None:
    error = OSError(number, os.strerror(number), "results/a.csv")
    converted = to_fervid_error(error)
    assert converted.problem == f"'results/a.csv' cannot be used ({os.strerror(number)})"
    assert converted.remedy
    assert converted.__cause__ is error


@pytest.mark.parametrize("error", [IndexError("x"), OSError("x"), OSError(errno.EIO, "x", 7)])
def test_everything_else_is_a_defect_to_report(error: Exception) -> None:
    converted = to_fervid_error(error, Path("a.mp4"))
    assert converted.problem.startswith(f"'a.mp4' could not be read: unexpected {type(error).__name__}: ")
    assert "report it" in converted.remedy
