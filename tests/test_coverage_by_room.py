"""The table of coverage adds up the lines and branches of each room."""

from __future__ import annotations

from coverage_by_room import least_covered, table


def summary(lines: int, branches: int, ran_lines: int, ran_branches: int) -> dict[str, int]:
    return {
        "num_statements": lines,
        "num_branches": branches,
        "covered_lines": ran_lines,
        "covered_branches": ran_branches,
        "missing_lines": lines - ran_lines,
        "percent_covered": 100 * (ran_lines + ran_branches) // (lines + branches),
    }


FILES = {
    "errors.py": summary(10, 0, 10, 0),
    "smooth/ema.py": summary(60, 20, 60, 15),
    "smooth/bayes.py": summary(1500, 0, 5, 0),
}


def test_rooms_add_up() -> None:
    assert list(table(FILES))[2:] == [
        "| (modules) | 10 | 0 | 100.0% |",
        "| smooth | 1,560 | 20 | 5.1% |",
        "| all | 1,570 | 20 | 5.7% |",
    ]


def test_modules_with_most_untested_lines_come_first() -> None:
    assert list(least_covered(FILES, 2))[2:] == [
        "| smooth/bayes.py | 1495 of 1500 | 0% |",
        "| errors.py | 0 of 10 | 100% |",
    ]
