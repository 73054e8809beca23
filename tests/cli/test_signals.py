"""Ctrl-C and SIGTERM become a question; what follows tells which of them it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from fervid.cli import signals
from fervid.cli.signals import Terminated, asked_to_stop, interrupt_behind, stop_on_signals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.kill ends a process there")


NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def work(number: signal.Signals) -> None:
    """Work that a signal reaches."""
    with asked_to_stop() as stop:
        os.kill(os.getpid(), number)
        if stop():
            raise KeyboardInterrupt


def test_nothing_is_asked_at_first() -> None:
    with asked_to_stop() as stop:
        assert not stop()


def test_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt) as caught:
        work(signal.SIGINT)
    assert caught.type is KeyboardInterrupt


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_sigterm_and_a_closed_terminal(number: signal.Signals) -> None:
    with pytest.raises(Terminated):
        work(number)


@pytest.mark.parametrize(
    ("numbers", "raised", "code"),
    [
        ((signal.SIGINT, signal.SIGINT, signal.SIGTERM), KeyboardInterrupt, 130),
        ((signal.SIGTERM, signal.SIGTERM, signal.SIGTERM), Terminated, 143),
        ((signal.SIGHUP, signal.SIGTERM, signal.SIGINT), Terminated, 143),
    ],
)
def test_the_first_signal_raises_the_second_is_ignored_the_third_ends_the_process(
    numbers: tuple[int, int, int], raised: type[BaseException], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    before = {number: signal.getsignal(number) for number in set(NUMBERS)}
    for number in NUMBERS:
        signal.signal(number, signal.SIG_DFL)
    try:
        stop_on_signals()
        with pytest.raises(raised) as caught:
            os.kill(os.getpid(), numbers[0])
        assert caught.type is raised
        os.kill(os.getpid(), numbers[1])
        assert ended == []
        os.kill(os.getpid(), numbers[2])
        assert ended == [code]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_second_ctrl_c_ends_the_run_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([10.0, 10.5, 12.0])
    monkeypatch.setattr(signals.time, "monotonic", lambda: next(now))
    with asked_to_stop() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)  # so soon after the first it is the same one, passed on twice
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_set_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with asked_to_stop():
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] != before
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_what_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with asked_to_stop() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert not stop()
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_than_the_main_one_gets_no_signals() -> None:
    answers = []

    def run() -> None:
        with asked_to_stop() as stop:
            answers.append(stop())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert answers == [False]


def test_a_signal_whose_exception_is_lost_comes_again() -> None:
    command = [sys.executable, "-c", LOST]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "\nfervid: interrupted\n")


LOST = """
import click, os, signal, sys, time
from fervid import cli

class Destroyed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0)

@cli.cli.command()
def wait():
    Destroyed()
    time.sleep(50)

sys.argv[1:] = ["wait"]
cli.main()
"""


def test_the_import_error_that_a_native_module_makes_of_a_signal_is_an_interruption() -> None:
    error = ImportError("initialization failed")
    assert interrupt_behind(error) is None
    error.__cause__ = Terminated()
    assert isinstance(interrupt_behind(error), Terminated)


INTERRUPTED_AT_THE_START = """
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == "fervid.cli":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from fervid.__main__ import main
main()
"""


INTERRUPTED_AT_THE_END = """
import atexit, os, signal, sys

def finish():
    os.kill(os.getpid(), signal.SIGINT)

from fervid.cli import main
atexit.register(finish)
sys.argv[1:] = ["--version"]
main()
"""


def test_ctrl_c_after_the_command_has_ended_changes_nothing() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_THE_END]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_before_the_commands_are_imported_prints_no_traceback() -> None:
    command = [sys.executable, "-c", INTERRUPTED_AT_THE_START, "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


_BUSY = """
import os, signal, threading, time
from fervid.cli.signals import stop_on_signals

delays = [0.3]


class BusyTimer(threading.Timer):
    def start(self):
        super().start()
        time.sleep(delays.pop() if delays else 0)


class Doomed:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)


threading.Timer = BusyTimer
stop_on_signals()
try:
    doomed = Doomed()
    del doomed
    time.sleep(20)
except KeyboardInterrupt:
    print("interrupted")
"""


def test_a_lost_signal_that_comes_again_too_early_is_not_lost_again() -> None:
    done = subprocess.run([sys.executable, "-c", _BUSY], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "interrupted\n", "")
