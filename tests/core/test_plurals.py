"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from fervid.core.plurals import counted


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 faces"), (1, "1 face"), (2, "2 faces"), (21, "21 faces"), (1001, "1001 faces")]
)
def test_one_is_singular_and_all_others_are_plural(count: int, text: str) -> None:
    assert counted(count, "face") == text


def test_thousands_are_grouped_where_a_page_wants_it() -> None:
    assert counted(28_709, "face", grouping=",") == "28,709 faces"
