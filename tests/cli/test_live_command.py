"""``fervid live`` as a user calls it, on streams and files, since no camera is at hand."""

from __future__ import annotations

import csv
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest
from support.footage import Footage
from websockets.sync.client import connect

from fervid import Timeline
from fervid.cli import run
from samples.serve import MjpegServer, jpegs, paced

pytestmark = pytest.mark.realtime


@pytest.fixture(scope="module")
def face(footage: Footage) -> list[bytes]:
    """Two seconds of a face."""
    return jpegs(footage["smile.mp4"])


@pytest.fixture
def endless(face: list[bytes]) -> Iterator[MjpegServer]:
    """A stream that does not end."""
    with MjpegServer(lambda: paced(itertools.cycle(face), 30)) as server:
        yield server


def live(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fervid", "live", "--no-window", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@contextmanager
def running(*arguments: str | Path, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that has written its first second of `a.csv`."""
    command = [sys.executable, "-m", "fervid", "live", "--no-window", *map(str, arguments)]
    with subprocess.Popen(command, cwd=cwd, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline = time.monotonic() + 40
            while last_time(cwd / "a.csv") < 1 and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.05)
            yield process
        finally:
            process.kill()


def last_time(path: Path) -> float:
    """The time of the last whole row of a timeline that is being written."""
    if not path.exists():
        return 0.0
    with path.open(newline="") as stream:
        rows = [row for row in csv.reader(stream) if len(row) > 1]
    return float(rows[-2][1]) if len(rows) > 2 else 0.0


def times(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [float(frame.pts * frame.time_base) for frame in container.decode(video=0)]


def test_a_file_is_played_at_its_own_speed_and_recorded(footage: Footage, assets: Path, tmp_path: Path) -> None:
    clip = footage["smile.mp4"]
    begin = time.monotonic()
    done = live(clip, "--record", "a.mp4", "--csv", "a.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert time.monotonic() - begin > 2.3
    assert "wrote a.mp4" in done.stderr
    assert "wrote a.csv" in done.stderr
    timeline = Timeline.load(tmp_path / "a.csv")
    with av.open(str(clip)) as container:
        original = [round(frame.time, 3) for frame in container.decode(video=0)]
    assert {frame.time for frame in timeline.frames} <= set(original)
    assert len(timeline.frames) > 20
    assert {face.face_id for face in timeline.readings} == {1}


def test_several_sources_are_recorded_at_once_and_one_that_ends_stops_no_other(
    drawn_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    with MjpegServer(lambda: paced(jpegs(drawn_clip)[:5], 30)) as server:
        arguments = [str(drawn_clip), server.address, "--no-window", "--csv", "a.csv", "--record", "a.mp4"]
        assert run(["live", *arguments, "--detector", "haar"]) == 0
    said = capsys.readouterr().err
    assert f"{server.address} has ended; the others go on" in said
    assert {path.name for path in tmp_path.iterdir()} == {
        *("a-1.csv", "a-1.csv.json", "a-1.mp4"),
        *("a-2.csv", "a-2.csv.json", "a-2.mp4"),
    }
    for number in (1, 2):
        assert f"wrote a-{number}.csv" in said
        assert Timeline.load(tmp_path / f"a-{number}.csv").frames


def test_after_a_kill_all_but_the_last_second_is_there(endless: MjpegServer, assets: Path, tmp_path: Path) -> None:
    with running(endless.address, "--record", "a.mp4", "--csv", "a.csv", "-q", cwd=tmp_path) as process:
        before = last_time(tmp_path / "a.csv")
        while last_time(tmp_path / "a.csv") < before + 2 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert times(tmp_path / "a.mp4")[-1] > before + 0.8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.mp4"]


def test_asked_to_end_it_completes_its_recordings(endless: MjpegServer, assets: Path, tmp_path: Path) -> None:
    """As a service manager asks; Ctrl-C is tried below."""
    with running(endless.address, "--record", "a.mp4", "--csv", "a.csv", cwd=tmp_path) as process:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert "wrote a.mp4" in said
    assert "Traceback" not in said
    assert len(Timeline.load(tmp_path / "a.csv").frames) > 15
    assert times(tmp_path / "a.mp4")[0] == 0


def test_it_reconnects_and_the_gap_stays_in_the_timeline_until_ctrl_c(
    face: list[bytes], assets: Path, tmp_path: Path
) -> None:
    with (
        MjpegServer(lambda: paced(face[:40], 30)) as server,
        running(server.address, "--reconnect", "--csv", "a.csv", cwd=tmp_path) as process,
    ):
        while last_time(tmp_path / "a.csv") < 2.5:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 0
    assert f"warning: {server.address} has ended; reconnecting in 1 s" in said
    assert "wrote a.csv" in said
    at = [frame.time for frame in Timeline.load(tmp_path / "a.csv").frames]
    assert max(later - earlier for earlier, later in itertools.pairwise(at)) > 0.9


@contextmanager
def waiting(address: str, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    """A run that waits for a stream, and has said so."""
    command = ["live", address, "--no-window", "--reconnect", "--csv", "a.csv"]
    with subprocess.Popen(
        [sys.executable, "-m", "fervid", *command], cwd=cwd, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            assert process.stderr.readline() == (
                f"fervid: warning: {address} refuses the connection; check the port, and that the sender is on; trying "
                "again in 1 s\n"
            )
            yield process
        finally:
            process.kill()


@pytest.mark.limit(60)
def test_a_stream_that_is_not_there_yet_is_waited_for(face: list[bytes], assets: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        waiting(f"http://127.0.0.1:{port}/stream", tmp_path) as process,
        MjpegServer(lambda: paced(itertools.cycle(face), 30), port),
    ):
        while last_time(tmp_path / "a.csv") < 0.5:
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 0, said
    assert "wrote a.csv" in said


@pytest.mark.limit(60)
def test_ctrl_c_ends_the_wait_for_a_stream(assets: Path, tmp_path: Path) -> None:
    with waiting("tcp://127.0.0.1:9", tmp_path) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait() == 130
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["77"], 1, "there is no camera 77"),
        (["nothing.mp4"], 1, "'nothing.mp4' does not exist"),
        (["tcp://127.0.0.1:9"], 1, "tcp://127.0.0.1:9 refuses the connection; check the port"),
        (["nonsense://127.0.0.1:9", "--reconnect"], 1, "nonsense://127.0.0.1:9 cannot be opened"),
        (["0", "--size", "big"], 2, "'big' is not a size"),
        (["0", "--record-clean", "--no-window"], 2, "--record-clean does not start a recording"),
        (["0", "--sound", "default", "--no-window"], 2, "--sound does not start a recording; add --record OUT.mp4"),
        (["0", "--sound", "default", "--no-sound"], 2, "--sound and --no-sound contradict each other"),
        (["0", "--sound", "a.mp4", "--record", "a.mp4"], 2, "--sound and --record both name 'a.mp4'"),
        (["0", "--sound", "nothing"], 1, "the sound device 'nothing' cannot be opened"),
        (["0", "--serve", "--no-window"], 2, "--serve and --no-window contradict"),
        (["0", "--serve", "nowhere:999999"], 2, "is not an address"),
        (["--serve", "rtsp://camera"], 2, "--serve takes HOST:PORT, not 'rtsp://camera'; put SOURCE before --serve"),
        (["0", "--fps", "nan"], 2, "'nan' is not a number"),
        (["0", "--csv", "-"], 2, "cannot be written to standard output"),
        (["0", "0", "--no-window"], 2, "'0' is named twice; name each source once"),
        (["nothing.mp4", "77", "--no-window"], 1, "'nothing.mp4' does not exist"),
        (["a-2.mp4", "0", "--no-window", "--record", "a.mp4"], 2, "SOURCE 1 and --record both name 'a-2.mp4'"),
        (["a.mp4", "--record", "./a.mp4", "--overwrite"], 2, "SOURCE and --record both name 'a.mp4'"),
        (["0", "--record", "a.mp4", "--csv", "a.mp4"], 2, "--record and --csv both name 'a.mp4'"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, message: str, assets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["live", *arguments, "-q"]) == code
    said = capsys.readouterr().err
    assert message in said.splitlines()[-1]
    assert "Traceback" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["live", "rtsp://me:{}@127.0.0.1:9/a?password={}"],
        ["live", "rtsp://me:a/{}@127.0.0.1:9/a"],
        ["live", "0", "rtsp://me:{}@camera/a"],
        ["live", "me:{}@camera/a"],
        ["live", "0", "--record", "rtsp://me:{}@camera/a.mp4"],
        ["live", "0", "--sound", "rtsp://me:{}@127.0.0.1:9/a?password={}"],
        ["live", "0", "--csv=rtsp://me:{}@camera/a.csv"],
        ["live", "--serve", "rtsp://me:{}@camera/a"],
        ["live", "0", "--serve", "me:{}@0.0.0.0:80"],
        ["live", "rtsp://me:{}@camera/a", "--size", "640x480"],
        ["live", "rtsp://me:{}@camera/a", "--end", "3"],
        ["snapshot", "rtsp://me:{}@127.0.0.1:9/a?password={}", "--no-window"],
        ["timeline", "rtsp://me:{}@camera/a?password={}"],
        ["annotate", "http://me:{}@camera/a.mp4"],
        ["photo", "http://camera/a.jpg?token={}"],
        ["photo", "--browse", "http://me:{}@camera/a.jpg"],
        ["timeline", "a.mp4", "--engine", "http://me:{}@camera/engine"],
        ["evaluate", "http://me:{}@camera/data"],
        ["doctor", "http://me:{}@camera/data"],
    ],
)
def test_no_message_shows_a_password(
    arguments: list[str], assets: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run([argument.format("s3cret", "s3cret") for argument in arguments]) > 0
    said = "".join(capsys.readouterr())
    assert said
    assert "s3cret" not in said


def test_an_output_that_is_there_stays(
    footage: Footage, assets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    there = tmp_path / "a.mp4"
    there.write_text("mine")
    assert run(["live", str(footage["smile.mp4"]), "--record", str(there)]) == 1
    assert f"'{there}' exists already; replace it with --overwrite" in capsys.readouterr().err
    assert there.read_text() == "mine"


def test_a_page_that_cannot_be_served_leaves_no_file(footage: Footage, assets: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        clip, csv = str(footage["smile.mp4"]), tmp_path / "a.csv"
        assert run(["live", clip, "--serve", address, "--csv", str(csv)]) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="tries the cameras")
def test_cameras_are_listed(tmp_path: Path) -> None:
    done = live("--list", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout or "no camera was found" in done.stderr


def test_an_unexpected_error_of_the_analysis_is_one_line_with_a_page_too(
    endless: MjpegServer, assets: Path, tmp_path: Path
) -> None:
    """A detector of the registry fails at its tenth picture."""
    (tmp_path / "failing_detector.py").write_text("""
from fervid.testing import FakeDetector

def create(options):
    return FakeDetector(lambda call: [] if call < 10 else 1 / 0)
""")
    arguments = ["live", endless.address, "--serve", ":0", "--detector", "haar", "-q"]
    code = f"""
import sys
from fervid import cli, detect
sys.path.insert(0, {str(tmp_path)!r})
detect.DETECTORS._places["haar"] = "failing_detector:create"
sys.argv = ["fervid", *{arguments!r}]
cli.main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "fervid: unexpected ZeroDivisionError: division by zero; set FERVID_DEBUG=1 for the traceback and report it"
    ]


@pytest.mark.parametrize("options", [["--serve", "127.0.0.1:0"], []], ids=["asked for", "without a display"])
def test_a_page_is_served_until_the_end(options: list[str], endless: MjpegServer, assets: Path, tmp_path: Path) -> None:
    """Its address is printed; docs/browser.md tells the rest."""
    command = [sys.executable, "-m", "fervid", "live", endless.address, *options]
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    piped = subprocess.PIPE
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=piped, stderr=piped, text=True) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            with connect(f"{address.replace('http', 'ws')}readings") as readings:
                while not (faces := json.loads(readings.recv(timeout=20)).get("faces")):
                    pass
            assert [face["face"] for face in faces] == [1]
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0, said
    assert ("there is no display" in said) == (not options)
    assert list(tmp_path.iterdir()) == []
