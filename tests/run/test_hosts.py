"""Processes on this machine and on a cluster: the same messages, the same results, and failures that stay alone."""

from __future__ import annotations

import json
import logging
import os
import pickle
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.ray_nodes import RayNodes, await_reader

from fervid.run.batch import Batch
from fervid.run.hosts import Host
from fervid.run.local_host import LocalHost
from fervid.run.outcome import Watch
from fervid.run.ray_cluster import RayCluster
from fervid.run.results import Results
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.run.targets import Job
from fervid.run.worker import NotReady, Setup
from fervid.settings import Settings
from fervid.sources.base import SourceInfo

SETTINGS = Settings(detector="haar", end="6f")

pytestmark = [
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning", "ignore::ResourceWarning"),
    pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes"),
]


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, drawn_clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with three clips; it is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4", "c.mp4"):
        shutil.copy(drawn_clip, name)
    return tmp_path


@pytest.fixture(params=["local", pytest.param("ray", marks=pytest.mark.ray)])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each place where processes analyse inputs."""
    if request.param == "local":
        yield LocalHost()
    else:
        nodes: RayNodes = request.getfixturevalue("ray_nodes")
        with RayCluster(nodes.address) as cluster:
            yield cluster


def run(output: str, host: Host | None, **options: Any) -> Batch:
    return Batch(["*.mp4"], options.pop("settings", SETTINGS), Results(), output=output, jobs=2, host=host, **options)


def files(folder: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.name != MANIFEST_NAME}


def entries(folder: str) -> list[tuple[str, str]]:
    lines = Path(folder, MANIFEST_NAME).read_text(encoding="utf-8").splitlines()
    return [(entry["input"], entry["outcome"]) for entry in map(json.loads, lines)]


def test_a_process_takes_and_gives_messages_until_it_ends(host: Host) -> None:
    host.check([Job(Path("a.mp4"), (Path("a.csv"),))])
    process = host.start()
    process.send(pickle.dumps(Setup(SETTINGS.replace(engine="nowhere"), Results(), logging.INFO)))
    message = pickle.loads(process.receive())
    assert isinstance(message, NotReady)
    assert "there is no engine 'nowhere'" in str(message.error)
    for _ in range(2):
        with pytest.raises(EOFError):
            process.receive()
    process.send(b"too late")
    assert process.close() == 0


def test_results_are_those_of_one_after_the_other(host: Host) -> None:
    alone = list(Batch(["*.mp4"], SETTINGS, Results(), output="alone/"))
    both = list(run("both/", host))
    assert [(item.source, item.tally.frames) for item in both] == [(item.source, item.tally.frames) for item in alone]
    assert files("both") == files("alone")
    assert sorted(entries("both")) == sorted(entries("alone"))
    assert list(Path("both").glob(".*")) == []


def test_an_input_that_kills_its_process_each_time_fails_alone(host: Host) -> None:
    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        if info.path.name == "a.mp4":
            killed.append(await_reader(Path("a.mp4").resolve()))
            os.kill(killed[-1], signal.SIGKILL)
        yield lambda _: None

    killed: list[int] = []
    first, *others = run("out/", host, settings=SETTINGS.replace(end=None), progress=progress)
    assert len(set(killed)) == host.tries
    earlier = f", and those of {host.tries - 1} earlier tries ended likewise" if host.tries > 1 else ""
    assert str(first.error) == (
        f"'a.mp4' could not be read: its process was ended by SIGKILL{earlier}; try it alone, or fewer at once"
    )
    assert [item.written for item in others] == [(Path("out/b.csv"),), (Path("out/c.csv"),)]
    assert ("a.mp4", "failed") in entries("out")


@pytest.mark.ray
def test_a_machine_that_is_killed_costs_nothing_but_time(ray_nodes: RayNodes, caplog: pytest.LogCaptureFixture) -> None:
    """Last, because it leaves one node."""
    caplog.set_level(logging.INFO, "fervid")
    settings = SETTINGS.replace(end=None)
    list(Batch(["*.mp4"], settings, Results(), output="alone/"))
    stopped: list[int] = []

    @contextmanager
    def progress(info: SourceInfo) -> Iterator[Watch]:
        if len(stopped) < 2:  # they cannot complete before the node is killed
            stopped.append(await_reader(info.path.resolve()))
            os.kill(stopped[-1], signal.SIGSTOP)
        if len(stopped) == 2 and killing.acquire(blocking=False):
            ray_nodes.kill_second()
            for process in stopped:
                os.kill(process, signal.SIGCONT)
        yield lambda _: None

    killing = threading.Lock()
    with RayCluster(ray_nodes.address) as cluster:
        outcomes = list(run("out/", cluster, settings=settings, progress=progress))
    assert [item.error for item in outcomes] == [None] * 3
    assert [text for text in caplog.messages if text.endswith("is begun again: its machine was lost")] != []
    assert files("out") == files("alone")
    assert sorted(entries("out")) == sorted(entries("alone"))
