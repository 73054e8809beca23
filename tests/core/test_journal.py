"""A journal keeps whole lines, whatever stops the one who writes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.full_disk import largest_file

from fervid.core.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "run.jsonl")


def test_what_is_appended_is_read_again_in_order(journal: Journal) -> None:
    assert journal.read() == ([], 0)
    for number in range(3):
        journal.append({"number": number, "name": "Zoë \udcff\n"})
    assert journal.read() == ([{"number": number, "name": "Zoë \udcff\n"} for number in range(3)], 0)


@pytest.mark.parametrize("cut", [1, 5, 200_000])
def test_a_torn_last_line_is_ignored_and_cut(journal: Journal, cut: int) -> None:
    journal.append({"number": 1})
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + b"x" * cut)
    assert journal.read() == ([{"number": 1}], 0)
    journal.append({"number": 2})
    assert journal.path.read_bytes() == whole + b'{"number": 2}\n'


def test_a_file_without_a_whole_line_is_begun_again(journal: Journal) -> None:
    journal.path.write_bytes(b'{"number"')
    journal.append({"number": 2})
    assert journal.path.read_bytes() == b'{"number": 2}\n'


def test_damaged_lines_are_counted_and_the_others_read(journal: Journal) -> None:
    lines = [b'{"number": 1}', b"[1]", b"\xff\xfe", b"", b"[" * 100_000, b"1" * 9999, b'{"number": 2}']
    journal.path.write_bytes(b"\n".join(lines) + b"\n")
    assert journal.read() == ([{"number": 1}, {"number": 2}], 5)


def test_any_bytes_are_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "run.jsonl"

    @given(st.lists(st.one_of(st.binary(max_size=20), st.just(b"\n"), st.just(b'{"a": 1}'))))
    def check(parts: list[bytes]) -> None:
        path.write_bytes(b"".join(parts))
        found, _ = Journal(path).read()
        Journal(path).append({"last": True})
        again, _ = Journal(path).read()
        assert again == [*found, {"last": True}]

    check()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full and limits")
def test_a_full_disk_leaves_whole_lines(journal: Journal) -> None:
    journal.append({"number": 1})
    before = journal.path.read_bytes()
    with largest_file(len(before) + 5), pytest.raises(OSError, match=os.strerror(27)):
        journal.append({"number": 2})
    assert journal.path.read_bytes() == before


def test_a_pipe_or_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="directory"):
        Journal(tmp_path).read()


def test_each_line_is_json(journal: Journal) -> None:
    journal.append({"a": [1, None, True]})
    assert json.loads(journal.path.read_text()) == {"a": [1, None, True]}
