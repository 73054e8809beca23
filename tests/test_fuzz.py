"""The fuzzer: it makes the same inputs again, sees what goes wrong, and in a few hundred inputs finds nothing."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fervid.errors import FervidError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the fuzzer measures memory by means of POSIX")


@pytest.fixture
def fuzz(root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The benchmark, which finds its own modules beside it."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    import fuzz

    return fuzz


@pytest.fixture
def mutations(fuzz: Any) -> Any:
    import fuzz_mutations

    return fuzz_mutations


def test_the_same_number_makes_the_same_input(mutations: Any) -> None:
    first, again = (mutations.mutate_bytes(b"abcdef" * 50, b"x" * 99, random.Random(7), (b"moov",)) for _ in range(2))
    assert first == again != b"abcdef" * 50


def test_bytes_of_any_length_can_be_mutated(mutations: Any) -> None:
    @given(st.binary(max_size=60), st.binary(max_size=60), st.integers())
    def check(content: bytes, other: bytes, seed: int) -> None:
        assert isinstance(mutations.mutate_bytes(content, other, random.Random(seed)), bytes)

    check()


def test_a_mutated_document_leaves_the_original_as_it_was(mutations: Any) -> None:
    document = {"name": "tiny", "classes": ["happy", "sad"], "input": {"size": 48, "mean": [0.5]}}
    before = json.dumps(document)
    changed = [mutations.mutate_document(document, random.Random(seed)) for seed in range(50)]
    assert json.dumps(document) == before
    assert sum(json.dumps(each) != before for each in changed) > 40


def refuse() -> None:
    raise FervidError("'x' is damaged", "restore it")


def quote() -> None:
    raise FervidError("'x' is no table (unexpected end of data)", "restore it") from ValueError(
        "unexpected end of data"
    )


def fail() -> None:
    raise IndexError("list index out of range")


def fail_within() -> None:
    raise FervidError("unexpected IndexError: x", "report it") from IndexError("x")


@pytest.mark.parametrize(
    ("read", "outcome"),
    [(lambda: None, "done"), (refuse, "refused"), (quote, "refused"), (fail, "finding"), (fail_within, "finding")],
)
def test_only_an_error_of_fervid_counts_as_refused(fuzz: Any, read: Any, outcome: str) -> None:
    assert fuzz.outcome_of(read)[0] == outcome


HARMFUL = """
import os, sys, time, types

class Harmful:
    def __init__(self, folder):
        self.number = int(sys.argv[sys.argv.index("--first") + 1])

    def try_input(self, chance):
        if self.number == 1:
            os._exit(3)
        if self.number == 3:
            time.sleep(60)
        self.number += 1

    def close(self):
        pass

sys.path.insert(0, {benchmarks!r})
sys.modules["fuzz_surfaces"] = types.SimpleNamespace(SURFACES={{"recipes": Harmful}})
import fuzz
raise SystemExit(fuzz.main())
"""


def test_a_crash_and_a_hang_are_findings_and_the_next_input_is_read(fuzz: Any, root: Path, tmp_path: Path) -> None:
    program = tmp_path / "harmful.py"
    program.write_text(HARMFUL.format(benchmarks=str(root / "benchmarks")), encoding="utf-8")
    *_, score = fuzz.fuzz("recipes", 1, range(5), patience=1.5, program=str(program))
    assert score.inputs == 5
    assert score.findings == {1: "the process ended with 3", 3: "more than 1.5 s"}


def test_a_few_hundred_recipes_are_read_or_refused(fuzz: Any) -> None:
    *_, score = fuzz.fuzz("recipes", 2, range(300))
    assert (score.inputs, score.findings) == (300, {})
    assert 0 < score.refused < 300


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        "videos",
        "pictures",
        "engines",
        "configuration",
        "data sets",
        "timelines",
        "jsonl",
        "parquet",
        "records",
        "commands",
        "page",
    ],
)
def test_every_kind_of_input_is_read_or_refused(fuzz: Any, kind: str) -> None:
    *_, score = fuzz.fuzz(kind, 2, range(300))
    assert (score.inputs, score.findings) == (300, {})
