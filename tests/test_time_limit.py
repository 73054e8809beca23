"""Tests that would wait for ever fail instead."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from support.time_limit import limited

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no alarm")

PREPARED = """
import pytest
from support import time_limit
time_limit.SECONDS = time_limit.REPEAT = {seconds}
time_limit.LONGEST = {longest}
time_limit.GRACE = {grace}
pytest_plugins = ["support.time_limit"{plugins}]
"""
HUNG = """
import subprocess
import time
import pytest

STARTED = []

def wait():
    time.sleep(1000)

@pytest.fixture(scope="session")
def tree():
    with subprocess.Popen(["sh", "-c", "cat | cat"], stdin=subprocess.PIPE) as process:
        STARTED.append(process)
        yield process

@pytest.fixture
def slow_to_begin(tree):
    wait()

@pytest.fixture
def slow_to_end(tree):
    yield
    wait()

def test_set_up(slow_to_begin): ...
def test_next(tree): assert tree.poll() is None
def test_call(tree):
    try:
        wait()
    finally:
        assert tree.wait() == -9
        wait()
def test_swallowed():
    try:
        wait()
    except BaseException:
        pass
def test_tear_down(slow_to_end): ...
def test_last(tree): assert tree.poll() is None and len(STARTED) == 4
"""


def read_pipe() -> None:
    Path("pipe").read_bytes()


def read_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("wait", [threading.Event().wait, queue.Queue().get, read_pipe, read_process])
def test_waiting_for_ever_fails(wait: Callable[[], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "getloadavg", lambda: (0.0, 0.0, 0.0))
    os.mkfifo("pipe")
    with pytest.raises(pytest.fail.Exception, match=r"took longer than 0\.1 s"), limited(0.1):
        wait()


def test_a_busy_machine_has_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    loads = iter([(float(3 * (os.cpu_count() or 1)), 0.0, 0.0), (0.0, 0.0, 0.0)])
    monkeypatch.setattr(os, "getloadavg", lambda: next(loads))
    with pytest.raises(pytest.fail.Exception), limited(0.1):
        threading.Event().wait()
    assert next(loads, None) is None


def test_each_test_has_a_limit() -> None:
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 0


@pytest.mark.limit(7)
def test_a_marker_sets_the_limit() -> None:
    assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 7


def run(
    pytester: pytest.Pytester, suite: str, *options: str, seconds: float, longest: float, grace: float = 30
) -> pytest.RunResult:
    plugins = ', "support.requirements"' if "browser" in suite else ""
    pytester.makeconftest(PREPARED.format(seconds=seconds, longest=longest, grace=grace, plugins=plugins))
    pytester.makeini("[pytest]\nmarkers =\n    limit: time\n    browser: Chromium\n")
    pytester.makepyfile(test_it=suite)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]))
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        patch.setenv("COLUMNS", "200")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rfE", "--tb=no", *options)


def test_each_phase_ends_with_its_processes_and_the_next_test_has_new_ones(pytester: pytest.Pytester) -> None:
    result = run(pytester, HUNG, seconds=0.25, longest=5)
    line = HUNG.strip().splitlines().index("    time.sleep(1000)") + 1
    ended = f"Failed: took longer than * s at test_it.py:{line}"
    summary = [
        f"ERROR test_it.py::test_set_up - {ended}",
        f"FAILED test_it.py::test_call - {ended}",
        f"FAILED test_it.py::test_swallowed - {ended}",
        f"ERROR test_it.py::test_tear_down - {ended}",
    ]
    for text in summary:
        result.stdout.fnmatch_lines(text)
    result.assert_outcomes(passed=3, failed=2, errors=2)


NATIVE = """
import itertools

def test_deaf():
    sum(itertools.repeat(0))  # never returns to the interpreter, so no signal is handled

def test_next(): ...
"""


def test_native_code_ends_its_process_and_another_one_runs_the_next_test(pytester: pytest.Pytester) -> None:
    result = run(pytester, NATIVE, "-p", "xdist.plugin", "--numprocesses", "1", seconds=1, longest=1, grace=1.5)
    # Not as one line: older releases of pytest name the test without the reason.
    result.stdout.fnmatch_lines(["replacing crashed worker gw0", "FAILED *::test_deaf*"])
    result.stderr.fnmatch_lines('*test_it.py", line 4 in test_deaf')
    result.assert_outcomes(passed=1, failed=1)


BROWSER = """
import pytest

@pytest.mark.browser
@pytest.mark.limit(1)
def test_hung(browser):
    browser.new_page().evaluate("() => { while (true); }")

@pytest.mark.browser
def test_next(browser):
    assert browser.new_page().evaluate("1 + 1") == 2
"""


@pytest.mark.browser
def test_a_browser_that_hangs_is_ended_and_the_next_test_has_another_one(pytester: pytest.Pytester) -> None:
    result = run(pytester, BROWSER, seconds=20, longest=200)
    result.stdout.fnmatch_lines("FAILED *::test_hung - Failed: took longer than * s at test_it.py:6")
    result.assert_outcomes(passed=1, failed=1)
