"""Several inputs at once: the same results in the same order, and a process that dies fails its input alone."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.children import children

from fervid.core.readings import FrameReading
from fervid.errors import EngineError
from fervid.run import local_host
from fervid.run.batch import Batch
from fervid.run.local_host import LocalHost, LocalProcess
from fervid.run.outcome import Outcome, Watch
from fervid.run.results import Results
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.settings import Settings
from fervid.sources.base import SourceInfo

SETTINGS = Settings(detector="haar", end="6f")
FAILING = """
from fervid.formats.csv import CsvWriter
def fail(writer, reading):
    raise KeyError("nose")
CsvWriter.append = fail
"""


@pytest.fixture
def others() -> frozenset[int]:
    """Processes that tests share and that live on, such as a browser."""
    return frozenset(children(os.getpid())) if sys.platform == "linux" else frozenset()


def ours(others: frozenset[int]) -> list[int]:
    """The processes that a test has started and that have not ended, the oldest first."""
    return [process for process in children(os.getpid()) if process not in others]


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")}


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, drawn_clip: Path, monkeypatch: pytest.MonkeyPatch, others: frozenset[int]) -> Iterator[Path]:
    """A folder with three clips, one of which is none; it is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "c.mp4"):
        shutil.copy(drawn_clip, name)
    Path("b.mp4").write_text("no video")
    yield tmp_path
    assert threads() == set()
    if sys.platform == "linux":
        assert ours(others) == []


def batch(output: str, jobs: int = 2, **options: Any) -> Batch:
    return Batch(["*.mp4"], SETTINGS, Results(), output=output, jobs=jobs, **options)


def files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name != MANIFEST_NAME}


def summary(outcomes: list[Outcome]) -> list[tuple[str, str, int, int]]:
    return [(item.source.name, str(item.error), item.tally.frames, item.tally.faces) for item in outcomes]


def test_results_outcomes_and_lines_are_those_of_one_after_the_other_and_readings_watched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "fervid")
    alone = list(batch("alone/", jobs=1))
    lines = [message for message in caplog.messages if ".mp4" in message]
    caplog.clear()
    seen: dict[str, list[int]] = {}

    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        def watch(reading: FrameReading) -> None:
            seen.setdefault(info.path.name, []).append(reading.index)

        yield watch

    both = list(batch("both/", progress=progress))
    assert summary(both) == summary(alone)
    assert [item.error is None for item in both] == [True, False, True]
    assert [message for message in caplog.messages if ".mp4" in message] == lines != []
    assert files("both") == files("alone")
    assert sorted(files("both")) == ["a.csv", "a.csv.json", "c.csv", "c.csv.json"]
    text = Path("both", MANIFEST_NAME).read_text(encoding="utf-8")
    assert [text.count(f'"{outcome}"') for outcome in ("begun", "complete", "failed")] == [3, 2, 1]
    again = batch("both/", resume=True)
    assert ([path.name for path in again.done], summary(list(again))) == (["a.mp4", "c.mp4"], summary(alone)[1:2])
    assert sorted(seen) == ["a.mp4", "c.mp4"]
    assert all(indices[0] == 0 and indices == sorted(indices) for indices in seen.values())


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes")
def test_a_process_that_is_killed_fails_its_input_alone(others: frozenset[int]) -> None:
    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        if info.path.name == "a.mp4":
            os.kill(ours(others)[0], signal.SIGKILL)
        yield lambda _: None

    Path("b.mp4").unlink()
    settings = SETTINGS.replace(end=None)
    first, second = Batch(["*.mp4"], settings, Results(), output="out/", jobs=2, progress=progress)
    assert str(first.error) == (
        "'a.mp4' could not be read: its process was ended by SIGKILL; try it alone, or fewer at once"
    )
    assert second.written == (Path("out/c.csv"),)
    again = Batch(["*.mp4"], settings, Results(), output="out/", jobs=2, resume=True)
    assert [outcome.written for outcome in again] == [(Path("out/a.csv"),)]
    assert [path.name for path in Path("out").glob(".*")] == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes")
def test_a_process_with_other_models_is_left_out(
    others: frozenset[int], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some of the results would be of another backend. The first process waits until the second one is judged."""

    class Unequal(LocalHost):
        def start(self) -> LocalProcess:
            process = super().start()
            start = local_host._START.replace("; from", "; sys.modules.update(openvino=None, onnxruntime=None); from")
            monkeypatch.setattr(local_host, "_START", start)
            return process

    class Going(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "is left out" in record.getMessage():
                os.kill(first, signal.SIGCONT)

    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        nonlocal first
        if not first:
            first = ours(others)[0]
            os.kill(first, signal.SIGSTOP)
        yield lambda _: None

    first = 0
    Path("b.mp4").unlink()
    log, going = logging.getLogger("fervid"), Going()
    log.addHandler(going)
    outcomes = list(
        Batch(
            ["*.mp4"], SETTINGS.replace(end=None), Results(), output="out/", jobs=2, host=Unequal(), progress=progress
        )
    )
    log.removeHandler(going)
    assert [outcome.error for outcome in outcomes] == [None, None]
    (said,) = (text for text in caplog.messages if "is left out" in text)
    assert said.startswith("a process is left out: it would analyse with backend pytorch")
    assert said.endswith("; install the same packages on all machines")
    assert '"pytorch"' not in Path("out", MANIFEST_NAME).read_text(encoding="utf-8")


def test_an_unforeseen_error_is_the_outcome_of_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    start = local_host._START.replace("; main()", f"; exec({FAILING!r}); main()")
    monkeypatch.setattr(local_host, "_START", start)
    first, _, third = batch("out/")
    for outcome in (first, third):
        assert "could not be read: unexpected KeyError: 'nose'; set FERVID_DEBUG=1" in str(outcome.error)
        assert "in fail" in str(outcome.error.__cause__ if outcome.error else None)
    assert files("out") == {}


def test_what_concerns_all_inputs_is_an_error_at_once() -> None:
    with pytest.raises(EngineError, match="there is no engine 'nowhere'"):
        Batch(["a.mp4", "c.mp4"], SETTINGS.replace(engine="nowhere"), Results(), jobs=2)


def test_a_loop_that_is_left_stops_all_processes() -> None:
    for outcome in batch("out/"):
        assert outcome.source.name == "a.mp4"
        break
    begin = time.monotonic()
    while threads() and time.monotonic() < begin + 10:
        time.sleep(0.01)
    assert "a.csv" in files("out")
