"""Names from files reach the disk and the terminal only in a form that does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.core.names import is_safe_name, printable


@pytest.mark.parametrize(
    "name", ["compact-fer2013", "my faces 2", "Müde", "angry", "a.b_c", "R&D (old)", "x" * 64, "7"]
)
def test_names_that_people_give(name: str) -> None:
    assert is_safe_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "../../x", "/tmp/x", "a/b", "a\\b", "C:x", ".hidden", "-o", "_x", "x ", "x.", "x" * 65),
        *("[/bold]", "a\nb", "a\x00b", "\x1b[31mred", "\ud800", "a\tb"),
    ],
)
def test_names_that_would_do_harm(name: str) -> None:
    assert not is_safe_name(name)


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_what_is_printed_steers_no_terminal(text: str) -> None:
    shown = printable(text)
    assert all(letter.isprintable() or letter == "\n" for letter in shown)
    shown.encode()


def test_text_is_left_alone() -> None:
    assert printable("naïve 猫\nb") == "naïve 猫\nb"
    assert printable("\x1b[31m\udcff") == "\\x1b[31m\\udcff"
