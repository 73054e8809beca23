"""The message of an error is one line that fits a terminal."""

from __future__ import annotations

from fervid.errors import LONGEST, FervidError


def test_a_message_is_the_problem_and_its_remedy() -> None:
    assert str(FervidError("'a.mp4' does not exist", "check the name")) == "'a.mp4' does not exist; check the name"


def test_a_problem_that_quotes_too_much_loses_its_middle() -> None:
    problem = FervidError(f"'a.toml' has the unknown key {'x' * 100_000} in line 7").problem
    assert len(problem) == LONGEST + 1
    assert problem.startswith("'a.toml' has the unknown key xxx")
    assert problem.endswith("xxx in line 7")
