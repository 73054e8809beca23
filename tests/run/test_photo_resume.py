"""Runs over still pictures that go on after a stop: what is complete is passed over, and the tables hold all."""

from __future__ import annotations

import json
import math
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from fervid.cli import run
from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading
from fervid.errors import UsageError
from fervid.formats.photo_table import PhotoReading
from fervid.run import photo_batch
from fervid.run.photo_batch import PhotoBatch, PhotoOutcome
from fervid.run.photo_record import from_record, to_record
from fervid.run.run_manifest import MANIFEST_NAME
from fervid.settings import Settings

SETTINGS = Settings(detector="haar", backend="pytorch")
TABLES = {"csv": "t.csv", "json": "t.json"}


@pytest.fixture(autouse=True)
def desk(tmp_path: Path, drawn_clip: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a folder of three pictures; the last one has faces."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "walls").mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(f"walls/{name}", np.full((60, 80, 3), 128, np.uint8))
    _, frame = cv2.VideoCapture(str(drawn_clip)).read()
    cv2.imwrite("walls/c.png", frame)
    return tmp_path


def outcomes(
    settings: Settings = SETTINGS, *, stop_after: int = 9, partial: bool = False, **options: Any
) -> list[PhotoOutcome]:
    """Read the pictures, and return the outcomes of those that were not passed over."""
    with PhotoBatch(["walls"], settings, output="out/", record=True, **options) as batch:
        found = list(islice(batch, stop_after))
        if stop_after == 9 or partial:
            batch.finish(partial=partial)
    return found


def names(found: list[PhotoOutcome]) -> list[str]:
    return [outcome.source.name for outcome in found]


def entries() -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path("out", MANIFEST_NAME).read_text(encoding="utf-8").splitlines()]


def test_a_resumed_run_writes_the_tables_of_an_undisturbed_one() -> None:
    outcomes(tables={"csv": "whole.csv", "json": "whole.json"}, overwrite=True)
    Path("out", MANIFEST_NAME).unlink()
    outcomes(stop_after=2, tables=TABLES, overwrite=True)
    assert not Path("t.csv").exists()
    pictures = {path.name: path.stat().st_mtime_ns for path in Path("out").glob("[ab].*")}
    assert names(outcomes(resume=True, tables=TABLES, overwrite=True)) == ["c.png"]
    assert {path.name: path.stat().st_mtime_ns for path in Path("out").glob("[ab].*")} == pictures
    for suffix in (".csv", ".json"):
        assert Path(f"t{suffix}").read_bytes() == Path(f"whole{suffix}").read_bytes()


def test_the_tables_of_an_interrupted_run_go_when_the_complete_ones_come() -> None:
    outcomes(stop_after=2, partial=True, tables=TABLES)
    outcomes(stop_after=1, partial=True, tables=TABLES, resume=True)
    left = sorted(path.name for path in Path().glob("t.*"))
    assert left == ["t.partial-2.csv", "t.partial-2.json", "t.partial.csv", "t.partial.json"]
    Path("t.partial.json").write_text("mine")
    outcomes(tables=TABLES, resume=True)
    assert sorted(path.name for path in Path().glob("t.*")) == ["t.csv", "t.json", "t.partial.json"]


def test_where_all_is_done_no_model_is_loaded_and_the_tables_are_written_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outcomes(tables=TABLES)
    before = {name: Path(name).read_bytes() for name in TABLES.values()}
    assert b"c.png,1," in before["t.csv"]

    def load(*_: object) -> None:
        raise AssertionError("a model is loaded")

    monkeypatch.setattr(photo_batch, "PhotoReader", load)
    assert outcomes(tables=TABLES, resume=True) == []
    assert {name: Path(name).read_bytes() for name in TABLES.values()} == before


def test_a_table_that_fervid_did_not_write_is_kept() -> None:
    outcomes()
    Path("t.csv").write_text("mine")
    with pytest.raises(Exception, match=r"t\.csv' exists already"):
        outcomes(tables={"csv": "t.csv"}, resume=True)
    assert Path("t.csv").read_text() == "mine"


