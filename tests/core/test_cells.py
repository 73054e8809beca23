"""Texts in tables are never taken for formulas, and are read back as they were."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.cells import escape_cell, unescape_cell


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(start: str) -> None:
    assert escape_cell(f"{start}1+1.jpg") == f"'{start}1+1.jpg"
    assert escape_cell(f"'{start}1+1.jpg") == f"''{start}1+1.jpg"


@pytest.mark.parametrize("text", ["", "a=1.jpg", "'tis.jpg", "'", "1.jpg", " x", "../=1.jpg"])
def test_other_texts_are_left_as_they_are(text: str) -> None:
    assert escape_cell(text) == unescape_cell(text) == text


@given(st.text(alphabet="'=+-@\t\r\n\uff1da1", max_size=6) | st.text())
def test_any_text_is_read_back_as_it_was(text: str) -> None:
    assert unescape_cell(escape_cell(text)) == text
