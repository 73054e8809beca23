"""Timelines as Parquet: types, metadata, and the reading of pandas and pyarrow."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from writer_inputs import reading

from fervid import Timeline, formats
from fervid.cli import run
from fervid.core.emotions import FERPLUS
from fervid.core.readings import FrameReading
from fervid.errors import SourceError

FACTS = {"fervid": "0.1.0", "input": "clip.mp4", "engine": "compact", "settings": {"every": 1}}
TIMELINE = Timeline(
    FERPLUS, (reading(0, 0.0, "happy", "sad"), reading(1, 1 / 30), reading(7, 5.28, "sad")), FACTS
)  # two faces, none, a gap
PARQUET = formats.by_name("parquet")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    TIMELINE.save(tmp_path / "talk.parquet")
    return tmp_path / "talk.parquet"


def test_pandas_reads_typed_columns_that_are_not_rounded(path: Path) -> None:
    rows = pd.read_parquet(path)
    assert rows["frame"].tolist() == [0, 0, 1, 7]
    assert rows["time_s"].tolist() == [0.0, 0.0, 1 / 30, 5.28]
    assert rows["emotion"].dropna().tolist() == ["happy", "sad", "sad"]
    types = rows.dtypes
    assert (types["frame"], types["x"], types["quality"]) == ("int64", "float64", "float64")
    assert (types["confidence"], types["happy"], types["raw_sad"]) == ("float32",) * 3
    assert isinstance(types["emotion"], pd.CategoricalDtype)
    expected = TIMELINE.to_pandas()
    assert list(rows) == list(expected)
    for name in ("x", "score", "confidence", "happy", "raw_neutral"):
        np.testing.assert_array_equal(rows[name].astype("float64"), expected[name])


def test_the_schema_says_what_may_be_missing(path: Path) -> None:
    schema = pq.read_schema(path)
    assert schema.field("face_id").type == pa.int32()
    assert [field.name for field in schema if not field.nullable] == ["frame", "time_s"]
    assert pq.read_table(path)["yaw"].null_count == 4


def test_an_unknown_quality_is_missing_and_no_number(tmp_path: Path) -> None:
    unknown = tuple(replace(one, quality=math.nan) for one in reading(0, 0.0, "happy").faces)
    Timeline(FERPLUS, (FrameReading(0, 0.0, unknown),)).save(tmp_path / "old.parquet")
    assert pq.read_table(tmp_path / "old.parquet")["quality"].to_pylist() == [None]


def test_the_metadata_says_how_it_was_made_and_there_is_no_sidecar(path: Path) -> None:
    facts = json.loads(pq.read_schema(path).metadata[b"fervid"])
    assert facts == {"classes": list(FERPLUS), **FACTS}
    assert [file.name for file in path.parent.iterdir()] == ["talk.parquet"]
    assert Timeline.load(path).provenance == facts
    assert Timeline.load(path).classes == FERPLUS
    again = path.with_name("again.parquet")
    TIMELINE.save(again)
    assert again.read_bytes() == path.read_bytes()


def test_what_is_unknown_has_no_provenance(tmp_path: Path) -> None:
    Timeline(FERPLUS, ()).save(tmp_path / "empty.parquet")
    loaded = Timeline.load(tmp_path / "empty.parquet")
    assert (loaded.classes, loaded.frames, loaded.provenance) == (FERPLUS, (), None)


def test_a_long_timeline_is_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fervid.formats.parquet._GROUP_ROWS", 100)
    Timeline(FERPLUS, tuple(reading(n, n / 25, "sad") for n in range(250))).save(tmp_path / "long.parquet")
    assert pq.ParquetFile(tmp_path / "long.parquet").num_row_groups == 3
    assert len(Timeline.load(tmp_path / "long.parquet").frames) == 250


def test_a_large_file_is_compressed_and_known_as_a_timeline(tmp_path: Path) -> None:
    (sad,) = reading(0, 0.0, "sad").faces
    scores = np.random.default_rng(5).random(9_000)
    faces = [replace(sad, frame=n, time=n / 25, score=float(score)) for n, score in enumerate(scores)]
    frames = tuple(FrameReading(face.frame, face.time, (face,)) for face in faces)
    Timeline(FERPLUS, frames).save(tmp_path / "long.parquet")
    assert (tmp_path / "long.parquet").stat().st_size > 1 << 17, "the metadata does not lie in the first 64 kB"
    assert PARQUET.is_timeline(tmp_path / "long.parquet")
    assert pq.read_metadata(tmp_path / "long.parquet").row_group(0).column(0).compression == "ZSTD"


@pytest.mark.parametrize("metadata", [None, {"fervid": "[1]"}, {"fervid": "{"}], ids=["none", "no object", "no JSON"])
def test_another_program_may_have_lost_how_it_was_made(path: Path, metadata: dict[str, str] | None) -> None:
    pq.write_table(pq.read_table(path).replace_schema_metadata(metadata), path)
    loaded = Timeline.load(path)
    assert (loaded.classes, loaded.provenance, len(loaded.frames)) == (FERPLUS, None, 3)


def test_valence_is_the_last_column(tmp_path: Path) -> None:
    TIMELINE.save(tmp_path / "talk.parquet", valence=True)
    rows = pd.read_parquet(tmp_path / "talk.parquet")
    assert rows.columns[-1] == "valence"
    assert len(list(Timeline.load(tmp_path / "talk.parquet").readings)) == 3


def replaced(path: Path, name: str, values: list[object]) -> None:
    table = pq.read_table(path)
    place = table.schema.get_field_index(name)
    pq.write_table(table.set_column(place, name, pa.array(values)), path)


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("frame", [3, 2, 1, 0], "row 2: frame 2 comes after frame 3"),
        ("time_s", [0.5, 0.5, 0.6, 0.1], "row 4: frame 7 is at 0.1 s, before frame 1 at 0.6 s"),
        ("score", [0.5, 1.5, None, 0.5], "row 2: score must be from 0 to 1, not 1.5"),
        ("emotion", ["bored", "sad", None, "sad"], "row 1: emotion 'bored' is not one of the classes"),
        ("time_s", ["soon"] * 4, "row 1: time_s must be a number, not 'soon'"),
    ],
)
def test_what_fervid_did_not_write_is_refused(path: Path, column: str, values: list[object], said: str) -> None:
    replaced(path, column, values)
    with pytest.raises(SourceError, match=rf"talk\.parquet': {said}; give a Parquet file that fervid wrote, unchanged"):
        Timeline.load(path)


def test_other_columns_damage_and_other_files_are_refused(path: Path) -> None:
    content = path.read_bytes()
    pq.write_table(pa.table({"frame": [1]}), path)
    with pytest.raises(SourceError, match=r"talk\.parquet': the file does not begin with the header of a timeline"):
        Timeline.load(path)
    assert not PARQUET.is_timeline(path)
    no_text = content.replace(b"confidence", b"confi\xd6ence")
    for damaged in (content[:-100], content[100:], b"PAR1" + b"\0" * 200 + b"PAR1", b"text", no_text):
        path.write_bytes(damaged)
        with pytest.raises(SourceError, match="the file is damaged"):
            Timeline.load(path)
    path.write_bytes(content)
    assert PARQUET.is_timeline(path)
    path.unlink()
    assert not PARQUET.is_timeline(path)


def test_damage_amid_the_rows_is_refused(path: Path) -> None:
    content = bytearray(path.read_bytes())
    column = pq.read_metadata(path).row_group(0).column(1)
    content[column.data_page_offset : column.data_page_offset + 8] = bytes(8)
    path.write_bytes(content)
    with pytest.raises(SourceError, match=r"talk\.parquet': the file is damaged; give a Parquet file"):
        Timeline.load(path)


def test_a_missing_package_is_one_line_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.delitem(sys.modules, "fervid.formats.parquet", raising=False)
    TIMELINE.save(tmp_path / "talk.csv")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes((tmp_path / "talk.csv").read_bytes())
    assert run(["convert", str(tmp_path), "--format", "parquet", "-o", f"{tmp_path}/made/"]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("fervid: pyarrow cannot be imported (")
    assert "; run: pip install 'pyarrow>=18'" in line or "fervid[parquet]" in line
    assert run(["convert", str(tmp_path / "a.csv"), "-o", str(tmp_path / "a.jsonl")]) == 0