def test_pictures_made_in_another_way_are_kept_and_named_and_made_again_if_asked() -> None:
    outcomes()
    (first, *_) = outcomes(SETTINGS.replace(blur=True), resume=True)
    assert str(first.error).startswith("'out/a.annotated.png' was made with other options (blur); replace it with")
    again = outcomes(SETTINGS.replace(blur=True), resume=True, overwrite=True)
    assert [outcome.error for outcome in again] == [None, None, None]


def test_a_picture_that_changed_is_named_and_one_whose_result_is_gone_is_made_again() -> None:
    outcomes()
    Path("out/b.annotated.png").unlink()
    assert names(outcomes(resume=True)) == ["b.png"]
    cv2.imwrite("walls/a.png", np.zeros((60, 80, 3), np.uint8))
    (changed,) = outcomes(resume=True)
    assert "was made from another version of its input" in str(changed.error)


def test_a_picture_that_a_run_did_not_survive_is_made_again_and_comes_last() -> None:
    outcomes()
    manifest = Path("out", MANIFEST_NAME)
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(lines[:1]), encoding="utf-8")  # begun, and no more
    for name in ("b.annotated.png", "c.annotated.png"):
        Path("out", name).unlink()
    assert names(outcomes(resume=True)) == ["b.png", "c.png", "a.png"]
    assert {entry["outcome"] for entry in entries()[1:]} == {"begun", "complete"}


def test_a_picture_whose_reading_was_not_recorded_is_read_again() -> None:
    outcomes()
    manifest = Path("out", MANIFEST_NAME)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"classes"', '"kinds"'), encoding="utf-8")
    assert names(outcomes(resume=True)) == ["a.png", "b.png", "c.png"]
    assert not list(Path("out").glob("*.partial.*"))


def test_pictures_of_annotate_are_not_taken_for_those_of_photo(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--detector", "haar", "-o", "out/"]
    assert run(["annotate", "walls/a.png", *options]) == 0
    assert run(["photo", "walls/a.png", "--resume", *options]) == 1
    assert "'out/a.annotated.png' was made with other options (annotate, photo" in capsys.readouterr().err


def test_the_command_says_how_many_are_done(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["photo", "walls", "--detector", "haar", "-o", "out/", "--resume"]
    assert run(command) == 0
    Path("out/b.annotated.png").unlink()
    capsys.readouterr()
    assert run(command) == 0
    said = capsys.readouterr()
    assert said.err.splitlines()[0] == "2 of 3 inputs are done already"
    assert said.out == "walls/b.png: no face\n"


def test_results_in_the_folder_of_their_pictures_are_no_inputs() -> None:
    command = ["photo", "walls", "--detector", "haar", "-o", "walls/"]
    assert run(command) == 0
    assert run([*command, "--resume"]) == 0
    assert len(list(Path("walls").glob("*.png"))) == 6


def test_only_annotated_pictures_can_be_resumed() -> None:
    with pytest.raises(UsageError, match="only annotated pictures can be resumed; leave out --resume or --no-picture"):
        PhotoBatch(["walls"], SETTINGS, annotate=False, resume=True)


@pytest.mark.parametrize(("pose", "quality"), [(None, math.nan), (HeadPose(0.1, -2.5, 1 / 3), 0.7)])
def test_a_reading_comes_back_from_its_record_without_a_loss(pose: HeadPose | None, quality: float) -> None:
    shares = np.array([0.1, 0.2, 0.7], np.float32)
    classes = ("happy", "sad", "neutral")
    face = FaceReading(0, 0.0, 3, Box(1 / 3, 2, 3, 4), 0.9, classes, shares, shares[::-1], pose, quality, certain=False)
    photo = PhotoReading(Path("x.png"), 80, 60, (face,), "try another")
    record = json.loads(json.dumps(to_record(photo, classes)))
    found = from_record(photo.path, record)
    assert found is not None
    assert to_record(found[0], found[1]) == record
    (again,) = found[0].faces
    assert (again.box, again.pose, again.emotion) == (face.box, face.pose, "uncertain")
    assert np.array_equal(again.probabilities, shares)
    assert math.isnan(again.quality) == math.isnan(quality)


@pytest.mark.parametrize(
    "record", [None, [], {}, {"classes": 3}, {"classes": ["a"], "width": 1, "height": 1, "advice": None, "faces": [1]}]
)
def test_a_record_that_somebody_changed_is_none(record: Any) -> None:
    assert from_record(Path("x.png"), record) is None
