"""Signals to real processes: whatever comes while results are written, nothing that was read is lost."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from support.children import children, is_running

from fervid import Timeline

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals to a process end it there")

FAST = ["--detector", "haar"]
FERVID = [sys.executable, "-m", "fervid"]


@pytest.fixture
def long(drawn_clip: Path, tmp_path: Path) -> Path:
    """A clip of 6,000 frames, which takes longer to read than any test takes."""
    path = tmp_path / "long.mkv"
    with av.open(str(drawn_clip)) as read, av.open(str(path), "w") as written:
        stream = read.streams.video[0]
        packets = [(bytes(p), p.pts, p.dts, p.is_keyframe) for p in read.demux(stream) if p.pts is not None]
        out = written.add_stream_from_template(stream)
        length = max(pts for _, pts, _, _ in packets) + packets[1][1] - packets[0][1]
        for turn in range(200):
            for content, pts, dts, key in packets:
                packet = av.Packet(content)
                packet.pts, packet.dts, packet.is_keyframe = pts + turn * length, dts + turn * length, key
                packet.time_base, packet.stream = stream.time_base, out
                written.mux(packet)
    return path


def interrupted(
    command: Sequence[str | Path], folder: Path, numbers: Sequence[int], pause: float, ready: Callable[[], bool]
) -> tuple[int, str]:
    """Send signals to a command once it is ready, some seconds apart; return its exit code and its messages."""
    with subprocess.Popen([*map(str, command)], cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        while process.poll() is None and not ready():
            time.sleep(0.02)
        for number in numbers:
            process.send_signal(number)
            time.sleep(pause)
        _, said = process.communicate(timeout=60)
    assert "Traceback" not in said
    return process.returncode, said


def grown(folder: Path, size: int = 20_000) -> Callable[[], bool]:
    """Return a function that tells when a temporary file in a folder has grown to a size."""
    return lambda: any(path.stat().st_size > size for path in folder.glob(".*.part.csv"))


@pytest.mark.parametrize(
    ("numbers", "pause", "code"),
    [
        pytest.param([signal.SIGINT] * 2, 0.005, 130),
        pytest.param([signal.SIGINT] * 2, 0.03, 130, marks=pytest.mark.slow),
        pytest.param([signal.SIGTERM] * 2, 0.001, 143, marks=pytest.mark.slow),
        pytest.param([signal.SIGTERM, signal.SIGHUP], 0.01, 143, marks=pytest.mark.slow),
    ],
)
def test_two_signals_lose_nothing(long: Path, tmp_path: Path, numbers: list[int], pause: float, code: int) -> None:
    command = [*FERVID, "annotate", long, "--csv", *FAST]
    assert interrupted(command, tmp_path, numbers, pause, grown(tmp_path))[0] == code
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("long.annotated.partial.mp4", "long.mkv", "long.partial.csv")
    ]
    frames = len(Timeline.load(tmp_path / "long.partial.csv").frames)
    with av.open(str(tmp_path / "long.annotated.partial.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == frames > 20


@pytest.mark.slow
@pytest.mark.skipif(not Path("/usr/bin/timeout").exists(), reason="timeout of GNU coreutils is not there")
def test_timeout_signals_the_process_and_its_group(long: Path, tmp_path: Path) -> None:
    command = ["/usr/bin/timeout", "--preserve-status", "15", *FERVID, "timeline", long, *FAST]
    assert interrupted(command, tmp_path, [], 0, lambda: True)[0] == 143
    assert len(Timeline.load(tmp_path / "long.partial.csv").frames) > 20


HANGING = """
import sys, time
from fervid.cli import main
from fervid.formats.csv import CsvWriter
CsvWriter._write_end = lambda self, partial: time.sleep(3600)
main()
"""


def test_the_third_signal_ends_the_process_at_once_and_keeps_what_is_written(long: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HANGING, "timeline", long, *FAST]
    code, said = interrupted(command, tmp_path, [signal.SIGTERM, *[signal.SIGINT] * 2], 0.2, grown(tmp_path))
    assert code == 143
    assert said.splitlines()[-1] == "fervid: ended at once; 'long.partial.csv' is kept as it is"
    assert len(Timeline.load(tmp_path / "long.partial.csv").frames) > 20


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.slow)]
)
def test_one_signal_completes_all_that_is_read_at_once(long: Path, tmp_path: Path, number: int, code: int) -> None:
    names = ("first", "second")
    for name in names:
        (tmp_path / f"{name}.mkv").symlink_to(long)

    def ready() -> bool:
        return len([path for path in tmp_path.glob(".*.part.csv") if path.stat().st_size > 20_000]) == 2

    command = [*FERVID, "timeline", *(f"{name}.mkv" for name in names), "--jobs", "2", *FAST]
    found, said = interrupted(command, tmp_path, [number], 0, ready)
    assert found == code
    assert [line for line in said.splitlines() if line.startswith("wrote")] == [
        f"wrote {name}.partial.csv, up to the interruption" for name in names
    ]
    for name in names:
        assert len(Timeline.load(tmp_path / f"{name}.partial.csv").frames) > 20
    assert len(list(tmp_path.iterdir())) == 3 + 2 + 1  # clips, results and the manifest


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the processes")
def test_all_processes_end_with_the_one_that_started_them(long: Path, tmp_path: Path) -> None:
    (tmp_path / "again.mkv").symlink_to(long)
    command = [*map(str, FERVID), "timeline", "long.mkv", "again.mkv", "--jobs", "2", "--quiet", *FAST]
    with subprocess.Popen(command, cwd=tmp_path, start_new_session=True) as process:
        while len(list(tmp_path.glob(".*.part.csv"))) < 2 and process.poll() is None:
            time.sleep(0.02)
        workers = children(process.pid)
        process.kill()
    assert len(workers) == 2
    begin = time.monotonic()
    while any(map(is_running, workers)) and time.monotonic() < begin + 10:
        time.sleep(0.01)
    assert not any(map(is_running, workers))
    assert [path for path in tmp_path.glob("*.csv") if not path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("number", "code"), [pytest.param(signal.SIGINT, 130, marks=pytest.mark.slow), (signal.SIGTERM, 143)]
)
def test_photos_that_are_stopped_leave_a_table_of_those_read(tmp_path: Path, number: int, code: int) -> None:
    (tmp_path / "walls").mkdir()
    for index in range(400):
        cv2.imwrite(str(tmp_path / "walls" / f"{index}.png"), np.full((240, 320, 3), 128, np.uint8))
    (tmp_path / "out").mkdir()
    command = [*FERVID, "photo", "walls", "-o", "out/", "--csv", "t.csv", *FAST]
    ready = (tmp_path / "out" / "3.annotated.png").exists
    assert interrupted(command, tmp_path, [number, number], 0.01, ready)[0] == code
    with (tmp_path / "t.partial.csv").open(newline="") as file:
        names = [Path(row["file"]).stem for row in csv.DictReader(file)]
    assert sorted(names) == sorted(path.name.partition(".")[0] for path in (tmp_path / "out").glob("*.annotated.png"))
    assert 4 <= len(names) < 400
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "t.partial.csv", "walls"]
