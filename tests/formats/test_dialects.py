"""CSV for Excel where the decimal sign is a comma, and the column of the valence."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from writer_inputs import BOX, face, reading

from fervid import Timeline, formats
from fervid.core.emotions import FERPLUS, valence
from fervid.core.geometry import HeadPose
from fervid.core.readings import FaceReading, FrameReading
from fervid.errors import SourceError, UsageError

TURNED = replace(face("sad", index=7, time=5.28), pose=HeadPose(-12.5, 3.0, -0.5))

TIMELINE = Timeline(
    FERPLUS,
    (reading(0, 0.0, "happy", "sad"), reading(1, 0.04), FrameReading(7, 5.28, (TURNED,))),  # two faces, none, a gap
)


def test_excel_opens_it_by_a_double_click(tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / "talk.csv", csv_dialect="excel")
    content = (tmp_path / "talk.csv").read_bytes()
    assert content.startswith(codecs.BOM_UTF8 + b"frame;time_s;face_id;x;y;")
    assert b"7;5,280;1;10,0;12,0;30,5;31,2;0,7500;-12,5;3,0;-0,5;1,0000;sad;0,9000;" in content
    assert content.count(b"\r\n") == 5


@pytest.mark.parametrize("dialect", ["standard", "excel"])
def test_a_class_keeps_the_points_and_commas_in_its_name(dialect: str, tmp_path: Path) -> None:
    classes = ("calm, 0.5", "tense; 1,5", *FERPLUS[2:])
    faces = [replace(face(FERPLUS[place], index=place, time=place / 25), classes=classes) for place in (0, 1)]
    Timeline(classes, tuple(FrameReading(each.frame, each.time, (each,)) for each in faces)).save(
        tmp_path / "talk.csv", csv_dialect=dialect
    )
    loaded = Timeline.load(tmp_path / "talk.csv")
    assert [frame.faces[0].emotion for frame in loaded.frames] == ["calm, 0.5", "tense; 1,5"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"csv_dialect": "exel"}, "csv_dialect takes one of standard, excel, not 'exel'; did you mean excel?"),
        ({"shortest": -1}, "shortest takes a number from 0 to 3600, not -1"),
        ({"valence": 3}, "valence takes True or False, not 3"),
        ({"empty": "no"}, "empty takes True or False, not 'no'"),
        ({"sidecar": None}, "sidecar takes True or False, not None"),
    ],
)
def test_a_wrong_option_of_save_writes_nothing(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        TIMELINE.save(tmp_path / "talk.csv", **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("with_valence", [False, True])
def test_pandas_reads_the_same_numbers_from_both_dialects(tmp_path: Path, with_valence: bool) -> None:
    TIMELINE.save(tmp_path / "talk.csv", valence=with_valence)
    TIMELINE.save(tmp_path / "excel.csv", valence=with_valence, csv_dialect="excel")
    plain = pd.read_csv(tmp_path / "talk.csv")
    excel = pd.read_csv(tmp_path / "excel.csv", sep=";", decimal=",", encoding="utf-8-sig")
    pd.testing.assert_frame_equal(plain, excel)
    assert ("valence" in plain) == with_valence


@pytest.mark.parametrize("with_valence", [False, True])
@pytest.mark.parametrize("form", [f for f in formats.of_kind("timeline") if f.readable], ids=lambda form: form.name)
def test_what_was_saved_is_loaded(form: formats.Format, with_valence: bool, tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / "plain.csv")
    TIMELINE.save(tmp_path / f"talk{form.suffix}", valence=with_valence, csv_dialect="excel")
    assert form.is_timeline(tmp_path / f"talk{form.suffix}")
    Timeline.load(tmp_path / f"talk{form.suffix}").save(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "plain.csv").read_bytes()


def test_a_decimal_comma_that_is_out_of_place_is_refused(tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / "talk.csv", csv_dialect="excel")
    text = (tmp_path / "talk.csv").read_text("utf-8")
    (tmp_path / "talk.csv").write_text(text.replace("0,7500", "0,75,00", 1), encoding="utf-8")
    with pytest.raises(SourceError, match=r"line 2: score must be a number, not '0\.75\.00'"):
        Timeline.load(tmp_path / "talk.csv")


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ({"happy": 0.7, "sad": 0.1, "angry": 0.15, "fear": 0.05}, 0.55),
        ({"happy": 0.1, "disgust": 0.6, "neutral": 0.3}, -0.5),
        ({"happy": 0.2, "fear": 0.1, "contempt": 0.7}, 0.1),
        ({"happy": 0.5, "neutral": 0.5}, np.nan),
        ({"sad": 1.0}, np.nan),
    ],
)
def test_valence_is_happy_minus_the_strongest_negative_emotion(
    probabilities: dict[str, float], expected: float
) -> None:
    assert valence(probabilities) == pytest.approx(expected, nan_ok=True)


def test_valence_is_the_last_column(tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / "talk.csv", valence=True)
    rows = pd.read_csv(tmp_path / "talk.csv")
    assert rows.columns[-1] == "valence"
    negative = rows[["sad", "angry", "fear", "disgust"]].max(axis=1)
    np.testing.assert_allclose(rows["valence"], rows["happy"] - negative, atol=0.00011)
    assert np.isnan(rows["valence"][2]), "a frame without a face"
    TIMELINE.save(tmp_path / "talk.jsonl", valence=True)
    lines = [json.loads(line) for line in (tmp_path / "talk.jsonl").read_text("utf-8").splitlines()]
    assert [face["valence"] for line in lines for face in line["faces"]] == rows["valence"].dropna().tolist()


def test_valence_is_unknown_for_an_engine_without_its_classes(tmp_path: Path) -> None:
    shares = np.array([0.5, 0.5], np.float32)
    calm = FaceReading(0, 0.0, 1, BOX, 0.9, ("calm", "happy"), shares, shares)
    Timeline(calm.classes, (FrameReading(0, 0.0, (calm,)),)).save(tmp_path / "talk.csv", valence=True)
    assert (tmp_path / "talk.csv").read_text("utf-8").splitlines()[1].endswith(",")
    assert np.isnan(calm.valence)
    assert face("happy", 0.93).valence == pytest.approx(0.92)
