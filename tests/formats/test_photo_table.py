"""The tables of still pictures."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from writer_inputs import face

from fervid import formats
from fervid.core.cells import unescape_cell
from fervid.core.emotions import FERPLUS
from fervid.core.geometry import Box, HeadPose
from fervid.core.readings import FaceReading
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


def test_csv_to_the_letter() -> None:
    turned = replace(face("happy", 0.9), pose=HeadPose(-12.5, 3.0, 0.0), quality=math.nan)
    header, *rows = as_csv([PhotoReading(Path("a.jpg"), 640, 480, (turned,)), PHOTOS[1]], FERPLUS).split("\r\n")
    names = "file,face,x,y,width,height,score,yaw,pitch,roll,quality,emotion,confidence"
    assert header == f"{names},neutral,happy,surprise,sad,angry,disgust,fear,contempt"
    assert rows[0].startswith("a.jpg,1,10.0,12.0,30.5,31.2,0.7500,-12.5,3.0,0.0,,happy,0.9000,0.014")
    assert rows[1:] == ['"lake, at noon.jpg"' + "," * header.count(","), ""]


def test_json_says_the_same() -> None:
    document = json.loads(as_json(PHOTOS, FERPLUS))
    assert document["classes"] == list(FERPLUS)
    family, lake = document["pictures"]
    assert (family["width"], family["height"]) == (640, 480)
    assert family["faces"][0]["box"] == {"x": 10.0, "y": 12.0, "width": 30.5, "height": 31.2}
    assert family["faces"][1]["emotion"] == "sad"
    assert sum(family["faces"][1]["strengths"].values()) == pytest.approx(1)
    assert lake == {"file": "lake, at noon.jpg", "width": 320, "height": 240, "faces": []}


def test_a_face_in_json_to_the_letter() -> None:
    classes = ("überrascht", "ruhig")
    shares = np.array([0.75, 0.25], np.float32)
    box = Box(10.06, 12.0, 30.5, 31.25)
    turned = FaceReading(0, 0.0, 1, box, 0.98765, classes, shares, shares, HeadPose(-12.54, 3.0, -0.04), 0.12345)
    unknown = replace(turned, face_id=2, pose=None, quality=math.nan)
    text = as_json([PhotoReading(Path("a.jpg"), 64, 48, (turned, unknown))], classes)
    assert text.startswith('{\n  "classes": [\n    "überrascht",\n')
    assert text.endswith("\n}\n")
    first, second = json.loads(text)["pictures"][0]["faces"]
    assert first == {
        "face": 1,
        "box": {"x": 10.1, "y": 12.0, "width": 30.5, "height": 31.2},
        "score": 0.9877,
        "yaw": -12.5,
        "pitch": 3.0,
        "roll": 0.0,
        "quality": 0.1235,
        "emotion": "überrascht",
        "confidence": 0.75,
        "strengths": {"überrascht": 0.75, "ruhig": 0.25},
    }
    assert second == {**first, "face": 2, **dict.fromkeys(("yaw", "pitch", "roll", "quality"))}


def test_for_the_eye_each_face_has_a_line() -> None:
    first, *faces = as_text(PHOTOS[0]).splitlines()
    assert first.endswith("family.jpg: 2 faces")
    assert faces[0].split()[:3] == ["1", "happy", "0.900"]
    assert all(name in faces[0] for name in FERPLUS)
    assert re.search(r"neutral 0\.01\d  happy 0\.900  surprise 0\.01\d", faces[0])
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


def test_an_interrupted_table_is_named_so(tmp_path: Path) -> None:
    with PhotoTable(Atomic(tmp_path / "t.csv"), formats.by_name("csv", "table")) as table:
        assert table.finish(PHOTOS, FERPLUS, partial=True) == tmp_path / "t.partial.csv"
    assert [path.name for path in tmp_path.iterdir()] == ["t.partial.csv"]


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
