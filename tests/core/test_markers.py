"""The names of markers."""

from __future__ import annotations

import pytest

from fervid.core.markers import LONGEST_NAME, Marker, clean_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("stimulus 3", "stimulus 3"),
        ("  two\r\n lines\t", "two lines"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("right\u202eleft \ud800", "right left"),
        ("Größe 大", "Größe 大"),
        ("\n", ""),
    ],
)
def test_a_name_is_one_line_without_control_characters(text: str, line: str) -> None:
    assert clean_line(text) == line


def test_a_name_that_is_too_long_is_cut_and_not_refused() -> None:
    line = clean_line("x" * 300)
    assert len(line) == LONGEST_NAME
    assert line.endswith("x…")


def test_a_marker_on_another_clock_differs_in_its_time_alone() -> None:
    marker = Marker(2, 5.0, "go", source="python")
    assert marker.shifted(-1.5) == Marker(2, 3.5, "go", source="python")
    assert str(marker) == "0:00:05.000 go"
