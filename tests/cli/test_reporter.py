"""The messages of a run: lines in a log every ten seconds, errors only with --quiet, and a table at the end."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from fervid.cli import run
from fervid.cli.reporter import Reporter
from fervid.core.readings import FrameReading
from fervid.core.tally import Tally
from fervid.errors import OutputError, SourceError
from fervid.run.outcome import Outcome
from fervid.sources.base import SourceInfo

INFO = SourceInfo(Path("clip.mp4"), 640, 360, Fraction(1, 1000), frames=900, duration=30.0)


class Clock:
    """Goes on by a second a look."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        self.seconds += 1.0
        return self.seconds


def readings(count: int) -> list[FrameReading]:
    return [FrameReading(index, index / 30, ()) for index in range(count)]


def test_a_log_gets_a_line_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    with Reporter(now=Clock()).progress(INFO) as watch:
        for reading in readings(25):
            watch(reading)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "clip.mp4: 0:00:00.300 of 0:00:30.000, 1 frames/s",
        "clip.mp4: 0:00:00.633 of 0:00:30.000, 1 frames/s",
    ]


def test_a_terminal_gets_a_bar_for_each_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first counts frames, the other time, because its frames are not known before the end."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    reporter = Reporter(now=Clock())
    reporter.console.file = stream = io.StringIO()
    unknown = replace(INFO, path=Path("study/P02/b.mp4"), frames=None, start=10.0)
    with reporter.progress(INFO) as watch, reporter.progress(unknown) as watch_unknown:
        for index in (100, 549):  # the first is not 0 where --start skips frames
            watch(FrameReading(index, index / 30, ()))
        for time in (10.0, 40.0):
            watch_unknown(FrameReading(int(30 * time), time, ()))
        await_texts(stream, "clip.mp4", " 50%", "225 frames/s", "P02/b.mp4", "100%")
    stream.truncate(stream.seek(0))
    with reporter.progress(INFO):
        await_texts(stream, "clip.mp4", "  0%")
    assert "b.mp4" not in stream.getvalue(), "the bars of sources that have ended are gone"


def await_texts(stream: io.StringIO, *texts: str) -> None:
    """Wait until a terminal shows all texts; bars are drawn by a thread."""
    while not all(text in stream.getvalue() for text in texts):
        time.sleep(0.01)


def test_quiet_says_nothing_but_errors(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter(quiet=True, now=Clock())
    with reporter.progress(INFO) as watch, reporter.working("reading faces"):
        for reading in readings(25):
            watch(reading)
    reporter.note("this is good to know")
    reporter.print_summary("clip.mp4", Tally(), 0, 1.0)
    assert capsys.readouterr().err == ""
    reporter.error(SourceError("clip.mp4 is empty", "record it again"))
    assert capsys.readouterr().err == "fervid: clip.mp4 is empty; record it again\n"


def test_an_error_that_inputs_share_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    shared, other = OutputError("two would be one"), SourceError("'c.mp4' is empty")
    outcomes = [Outcome(Path("clip.mp4"), error=error) for error in (shared, shared, other)]
    assert Reporter().print_outcomes(outcomes) == 1
    assert capsys.readouterr().err == "fervid: two would be one\nfervid: 'c.mp4' is empty\n"


def test_failures_among_other_inputs_are_listed_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    errors = [SourceError(f"'{name}' is empty", "record it again") for name in ("P01/a.mp4", "P03/a.mp4")]
    outcomes = [
        *(Outcome(Path("P01/a.mp4"), error=errors[0]), Outcome(Path("P02/a.mp4"), seconds=1.0)),
        Outcome(Path("P03/a.mp4"), error=errors[1]),
    ]
    assert Reporter().print_outcomes(outcomes) == 1
    assert capsys.readouterr().err.splitlines()[-3:] == [
        "2 of 3 inputs failed:",
        *("  'P01/a.mp4' is empty; record it again", "  'P03/a.mp4' is empty; record it again"),
    ]

    def stopped() -> Iterator[Outcome]:
        yield from outcomes[:2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Reporter().print_outcomes(stopped())
    assert capsys.readouterr().err.splitlines()[-2] == "1 of 2 inputs failed:"


def test_what_takes_long_is_said_on_a_terminal_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Reporter().working("reading faces.csv"):
        pass
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with Reporter().working("reading faces.csv"):
        pass
    assert "reading faces.csv" in capsys.readouterr().err


def test_the_summary_counts_what_did_not_decode(capsys: pytest.CaptureFixture[str]) -> None:
    tally = Tally()
    for reading in readings(60):
        tally.add(reading)
    Reporter().print_summary("clip.mp4", tally, 3, 2.0)
    said = " ".join(capsys.readouterr().err.split())
    assert "frames 60" in said
    assert "did not decode 3" in said
    assert "30 frames/s" in said


def test_standard_output_is_left_to_data(capsys: pytest.CaptureFixture[str]) -> None:
    reporter = Reporter()
    reporter.note("a note")
    reporter.print_summary("clip.mp4", Tally(), 0, 1.0)
    assert capsys.readouterr().out == ""


def test_names_of_files_are_no_markup_and_steer_no_terminal() -> None:
    reporter = Reporter()
    stream = io.StringIO()
    reporter.console.file = stream
    name = "a[/bold]\x1b[31m[red].mp4"
    reporter.note(f"wrote {name}")
    reporter.print_summary(name, Tally(), 0, 1.0)
    with reporter.working(f"reading {name}"):
        pass
    shown = stream.getvalue()
    assert shown.count("a[/bold]\\x1b[31m[red].mp4") >= 2
    assert "\x1b[31m" not in shown


def test_an_error_that_ends_the_command_steers_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).touch()
    assert run(["timeline", "a.mp4", "b.mp4", "-o", "[red]\x1b[31m.csv"]) == 2
    assert capsys.readouterr().err.startswith("fervid: -o '[red]\\x1b[31m.csv' names one file for 2 inputs; ")
