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

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="Windows has no alarm")


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
