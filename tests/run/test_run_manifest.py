"""A run that was stopped goes on: what is complete and made in the same way is passed over."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import fervid
from fervid.cli import run
from fervid.engines import DEFAULT_ENGINE
from fervid.errors import OutputError, UsageError
from fervid.formats.csv import CsvWriter
from fervid.run.batch import Batch
from fervid.run.outcome import Outcome, Watch
from fervid.run.results import Results
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.settings import Settings
from fervid.sources.base import SourceInfo

SETTINGS = Settings(detector="haar", backend="pytorch", end="3f")
TIMELINES = Results()
FAST = ["--detector", "haar", "--backend", "pytorch", "--end", "3f"]


@pytest.fixture(autouse=True)
def desk(drawn_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study of two recordings, which is the current one."""
    monkeypatch.chdir(tmp_path)
    for name in ("P01", "P02"):
        (tmp_path / "study" / name).mkdir(parents=True)
        shutil.copy(drawn_clip, tmp_path / "study" / name / "webcam.mp4")
    return tmp_path


def batch(settings: Settings = SETTINGS, results: Results = TIMELINES, **options: Any) -> Batch:
    return Batch(["study"], settings, results, output="out/", recursive=True, **{"resume": True, **options})


def entries(folder: str = "out") -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(folder, MANIFEST_NAME).read_text(encoding="utf-8").splitlines()]


