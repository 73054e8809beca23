"""The tables of still pictures."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writer_inputs import face

from fervid import formats
from fervid.core.cells import unescape_cell
from fervid.core.emotions import FERPLUS
from fervid.formats.file_output import Atomic
from fervid.formats.photo_table import PhotoReading, PhotoTable, as_text, round_probabilities

as_csv, as_json = formats.by_name("csv", "table").table, formats.by_name("json", "table").table

PHOTOS = (
    PhotoReading(Path("in/family.jpg"), 640, 480, (face("happy", 0.9), face("sad", 1 / 3, face_id=2))),
    PhotoReading(Path("lake, at noon.jpg"), 320, 240, ()),
)


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=9), st.integers(1, 4))
def test_rounded_strengths_sum_to_1_as_printed(weights: list[float], digits: int) -> None:
    shares = (np.array(weights) / np.sum(weights)).astype(np.float32).tolist()
    result = round_probabilities(shares, digits)
    assert sum(round(share * 10**digits) for share in result) == 10**digits
    assert all(0 <= share <= 1 for share in result)
    assert np.abs(np.array(result) - shares).max() < 10.0**-digits
    assert result[int(np.argmax(shares))] == max(result)


def test_csv_has_a_row_a_face_and_one_for_a_picture_without() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv(PHOTOS, FERPLUS))))
    assert [(row["file"], row["face"], row["emotion"]) for row in rows] == [
        (str(Path("in/family.jpg")), "1", "happy"),
        (str(Path("in/family.jpg")), "2", "sad"),
        ("lake, at noon.jpg", "", ""),
    ]
    for row in rows[:2]:
        assert sum(int(row[name].replace(".", "")) for name in FERPLUS) == 10_000
        assert row["confidence"] == row[row["emotion"]]
    assert rows[0]["x"] == "10.0"


def test_json_says_the_same() -> None:
    document = json.loads(as_json(PHOTOS, FERPLUS))
    assert document["classes"] == list(FERPLUS)
    family, lake = document["pictures"]
    assert (family["width"], family["height"]) == (640, 480)
    assert family["faces"][0]["box"] == {"x": 10.0, "y": 12.0, "width": 30.5, "height": 31.2}
    assert family["faces"][1]["emotion"] == "sad"
    assert sum(family["faces"][1]["strengths"].values()) == pytest.approx(1)
    assert lake["faces"] == []


def test_for_the_eye_each_face_has_a_line() -> None:
    first, *faces = as_text(PHOTOS[0]).splitlines()
    assert first.endswith("family.jpg: 2 faces")
    assert faces[0].split()[:3] == ["1", "happy", "0.900"]
    assert all(name in faces[0] for name in FERPLUS)
    assert as_text(PHOTOS[1]) == "lake, at noon.jpg: no face"


def test_a_name_that_is_no_text_is_written_all_the_same() -> None:
    photo = PhotoReading(Path("caf\udce9.jpg"), 1, 1, ())
    for text in (as_csv([photo], FERPLUS), as_json([photo], FERPLUS), as_text(photo)):
        assert "caf" in text.encode().decode()


def test_a_picture_named_like_a_formula_is_text_in_a_spreadsheet_and_found_again() -> None:
    names = ["=1+1.jpg", "-1.jpg", "@a.jpg", "'=1.jpg", "a=1.jpg"]
    photos = [
        PhotoReading(Path(name), 8, 8, (face("happy", 0.9),) if place else ()) for place, name in enumerate(names)
    ]
    written = [row["file"] for row in csv.DictReader(io.StringIO(as_csv(photos, FERPLUS)))]
    assert written == ["'=1+1.jpg", "'-1.jpg", "'@a.jpg", "''=1.jpg", "a=1.jpg"]
    assert [unescape_cell(name) for name in written] == names
    assert [picture["file"] for picture in json.loads(as_json(photos, FERPLUS))["pictures"]] == names


def test_the_statement_in_the_documents_restores_the_names(root: Path) -> None:
    import pandas as pd

    statement = re.search(r'str\.replace\(r"(.+)", "", regex=True\)', (root / "docs" / "photo.md").read_text("utf-8"))
    assert statement is not None
    photos = [PhotoReading(Path(name), 8, 8, ()) for name in ("=1.jpg", "'-1.jpg", "\uff20.jpg", "'tis.jpg", "a.jpg")]
    rows = pd.read_csv(io.StringIO(as_csv(photos, FERPLUS)))
    assert rows["file"].str.startswith("'").sum() == 4
    assert list(rows["file"].str.replace(statement[1], "", regex=True)) == [photo.name for photo in photos]


def test_ctrl_c_while_a_table_gets_its_name_waits_until_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.replace

    def interrupted(path: Path, target: Path) -> Path:
        signal.raise_signal(signal.SIGINT)
        return rename(path, target)

    monkeypatch.setattr(Path, "replace", interrupted)
    table = PhotoTable(Atomic(tmp_path / "t.csv"), formats.by_name("csv", "table"))
    with table, pytest.raises(KeyboardInterrupt):
        table.finish(PHOTOS, FERPLUS)
    assert (tmp_path / "t.csv").read_bytes() == as_csv(PHOTOS, FERPLUS).encode()
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
