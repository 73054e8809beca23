"""Many still pictures: each has an outcome, and the tables are written at the end."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.astronaut import smile

from fervid.core.readings import Frame, FrameReading
from fervid.errors import EngineError, OutputError, UsageError
from fervid.formats.picture import PictureWriter
from fervid.run.photo_batch import PhotoBatch
from fervid.settings import Settings

SETTINGS = Settings(detector="haar", backend="pytorch")


@pytest.fixture
def walls(tmp_path: Path) -> Path:
    """A folder of two pictures without a face, and one that is no picture."""
    folder = tmp_path / "walls"
    folder.mkdir()
    for name in ("a.png", "c.png"):
        cv2.imwrite(str(folder / name), np.full((60, 80, 3), 128, np.uint8))
    (folder / "b.png").write_text("no picture")
    return folder


def test_each_picture_has_an_outcome_and_one_that_fails_stops_none(walls: Path, tmp_path: Path) -> None:
    inputs, output = [str(walls), "missing.png"], f"{tmp_path}/out/"
    with PhotoBatch(inputs, SETTINGS, output=output, tables={"csv": str(tmp_path / "t.csv")}) as batch:
        outcomes = list(batch)
        assert not (tmp_path / "t.csv").exists()
        assert batch.finish() == [tmp_path / "t.csv"]
    names = [outcome.source.name for outcome in outcomes]
    assert names == ["missing.png", "a.png", "b.png", "c.png"]
    missing, bad = (str(outcome.error) for outcome in outcomes if outcome.error)
    assert missing.startswith("'missing.png' ")
    assert bad.startswith(f"'{walls / 'b.png'}' is not a picture, or is damaged")
    written = [outcome.written for outcome in outcomes if outcome.photo]
    assert written == [tmp_path / "out" / "a.annotated.png", tmp_path / "out" / "c.annotated.png"]
    with (tmp_path / "t.csv").open(newline="") as file:
        assert [Path(row["file"]).name for row in csv.DictReader(file)] == ["a.png", "c.png"]


def test_a_batch_that_is_left_early_leaves_no_table_unless_it_is_finished(walls: Path, tmp_path: Path) -> None:
    for finished in (False, True):
        tables = {"csv": str(tmp_path / "t.csv")}
        with PhotoBatch([str(walls)], SETTINGS, annotate=False, tables=tables) as batch:
            next(iter(batch))
            if finished:
                batch.finish(partial=True)
        assert (tmp_path / "t.partial.csv").exists() == finished
        assert not (tmp_path / "t.csv").exists()


def test_regions_and_faces_that_were_left_out_are_outlined_where_asked(tmp_path: Path) -> None:
    picture = tmp_path / "two.png"
    cv2.imwrite(str(picture), np.hstack([smile(), smile()[:, ::-1]]))
    images = {}
    for outline in (False, True):
        settings = SETTINGS.replace(regions="0,0,50%,100%")
        with PhotoBatch([str(picture)], settings, output=f"{tmp_path}/{outline}/", outline=outline) as batch:
            (outcome,) = batch
        assert outcome.photo is not None
        assert len(outcome.photo.faces) == 1
        images[outline] = cv2.imread(str(outcome.written)).astype(int)
    differs = np.abs(images[True] - images[False]).max(axis=2) > 20
    left, right = np.hsplit(differs, 2)
    assert left.any()
    assert right.any()


def test_where_no_picture_is_named_nothing_is_loaded() -> None:
    with PhotoBatch(["missing.png"], SETTINGS.replace(engine="nowhere")) as batch:
        assert [outcome.photo for outcome in batch] == [None]
        assert batch.finish() == []


def test_what_concerns_all_pictures_is_an_error_at_once(walls: Path, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("mine")
    with pytest.raises(UsageError, match="names one file for 3 inputs"):
        PhotoBatch([str(walls)], SETTINGS, output="a.png")
    with pytest.raises(OutputError, match=r"t\.csv' exists already"):
        PhotoBatch([str(walls)], SETTINGS, tables={"csv": str(tmp_path / "t.csv")})
    with pytest.raises(EngineError, match="nowhere"):
        PhotoBatch([str(walls)], SETTINGS.replace(engine="nowhere"))


def test_no_picture_is_replaced_by_a_result(walls: Path, tmp_path: Path) -> None:
    picture = walls / "a.png"
    content = picture.read_bytes()
    with PhotoBatch([str(picture)], SETTINGS, output=str(picture), overwrite=True) as batch:
        (outcome,) = batch
    assert "is an input of this run and cannot be replaced" in str(outcome.error)
    with pytest.raises(UsageError, match="is an input of this run and cannot be replaced"):
        PhotoBatch([str(picture)], SETTINGS, tables={"csv": str(picture)}, overwrite=True)
    assert picture.read_bytes() == content


def test_an_unforeseen_error_stops_no_other_picture(
    walls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(self: PictureWriter, frame: Frame, reading: FrameReading) -> None:
        if self.target == tmp_path / "a.annotated.png":
            raise KeyError("nose")
        whole(self, frame, reading)

    whole = PictureWriter.write
    monkeypatch.setattr(PictureWriter, "write", write)
    with PhotoBatch([f"{walls}/[ac].png"], SETTINGS, output=str(tmp_path)) as batch:
        first, second = batch
    assert "could not be read: unexpected KeyError: 'nose'; set FERVID_DEBUG=1" in str(first.error)
    assert second.written == tmp_path / "c.annotated.png"
    assert not (tmp_path / "a.annotated.png").exists()