def files(folder: str = "out") -> dict[str, bytes]:
    found = (path for path in Path(folder).rglob("*") if path.is_file() and path.name != MANIFEST_NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def names(outcomes: Sequence[Outcome]) -> list[str]:
    return [outcome.source.parent.name for outcome in outcomes if outcome.error is None]


def test_each_input_is_recorded_as_it_begins_and_as_it_ends() -> None:
    Path("study/P02/webcam.mp4").write_text("no video")
    list(batch(resume=False))
    begun, first, _, second = entries()
    assert begun["outcome"] == "begun"
    assert begun["creates"] == ["P01/webcam.csv"]
    assert first["outcome"] == "complete"
    assert first["input"] == str(Path("study/P01/webcam.mp4"))
    assert first["size"] == Path("study/P01/webcam.mp4").stat().st_size
    assert first["written"] == {"P01/webcam.csv": Path("out/P01/webcam.csv").stat().st_size}
    assert (first["frames"], first["detector"], first["backend"]) == (3, "haar", "pytorch")
    assert (first["settings"]["end"], first["settings"]["every"]) == ("3f", 1)
    assert len(first["engine_sha256"]) == 64
    assert first["machine"]["fervid"] == fervid.__version__
    assert second["outcome"] == "failed"
    assert "not a video" in second["error"]


def test_what_is_complete_is_passed_over_and_the_rest_is_done() -> None:
    list(Batch(["study/P01"], SETTINGS, Results(), output="out/P01/"))
    shutil.move(f"out/P01/{MANIFEST_NAME}", "out")
    text = Path("out", MANIFEST_NAME).read_text(encoding="utf-8").replace('"webcam.csv"', '"P01/webcam.csv"')
    Path("out", MANIFEST_NAME).write_text(text, encoding="utf-8")
    first = batch()
    assert first.done == (Path("study/P01/webcam.mp4"),)
    assert names(list(first)) == ["P02"]
    again = batch()
    assert (len(again.done), list(again)) == (2, [])


def test_one_line_says_how_many_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["timeline", "study", "--recursive", "-o", "out/", "--resume", *FAST]
    assert run(command) == 0
    capsys.readouterr()
    assert run(command) == 0
    assert capsys.readouterr().err == "2 of 2 inputs are done already\n"
    shutil.copy("study/P01/webcam.mp4", "study/P01/again.mp4")
    assert run(command) == 0
    assert capsys.readouterr().err.startswith("2 of 3 inputs are done already\n")


def test_where_all_is_done_no_model_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    list(batch())

    def load(*_: object) -> None:
        raise AssertionError("models take long to load, and nothing needs them")

    monkeypatch.setattr("fervid.run.batch.Models", load)
    again = batch()
    assert (len(again.done), list(again)) == (2, [])


def test_results_of_the_detector_that_auto_falls_back_to_are_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FERVID_ASSETS", str(Path.cwd()))
    settings = SETTINGS.replace(detector="auto")
    list(batch(settings))
    assert [entry.get("detector") for entry in entries()][1::2] == ["haar", "haar"]
    again = batch(settings)
    assert (len(again.done), list(again)) == (2, [])


def test_results_of_one_folder_in_the_current_one_can_be_resumed_too() -> None:
    for expected in (["P01"], []):
        found = Batch(["study/P01/webcam.mp4"], SETTINGS, Results(), resume=True)
        assert names(list(found)) == expected
    assert sorted(path.name for path in Path().iterdir()) == [MANIFEST_NAME, "study", "webcam.csv", "webcam.csv.json"]
    for expected in (["P01"], []):
        found = Batch(["study/P01/webcam.mp4"], SETTINGS, Results(), output="mine.csv", resume=True)
        assert names(list(found)) == expected


def test_a_single_result_leaves_no_manifest_unless_asked() -> None:
    list(Batch(["study/P01/webcam.mp4"], SETTINGS, Results()))
    assert sorted(path.name for path in Path().iterdir()) == ["study", "webcam.csv", "webcam.csv.json"]
    with pytest.raises(UsageError, match="standard output cannot be resumed; give target a file or a folder"):
        Batch(["study/P01/webcam.mp4"], SETTINGS, Results(), output="-", resume=True)


@pytest.mark.parametrize(
    ("settings", "results", "difference"),
    [
        (SETTINGS.replace(rate=5.0), Results(), r"with other options \(rate\)"),
        (SETTINGS.replace(end=None, every=2), Results(), r"with other options \(every, end\)"),
        (SETTINGS.replace(engine="emotionnet"), Results(), f"with another engine, {DEFAULT_ENGINE}"),
        (SETTINGS, Results(empty=False), r"with other options \(empty\)"),
    ],
    ids=["rate", "several", "engine", "result"],
)
def test_what_was_made_in_another_way_is_kept_and_named(settings: Settings, results: Results, difference: str) -> None:
    list(batch())
    before = files()
    for outcome in batch(settings, results):
        assert isinstance(outcome.error, OutputError)
        assert outcome.error.problem == f"'{Path('out', outcome.source.parent.name, 'webcam.csv')}' was made " + (
            difference.replace("\\", "")
        )
        assert "overwrite=True" in outcome.error.remedy
    assert files() == before
    overwriting = batch(settings, Results(empty=results.empty, overwrite=True))
    assert names(list(overwriting)) == ["P01", "P02"]
    assert len(batch(settings, results).done) == 2


def test_options_that_change_no_result_do_not_count() -> None:
    list(batch())
    assert len(batch(SETTINGS.replace(batch=3, max_pixels=1_000_000)).done) == 2
    assert len(batch(SETTINGS.replace(engine=DEFAULT_ENGINE)).done) == 2


def test_an_input_that_has_changed_is_named() -> None:
    list(batch())
    os.utime("study/P01/webcam.mp4", (0, 0))
    (outcome,) = batch()
    assert "was made from another version of its input; replace it with overwrite=True" in str(outcome.error)


def test_a_result_that_has_changed_is_kept_and_one_that_is_gone_is_made_again() -> None:
    list(batch())
    before = files()
    Path("out/P01/webcam.csv").write_text("my notes")
    Path("out/P02/webcam.csv").unlink()
    changed, again = batch()
    assert "was changed after it was made" in str(changed.error)
    assert again.error is None
    assert files() == before | {"P01/webcam.csv": b"my notes"}


def test_a_result_that_no_run_recorded_is_kept() -> None:
    Path("out/P01").mkdir(parents=True)
    Path("out/P01/webcam.csv").write_text("mine")
    mine, _ = batch()
    assert "exists already" in str(mine.error)
    assert Path("out/P01/webcam.csv").read_text() == "mine"


def test_remains_of_a_killed_run_are_made_again() -> None:
    """A kill between a result and its entry: the result is there, but nobody says from which options."""
    list(batch())
    lines = Path("out", MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    Path("out", MANIFEST_NAME).write_bytes(lines[0] + lines[1] + lines[2] + lines[3][:50])
    again = batch(SETTINGS.replace(rate=5.0))
    kept, done = again
    assert "with other options" in str(kept.error)
    assert done.written == (Path("out/P02/webcam.csv"),)


def test_one_damaged_line_is_ignored_in_the_singular(caplog: pytest.LogCaptureFixture) -> None:
    list(batch())
    with Path("out", MANIFEST_NAME).open("a") as manifest:
        manifest.write("(\n")
    list(batch())
    assert f"'{Path('out', MANIFEST_NAME)}' has 1 damaged line, which is ignored" in caplog.messages


def test_damaged_lines_are_counted_and_their_results_kept(caplog: pytest.LogCaptureFixture) -> None:
    list(batch())
    lines = Path("out", MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    lines[:2] = (line.replace(b"{", b"(") for line in lines[:2])
    Path("out", MANIFEST_NAME).write_bytes(b"".join(lines))
    (kept,) = batch()
    assert f"'{Path('out', MANIFEST_NAME)}' has 2 damaged lines, which are ignored" in caplog.messages
    assert f"'{Path('out/P01/webcam.csv')}' exists already" in str(kept.error)
    assert Path("out/P01/webcam.csv").exists()


def test_a_manifest_that_can_no_longer_be_written_costs_no_result(caplog: pytest.LogCaptureFixture) -> None:
    @contextmanager
    def progress(_info: SourceInfo) -> Iterator[Watch]:
        if manifest.is_file():
            manifest.unlink()
            manifest.mkdir()
        yield lambda _: None

    manifest, first = Path("out", MANIFEST_NAME), Path("study/P01/webcam.mp4")
    assert names(list(batch(progress=progress))) == ["P01", "P02"]
    assert files().keys() >= {"P01/webcam.csv", "P02/webcam.csv"}
    said = [text for text in caplog.messages if "so resume=True will begin" in text]
    assert said[0] == f"'{manifest}' cannot be written (Is a directory), so resume=True will begin '{first}' again"


def test_a_recording_that_a_run_did_not_survive_stops_no_other() -> None:
    list(batch(resume=False))
    lines = Path("out", MANIFEST_NAME).read_bytes().splitlines(keepends=True)
    Path("out", MANIFEST_NAME).write_bytes(lines[0])  # the first one crashed a decoder
    for path in Path("out").rglob("*.csv"):
        path.unlink()
    assert names(list(batch())) == ["P02", "P01"]


def test_after_ctrl_c_the_complete_result_takes_the_place_of_the_incomplete_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import _thread

    class Interrupting(CsvWriter):
        def append(self, reading: Any) -> None:
            if reading.index == 5:
                _thread.interrupt_main()
            super().append(reading)

    settings = SETTINGS.replace(end=None, batch=1, smoothing="ema")  # few frames are on the way when the signal comes
    with monkeypatch.context() as patch:
        patch.setattr("fervid.formats.csv.open_writer", Interrupting)
        with pytest.raises(KeyboardInterrupt):
            list(batch(settings))
    assert list(files()) == ["P01/webcam.partial.csv"]
    assert [entry["outcome"] for entry in entries()] == ["begun", "interrupted"]
    assert names(list(batch(settings))) == ["P01", "P02"]
    assert sorted(name for name in files() if name.endswith(".csv")) == ["P01/webcam.csv", "P02/webcam.csv"]


def test_a_manifest_from_a_stranger_removes_and_replaces_nothing_else(desk: Path) -> None:
    (desk / "mine.partial.csv").write_text("mine")
    list(batch(resume=False))
    before = files()
    foreign = {
        "outcome": "interrupted",
        "results": ["P01/webcam.csv"],
        "written": {"../mine.partial.csv": 4, "P02/webcam.csv": len(before["P02/webcam.csv"]), "x": "y"},
    }
    odd = [{"results": 7}, {"results": [1]}, {"outcome": []}, {"outcome": "begun", "results": [], "creates": [None]}]
    with Path("out", MANIFEST_NAME).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(entry) + "\n" for entry in [foreign, *odd])
    list(batch(results=Results(overwrite=True, empty=False)))
    assert (desk / "mine.partial.csv").read_text() == "mine"
    assert sorted(files()) == sorted(before)


def test_results_in_the_folder_of_their_inputs_are_no_inputs() -> None:
    results = Results(annotate=True)
    shutil.copy("study/P01/webcam.mp4", "study/P01/other.mp4")
    first = list(Batch(["study/P01"], SETTINGS, results, output="study/P01/"))
    assert len(first) == 2
    again = Batch(["study/P01"], SETTINGS, results, output="study/P01/", resume=True)
    assert (len(again.done), list(again)) == (2, [])


def test_a_manifest_that_cannot_be_read_is_an_error() -> None:
    Path("out", MANIFEST_NAME).mkdir(parents=True)
    with pytest.raises(OutputError, match="cannot be read"):
        batch()
