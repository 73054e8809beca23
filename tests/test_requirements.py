"""Tests that need more than a clone are skipped without it, and no test needs it unnoticed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.requirements import DATA_PARTS, NO_DATA, data_folder

pytest_plugins = ["pytester"]

DATA_AT_COLLECTION = data_folder()

SUITE = """
import pytest

@pytest.mark.data
def test_one(real_clips):
    assert real_clips.is_dir()

@pytest.mark.data
@pytest.mark.parametrize("number", [1, 2])
def test_more(number, real_data):
    assert (real_data / "videos").is_dir()

def test_free():
    pass
"""
UNMARKED = """
def test_secretly(real_clips):
    pass
"""
EAGER = """
from support.requirements import data_folder
CLIPS = sorted((data_folder() / "videos").iterdir())

def test_free():
    pass
"""
HIDDEN = """
def test_secretly(request):
    request.getfixturevalue("real_clips")
"""


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make FERVID_TEST_DATA name an empty folder, and return it."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("FERVID_TEST_DATA", str(folder))
    monkeypatch.delenv("FERVID_REQUIRE", raising=False)
    return folder


def run(pytester: pytest.Pytester, suite: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(suite)
    pytester.makeini("[pytest]\nmarkers =\n    data: private\n")
    return pytester.runpytest_inprocess("-p", "support.requirements", "-p", "no:cacheprovider", *options)


def test_without_data_its_tests_are_skipped_and_the_last_line_says_so(pytester: pytest.Pytester, data: Path) -> None:
    result = run(pytester, SUITE)
    result.assert_outcomes(passed=1, skipped=3)
    assert result.outlines[-1] == (
        f"Tests skipped: 3 for lack of private data ({data} has no videos, data/fer2013, data/ck48); "
        "CONTRIBUTING.md says how to get it."
    )


def test_two_processes_say_it_once(pytester: pytest.Pytester, data: Path) -> None:
    result = run(pytester, SUITE, "--numprocesses", "2")
    result.assert_outcomes(passed=1, skipped=3)
    assert result.stdout.str().count("Tests skipped: 3 for lack of private data") == 1


def test_with_data_they_run(pytester: pytest.Pytester, data: Path) -> None:
    for part in DATA_PARTS:
        (data / part).mkdir(parents=True)
    result = run(pytester, SUITE)
    result.assert_outcomes(passed=4)
    assert "skipped" not in result.stdout.str()


def test_what_is_required_is_not_skipped(
    pytester: pytest.Pytester, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FERVID_REQUIRE", "display, data")
    result = run(pytester, SUITE)
    result.assert_outcomes(passed=1, errors=3)
    result.stdout.fnmatch_lines(f"FERVID_REQUIRE names data, but {data} has no videos*; see CONTRIBUTING.md")


def test_an_unknown_requirement_ends_the_run_with_one_line(
    pytester: pytest.Pytester, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FERVID_REQUIRE", "data,dispaly")
    result = run(pytester, SUITE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines == [
        "ERROR: FERVID_REQUIRE names dispaly; it may name data, display, browser, cuda_bench, schema, lsl, ray, sound, "
        "shells",
        "",
    ]


def test_a_test_that_uses_data_without_the_marker_ends_the_run(pytester: pytest.Pytester, data: Path) -> None:
    result = run(pytester, UNMARKED)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: *::test_secretly uses the fixture real_clips; mark it with pytest.mark.data")


def test_a_hidden_use_fails(pytester: pytest.Pytester, data: Path) -> None:
    run(pytester, HIDDEN).assert_outcomes(failed=1)


def test_a_module_that_reads_data_cannot_be_collected_although_it_is_there(
    pytester: pytest.Pytester, data: Path
) -> None:
    for part in DATA_PARTS:
        (data / part).mkdir(parents=True)
    result = run(pytester, EAGER)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines("E   FileNotFoundError: *no data while tests are collected*")
    assert os.environ["FERVID_TEST_DATA"] == str(data)


def test_the_whole_suite_is_collected_without_data() -> None:
    """The marker is then on every test that uses the data, and nothing else reads it."""
    assert DATA_AT_COLLECTION.name == NO_DATA
