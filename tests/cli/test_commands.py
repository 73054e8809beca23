"""The commands as a user calls them: real clips in, files and exit codes out."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import av
import pytest
from support.footage import Footage

from fervid import Timeline
from fervid.cli import cli, run
from fervid.doctor import Finding


def fervid(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fervid", *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


class Result(NamedTuple):
    """The outcome of a command that ran in this process."""

    code: int
    stdout: str
    stderr: str


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Return a function that runs a command in this process and in the folder of the test."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path) -> Result:
        code = run([*map(str, arguments)])
        return Result(code, *capsys.readouterr())

    return call


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(scope="module")
def one_face(footage: Footage) -> Path:
    return footage["smile.mp4"]


def test_timeline_writes_a_csv_named_after_the_clip(one_face: Path, assets: Path, tmp_path: Path) -> None:
    done = fervid("timeline", one_face, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert leftovers(tmp_path) == ["smile.csv", "smile.csv.json"]
    timeline = Timeline.load(tmp_path / "smile.csv")
    assert len(timeline.frames) == 72
    assert "frames/s" in done.stderr
    assert "wrote smile.csv" in done.stderr


def test_standard_output_bears_the_csv_alone(one_face: Path, assets: Path, tmp_path: Path) -> None:
    done = fervid("timeline", one_face, "-o", "-", "--quiet", "--end", "5f", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["frame"] for row in rows] == ["0", "1", "2", "3", "4"]
    assert leftovers(tmp_path) == []


def test_a_reader_that_leaves_early_is_no_failure(one_face: Path, assets: Path, tmp_path: Path) -> None:
    command = f"{sys.executable} -m fervid timeline {one_face} -o - --quiet | head -n 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("frame,time_s,")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_help_lists_every_command_in_one_line(here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = here("--help").stdout
    listed = re.findall(r"^  (\w+) +[A-Z].*\.$", said, re.MULTILINE)
    assert sorted(listed) == sorted(cli.commands)
    assert "..." not in said.partition("Options:")[2]


@pytest.mark.parametrize("arguments", ["engines", "doctor", "doctor --help", "--help", "--version"])
def test_a_reader_that_has_left_before_the_first_line_is_no_failure(arguments: str, tmp_path: Path) -> None:
    command = f"{sys.executable} -m fervid {arguments} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_annotate_writes_the_video_and_the_timeline_in_one_run(
    one_face: Path, assets: Path, tmp_path: Path, here: Callable[..., Result]
) -> None:
    done = here("annotate", one_face, "--csv", "-o", "out/")
    assert done.code == 0, done.stderr
    assert leftovers(tmp_path / "out") == [*("fervid-run.jsonl", "smile.annotated.mp4", "smile.csv", "smile.csv.json")]
    with av.open(str(one_face)) as before, av.open(str(tmp_path / "out" / "smile.annotated.mp4")) as after:
        times = [[frame.time for frame in container.decode(video=0)] for container in (before, after)]
    assert times[0] == times[1]


def test_several_inputs_and_a_bad_one_among_them(
    footage: Footage, assets: Path, tmp_path: Path, here: Callable[..., Result]
) -> None:
    """The bad one gets one line and exit code 1; the others are done."""
    good = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for path in good:
        shutil.copy(footage["smile.mp4"], path)
    bad = tmp_path / "text.mp4"
    bad.write_text("this is no video\n")
    (tmp_path / "out").mkdir()
    done = here("timeline", good[0], bad, good[1], "-o", "out", "-q", "--end", "3f")
    assert done.code == 1
    assert leftovers(tmp_path / "out") == ["a.csv", "a.csv.json", "b.csv", "b.csv.json", "fervid-run.jsonl"]
    lines = done.stderr.splitlines()
    assert len(lines) == 1
    assert "text.mp4" in lines[0]


@pytest.mark.parametrize("every", [1, 4])
def test_every_nth_frame_gives_the_rows(
    one_face: Path, assets: Path, tmp_path: Path, here: Callable[..., Result], every: int
) -> None:
    assert here("timeline", one_face, "--every", str(every), "--end", "1.0", "-o", "t.csv").code == 0
    frames = [frame.index for frame in Timeline.load(tmp_path / "t.csv").frames]
    assert frames == list(range(0, 30, every))


def test_start_and_end_keep_the_true_frame_numbers_and_times(
    one_face: Path, assets: Path, tmp_path: Path, here: Callable[..., Result]
) -> None:
    assert here("timeline", one_face, "--start", "00:00:00.5", "--end", "1.0", "-o", "t.csv").code == 0
    frames = Timeline.load(tmp_path / "t.csv").frames
    assert [frame.index for frame in frames] == list(range(15, 30))
    assert frames[0].time == 0.5


BAD_INPUTS = {
    "no such file": ["nothing.mp4"],
    "a folder without videos": ["folder"],
    "an empty file": ["empty.mp4"],
    "a text file": ["text.mp4"],
    "audio only": ["sound.mp4"],
    "a pattern that matches nothing": ["*.avi"],
    "an output that exists": ["{clip}", "-o", "there.csv"],
    "an output in a missing folder": ["{clip}", "-o", "nowhere/t.csv"],
    "an unknown engine": ["{clip}", "--engine", "emotionet"],
    "a missing detector model": ["{clip}", "--detector-model", "nothing.tflite"],
}

ONE_AFTER_THE_OTHER = """
import json, os, sys
from fervid.cli import run
from fervid.cli.standard_streams import prepare
prepare()
for arguments in json.loads(sys.argv[1]):
    code = run(["timeline", *arguments])
    print("ended:", json.dumps([code, sorted(os.listdir()), open("there.csv").read()]), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def bad_input_ends(
    footage: Footage, assets: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[int, list[str]]]:
    """Return the exit code and the messages of each input; one process of its own takes all of them."""
    clip, folder = footage["smile.mp4"], tmp_path_factory.mktemp("bad")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no video")
    (folder / "folder").mkdir()
    (folder / "there.csv").write_text("mine")
    with av.open(str(clip)) as read, av.open(str(folder / "sound.mp4"), "w") as written:
        out = written.add_stream_from_template(read.streams.audio[0])
        for packet in read.demux(read.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = out
                written.mux(packet)
    before = leftovers(folder)
    commands = [[word.format(clip=clip) for word in words] for words in BAD_INPUTS.values()]
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, json.dumps(commands)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == ""
    *messages, rest = re.split(r"^ended: (.*)\n", done.stderr, flags=re.MULTILINE)
    assert rest == ""
    ends = {}
    for name, said, end in zip(BAD_INPUTS, messages[::2], messages[1::2], strict=True):
        code, files, there = json.loads(end)
        assert (files, there) == (before, "mine"), name
        ends[name] = (code, said.splitlines())
    return ends


class TestBadInput:
    """One clear line, the right exit code, nothing half-written."""

    @pytest.mark.parametrize("name", BAD_INPUTS)
    def test_it_is_one_line(self, name: str, bad_input_ends: dict[str, tuple[int, list[str]]]) -> None:
        code, said = bad_input_ends[name]
        assert code == 1
        (line,) = (line for line in said if not line.startswith("fervid: compiling "))
        assert line.startswith("fervid: ")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["timeline"],
            ["timeline", "x.mp4", "--every", "0"],
            ["timeline", "x.mp4", "--detector", "eyes"],
            ["timeline", "x.mp4", "--start", "soon"],
            ["timeline", "x.mp4", "--no-such-option"],
            ["no-such-command"],
        ],
    )
    def test_wrong_usage_ends_with_2(self, arguments: list[str], here: Callable[..., Result]) -> None:
        done = here(*arguments)
        assert done.code == 2
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--start", "2", "--end", "1"], "fervid: --end must come after --start\n"),
            (["--min-score", "nan"], "fervid: --min-score takes a number from 0 to 1, not nan\n"),
        ],
    )
    def test_a_wrong_setting_is_named_as_it_was_typed(
        self, arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(["timeline", "x.mp4", *arguments]) == 2
        assert capsys.readouterr().err == message

    def test_a_region_outside_the_picture_is_named_with_its_size(
        self, drawn_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        assert run(["timeline", str(drawn_clip), "--region", "320,0,50,50", "--detector", "haar"]) == 1
        assert f"the region 320,0,50,50 lies outside '{drawn_clip}', which is 320x180; " in capsys.readouterr().err
        assert list(tmp_path.iterdir()) == []

    def test_its_traceback_is_there_on_demand(self, tmp_path: Path) -> None:
        (tmp_path / "text.mp4").write_text("no video")
        done = fervid("timeline", "text.mp4", cwd=tmp_path, FERVID_DEBUG="1")
        assert done.returncode == 1
        assert "Traceback (most recent call last)" in done.stderr

    def test_a_clip_without_a_face_gives_empty_rows_and_a_note(
        self, footage: Footage, assets: Path, tmp_path: Path, here: Callable[..., Result]
    ) -> None:
        done = here("timeline", footage["things.mp4"], "-o", "t.csv")
        assert done.code == 0
        assert "no face" in done.stderr
        timeline = Timeline.load(tmp_path / "t.csv")
        assert len(timeline.frames) == 95
        assert list(timeline.readings) == []

    def test_a_clip_cut_off_in_the_middle_is_read_as_far_as_it_goes(
        self, footage: Footage, assets: Path, tmp_path: Path, here: Callable[..., Result]
    ) -> None:
        whole = tmp_path / "whole.mkv"
        with av.open(str(footage["smile.mp4"])) as read, av.open(str(whole), "w") as written:
            out = written.add_stream_from_template(read.streams.video[0])
            for packet in read.demux(read.streams.video[0]):
                if packet.dts is not None:
                    packet.stream = out
                    written.mux(packet)
        data = whole.read_bytes()
        cut = tmp_path / "cut.mkv"
        cut.write_bytes(data[: len(data) * 6 // 10])
        done = here("timeline", cut, "-o", "t.csv")
        assert done.code == 0
        assert "warning: " in done.stderr
        assert 20 < len(Timeline.load(tmp_path / "t.csv").frames) < 72


@pytest.mark.parametrize(
    ("command", "stop"), [("timeline", signal.SIGINT), ("annotate", signal.SIGINT), ("annotate", signal.SIGTERM)]
)
def test_ctrl_c_and_sigterm_end_within_a_second_and_leave_whole_files(
    command: str, stop: signal.Signals, footage: Footage, assets: Path, tmp_path: Path
) -> None:
    """A minute of work, interrupted once frames are being written."""
    clip = tmp_path / "long.mkv"
    repeat(footage["lean.mp4"], clip, times=30)
    target = tmp_path / ("t.csv" if command == "timeline" else "t.mp4")
    process = subprocess.Popen(
        [sys.executable, "-m", "fervid", command, clip, "-o", target],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    while process.poll() is None and not any(p.stat().st_size > 20_000 for p in tmp_path.glob(".t.*.part*")):
        time.sleep(0.05)
    process.send_signal(stop)
    _, said = process.communicate(timeout=20)
    assert process.returncode == (130 if stop == signal.SIGINT else 143), said
    assert "Traceback" not in said
    target = target.with_name(f"{target.stem}.partial{target.suffix}")
    assert leftovers(tmp_path) == ["long.mkv", target.name]
    if command == "timeline":
        assert len(Timeline.load(target).frames) > 50
    else:
        with av.open(str(target)) as written:
            assert sum(1 for _ in written.decode(video=0)) > 5


def repeat(clip: Path, target: Path, times: int) -> None:
    """Write the video packets of `clip` many times over, one after the other, without decoding them."""
    with av.open(str(target), "w") as written:
        out, offset = None, 0
        for _ in range(times):
            with av.open(str(clip)) as read:
                stream = read.streams.video[0]
                out = out or written.add_stream_from_template(stream)
                last = offset
                for packet in read.demux(stream):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts += offset
                    packet.dts += offset
                    last = max(last, packet.pts + (packet.duration or 1))
                    packet.stream = out
                    written.mux(packet)
                offset = last


def test_doctor_finds_nothing_missing(assets: Path, here: Callable[..., Result]) -> None:
    done = here("doctor")
    assert done.code == 0, done.stdout
    for word in ("torch", "mediapipe", "engine emotionnet", "detector haar", "libx264", "GPU", "networks run on"):
        assert word in done.stdout


@pytest.mark.parametrize(("needed", "mark", "code"), [(False, "--", 0), (True, "!!", 1)])
def test_doctor_says_how_to_get_what_is_missing(
    needed: bool, mark: str, code: int, here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what fervid cannot work without changes the exit code. Looking at all packages would take seconds."""
    findings = [Finding("Python", "3.11.7"), Finding("openvino", "missing", "run: pip install it", needed=needed)]
    monkeypatch.setattr("fervid.doctor.examine", lambda: iter(findings))
    done = here("doctor")
    assert done.code == code
    assert [line.split(maxsplit=2) for line in done.stdout.splitlines()] == [
        ["ok", "Python", "3.11.7"],
        [mark, "openvino", "missing"],
        ["run:", "pip", "install it"],
    ]


@pytest.mark.parametrize("command", ["timeline", "doctor"])
def test_a_system_library_that_is_missing_is_named_with_its_package(
    command: str, one_face: Path, tmp_path: Path
) -> None:
    """As on a bare server: OpenCV is installed, but cannot be loaded."""
    loader = "cannot open shared object file: No such file or directory"
    (tmp_path / "cv2.py").write_text(f"raise ImportError('libGL.so.1: {loader}', name='cv2')")
    for optional in ("nncf", "onnxscript", "optuna", "pandas", "sklearn", "tensorboard"):
        (tmp_path / f"{optional}.py").touch()  # the real ones take seconds to import
    arguments = [one_face] if command == "timeline" else []
    done = fervid(command, *arguments, cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    said = done.stderr + done.stdout
    assert "cv2 needs the system library libGL.so.1, which is missing" in said
    assert "sudo apt-get install libgl1" in said
    assert "Traceback" not in said


def test_native_code_cannot_write_among_the_messages(tmp_path: Path) -> None:
    code = (
        "import os, sys; from fervid.cli.standard_streams import silence_native_code; silence_native_code();"
        "os.write(2, b'native chatter'); print('a message', file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stderr == "a message\n"


def test_a_crash_of_native_code_shows_where_it_happened(tmp_path: Path) -> None:
    code = (
        "import os, signal; from fervid.cli.standard_streams import silence_native_code; silence_native_code();"
        "os.kill(os.getpid(), signal.SIGSEGV)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert "Segmentation fault" in done.stderr
