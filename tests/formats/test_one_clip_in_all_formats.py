"""One clip with two faces, a gap and a cut, in every format of timelines: pandas finds the same in all of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.two_faces import TIMES, two_faces

from fervid import Timeline
from fervid.cli import run


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, assets: Path) -> Path:
    """The folder with the results of one run."""
    folder = tmp_path_factory.mktemp("formats")
    clip = two_faces(folder / "talk.mp4")
    named = [word for name in ("csv", "jsonl", "parquet") for word in ("--format", name)]
    assert run(["timeline", str(clip), "-o", str(folder / "talk"), "--valence", "-q", *named]) == 0
    assert run(["convert", f"{folder}/talk.csv", "-o", f"{folder}/excel.csv", "--csv-dialect", "excel", "-q"]) == 0
    return folder


@pytest.fixture(scope="module")
def expected(results: Path) -> pd.DataFrame:
    """The rows of the CSV file."""
    return pd.read_csv(results / "talk.csv")


def test_the_rows_have_the_faces_the_gap_and_the_cut(expected: pd.DataFrame) -> None:
    per_frame = expected.groupby("frame")["face_id"].count()
    assert per_frame[10] == 2
    assert per_frame[80] == 1
    assert expected["face_id"].nunique() >= 3, "a cut begins new faces"
    assert expected.drop_duplicates("frame")["time_s"].tolist() == [time / 1000 for time in TIMES]
    assert expected.loc[expected["frame"] == 10, "valence"].max() > 0.3


def test_pandas_reads_the_dialect_for_excel(results: Path, expected: pd.DataFrame) -> None:
    rows = pd.read_csv(results / "excel.csv", sep=";", decimal=",")
    pd.testing.assert_frame_equal(rows, expected.drop(columns="valence"))


def test_pandas_reads_json_lines(results: Path, expected: pd.DataFrame) -> None:
    frames = pd.read_json(results / "talk.jsonl", lines=True, precise_float=True)
    assert len(frames) == len(TIMES)
    rows = pd.json_normalize(frames.to_dict("records"), "faces", ["frame", "time_s"])
    faces = expected.dropna(subset="face_id").reset_index(drop=True)
    rows.columns = rows.columns.str.removeprefix("strengths.").str.replace("raw.", "raw_")
    assert set(rows) == set(faces)
    for name in faces:
        if name == "emotion":
            assert rows[name].tolist() == faces[name].tolist()
        else:
            np.testing.assert_allclose(rows[name].astype("float64"), faces[name].astype("float64"), rtol=1e-12)


def test_pandas_reads_parquet(results: Path, expected: pd.DataFrame) -> None:
    rows = pd.read_parquet(results / "talk.parquet")
    assert list(rows) == list(expected)
    for name in rows:
        if name == "emotion":
            assert rows[name].astype("object").fillna("").tolist() == expected[name].fillna("").tolist()
        else:
            digits = 0.051 if name in ("x", "y", "width", "height", "yaw", "pitch", "roll") else 0.00051
            np.testing.assert_allclose(rows[name].astype("float64"), expected[name].astype("float64"), atol=digits)


def test_fervid_reads_the_same_readings_and_provenance_from_all_of_them(results: Path) -> None:
    facts = json.loads((results / "talk.csv.json").read_text("utf-8"))
    assert facts["input"] == str(results / "talk.mp4")
    for name in ("talk.csv", "excel.csv", "talk.jsonl", "talk.parquet"):
        timeline = Timeline.load(results / name)
        assert [(face.frame, face.face_id, face.emotion) for face in timeline.readings] == [
            (face.frame, face.face_id, face.emotion) for face in Timeline.load(results / "talk.csv").readings
        ]
        assert {**(timeline.provenance or {}), "result": ""} == {**facts, "result": ""}


def test_a_conversion_knows_the_video_by_the_provenance(results: Path) -> None:
    for name in ("talk.csv", "talk.parquet"):
        assert run(["convert", str(results / name), "-o", str(results / "talk.eaf"), "--overwrite", "-q"]) == 0
        assert 'RELATIVE_MEDIA_URL="./talk.mp4"' in (results / "talk.eaf").read_text("utf-8")
