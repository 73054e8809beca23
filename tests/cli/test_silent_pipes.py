"""Pipes whose sender falls silent: nothing waits for it where nothing more is wanted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.clips import noise, write_clip

import fervid
from fervid import Timeline
from fervid.sources import open_live, open_source

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes"),
    pytest.mark.limit(60),  # the sender is silent for that long
]

IN_TIME = 5.0
"""Seconds that are far more than stopping takes, and far fewer than the sender is silent."""

AT_LAST = 120.0
"""Seconds after which a command hangs. When the sender leaves after a minute, it ends with another exit code."""


class Sender:
    """Sends a file through a named pipe, and then stays silent with the pipe open."""

    def __init__(self, content: Path, pipe: Path) -> None:
        os.mkfifo(pipe)
        self.sent = threading.Event()
        self._content = content.read_bytes()
        self._pipe = pipe
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)
        self._thread.start()

    def _send(self) -> None:
        with self._pipe.open("wb", buffering=0) as file:
            try:
                file.write(self._content)
                self.sent.set()
                self._end.wait(60)
            except BrokenPipeError:
                return

    def close(self) -> None:
        self._end.set()
        self._thread.join(IN_TIME)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of ten seconds, more than FFmpeg reads to find out what it holds, and more than a pipe holds."""
    return write_clip(tmp_path_factory.mktemp("silent") / "clip.ts", [noise(n) for n in range(250)])


@pytest.fixture
def pipe(clip: Path, tmp_path: Path) -> Iterator[tuple[Path, Sender]]:
    sender = Sender(clip, tmp_path / "pipe.ts")
    yield tmp_path / "pipe.ts", sender
    sender.close()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_command_and_keeps_what_was_written(
    pipe: tuple[Path, Sender], tmp_path: Path, stop: signal.Signals
) -> None:
    path, sender = pipe
    command = [sys.executable, "-m", "fervid", "timeline", str(path), "--detector", "haar"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert sender.sent.wait(60)
        time.sleep(1)  # it reads the rest of the pipe, and waits
        process.send_signal(stop)
        _, errors = process.communicate(timeout=AT_LAST)
    finally:
        process.kill()
    assert process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[stop], errors
    assert "damaged" not in errors
    rows = Timeline.load(tmp_path / "pipe.partial.csv").frames
    assert 0 < len(rows) <= 250


@pytest.mark.parametrize(
    "command", [["timeline"], ["live", "--no-window"], ["snapshot", "--no-window"]], ids=lambda command: command[0]
)
def test_ctrl_c_ends_the_wait_for_the_first_byte(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "empty").touch()
    sender = Sender(tmp_path / "empty", tmp_path / "pipe.ts")
    arguments = [*command, str(tmp_path / "pipe.ts"), "--detector", "haar"]
    process = subprocess.Popen([sys.executable, "-m", "fervid", *arguments], cwd=tmp_path)
    try:
        assert sender.sent.wait(60)  # the pipe has been opened
        process.send_signal(signal.SIGINT)
        assert process.wait(AT_LAST) == 130
    finally:
        process.kill()
        sender.close()
    assert {path.name for path in tmp_path.iterdir()} == {"empty", "pipe.ts"}


def test_a_source_ends_when_it_is_stopped(pipe: tuple[Path, Sender]) -> None:
    with open_source(pipe[0]) as source:
        indices = []
        timer = threading.Timer(1, source.stop)
        timer.start()
        begin = time.monotonic()
        indices = [frame.index for frame in source]
        assert time.monotonic() - begin < IN_TIME
    assert indices == list(range(len(indices)))
    assert len(indices) > 200
    assert source.damage is None


def test_leaving_a_loop_does_not_wait(pipe: tuple[Path, Sender]) -> None:
    begin = time.monotonic()
    with fervid.read(pipe[0], frames=True, detector="haar", backend="pytorch") as reader:
        next(reader)
        begin = time.monotonic()
    assert time.monotonic() - begin < IN_TIME


def test_a_live_source_ends_when_it_is_stopped(pipe: tuple[Path, Sender]) -> None:
    with open_live(str(pipe[0])) as source:
        frames = iter(source)
        next(frames)
        source.stop()
        begin = time.monotonic()
        assert list(frames) == []
        assert time.monotonic() - begin < IN_TIME
