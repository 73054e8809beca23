"""Timelines as JSON Lines: read by pandas, and refused where they are not as fervid wrote them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from writer_inputs import BOX, reading

from fervid import Timeline, formats
from fervid.core.emotions import FERPLUS
from fervid.core.geometry import HeadPose
from fervid.core.readings import FaceReading, FrameReading
from fervid.errors import SourceError

TIMELINE = Timeline(
    FERPLUS,
    (reading(0, 0.0, "happy", "sad"), reading(1, 0.04), reading(7, 5.28, "sad")),  # two faces, none, a gap
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    TIMELINE.save(tmp_path / "talk.jsonl")
    return tmp_path / "talk.jsonl"


def test_a_line_holds_a_frame_with_its_faces(path: Path) -> None:
    first, empty, last = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert (empty["frame"], empty["time_s"], empty["faces"]) == (1, 0.04, [])
    assert (last["frame"], last["time_s"], len(last["faces"])) == (7, 5.28, 1)
    assert [face["face_id"] for face in first["faces"]] == [1, 2]
    face = first["faces"][0]
    assert (face["x"], face["height"], face["emotion"], face["confidence"]) == (10.0, 31.2, "happy", 0.9)
    assert face["yaw"] is None
    assert "valence" not in face, "nobody asked for it"
    assert list(face["strengths"]) == list(face["raw"]) == list(FERPLUS)


def test_a_line_is_short_and_keeps_its_letters(tmp_path: Path) -> None:
    classes = ("überrascht", "ruhig")
    shares = np.array([0.75, 0.25], np.float32)
    turned = FaceReading(7, 5.28, 2, BOX, 0.5, classes, shares, shares[::-1], HeadPose(-12.5, 3.0, 0.0), 0.625)
    Timeline(classes, (FrameReading(7, 5.28, (turned,)),)).save(tmp_path / "talk.jsonl", valence=True)
    assert (tmp_path / "talk.jsonl").read_text("utf-8") == (
        '{"frame":7,"time_s":5.28,"faces":[{"face_id":2,"x":10.0,"y":12.0,"width":30.5,"height":31.2,"score":0.5,'
        '"yaw":-12.5,"pitch":3.0,"roll":0.0,"quality":0.625,"emotion":"überrascht","confidence":0.75,"valence":null,'
        '"strengths":{"überrascht":0.75,"ruhig":0.25},"raw":{"überrascht":0.25,"ruhig":0.75}}]}\n'
    )


def test_pandas_reads_it(path: Path) -> None:
    frames = pd.read_json(path, lines=True)
    assert frames["time_s"].tolist() == [0.0, 0.04, 5.28]
    assert frames["faces"].map(len).tolist() == [2, 0, 1]
    faces = pd.json_normalize(frames.to_dict("records"), "faces", ["frame", "time_s"])
    TIMELINE.save(path.with_suffix(".csv"))
    expected = pd.read_csv(path.with_suffix(".csv")).dropna(subset="face_id")
    assert faces["emotion"].tolist() == expected["emotion"].tolist()
    assert faces["strengths.happy"].tolist() == expected["happy"].tolist()
    assert faces["raw.sad"].tolist() == expected["raw_sad"].tolist()


def test_a_timeline_without_a_face_has_no_classes(tmp_path: Path) -> None:
    Timeline(FERPLUS, (reading(0, 0.0), reading(1, 0.04))).save(tmp_path / "empty.jsonl")
    loaded = Timeline.load(tmp_path / "empty.jsonl")
    assert loaded.classes == ()
    assert len(loaded.frames) == 2
    loaded.save(tmp_path / "empty.csv")
    assert len(Timeline.load(tmp_path / "empty.csv").frames) == 2


def change(content: dict[str, Any], place: str, value: Any) -> None:
    *way, last = place.split(".")
    for name in way:
        content = content[int(name) if name.isdigit() else name]
    content[int(last) if last.isdigit() else last] = value


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("frame", -1, "frame must be a whole number from 0, not '-1'"),
        ("frame", True, "frame must be a number, not true"),
        ("time_s", "soon", 'time_s must be a number, not "soon"'),
        ("other", 1, "the line is no object with frame, time_s and faces"),
        ("faces", {}, "faces must be a list of objects"),
        ("faces", [3], "faces must be a list of objects"),
        ("faces.0.score", None, "score must be a number"),
        ("faces.0.score", 2, "score must be from 0 to 1"),
        ("faces.0.score", float("nan"), "score must be a number"),
        ("faces.0.emotion", 4, "emotion must be a text, not 4"),
        ("faces.0.emotion", "bored", "emotion 'bored' is not one of the classes"),
        ("faces.0.face_id", 2, "frame 0 has a face twice, or its faces out of order"),
        ("faces.0.raw", [0.5], "raw must be an object"),
        ("faces.0.strengths", {"\ud800": 1.0}, "the name of a class is no valid text"),
        ("faces.0.strengths", {"calm\udfff": 1.0}, "the name of a class is no valid text"),
        ("faces.1.raw", {"happy": 1.0}, f"a face has other classes than {', '.join(FERPLUS)}"),
        ("faces.0.raw.sad", 2, "raw_sad must be from 0 to 1, not 2"),
        ("faces.0.strengths.sad", "much", 'sad must be a number, not "much"'),
        ("faces.0.score", "a" * 900, 'score must be a number, not "' + "a" * 39 + "..."),
        ("faces.1.strengths", {"happy": 1.0}, "a face has other classes than neutral, happy"),
    ],
)
def test_a_line_that_fervid_did_not_write_is_refused(path: Path, place: str, value: object, said: str) -> None:
    lines = path.read_text("utf-8").splitlines()
    first = json.loads(lines[0])
    change(first, place, value)
    path.write_text("\n".join([json.dumps(first), *lines[1:]]))
    with pytest.raises(SourceError, match=f"'.*talk.jsonl', line 1: {re.escape(said)}"):
        Timeline.load(path)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([0, 0], "line 2: frame 0 comes after frame 0"),
        ([2, 1], "line 2: frame 1 comes after frame 7"),
        ([0, '{"frame": 8, "time_s": -1, "faces": []}'], "line 2: frame 8 is at -1.0 s, before frame 0 at 0.0 s"),
        (["{"], "line 1: Expecting property name"),
        (["[" * 100_000], "line 1: the line is nested too deeply"),
        (["[]"], "line 1: the line is no object"),
    ],
)
def test_lines_out_of_order_or_without_an_object_are_refused(path: Path, lines: list[int | str], said: str) -> None:
    written = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(line if isinstance(line, str) else written[line] for line in lines))
    with pytest.raises(SourceError, match=said):
        Timeline.load(path)


def test_bytes_that_are_no_text_are_refused(path: Path) -> None:
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(SourceError, match="is not UTF-8 text; give a JSON Lines file that fervid wrote"):
        Timeline.load(path)
    assert not formats.by_name("jsonl").is_timeline(path)


@pytest.mark.parametrize("content", ["", "\n", "[]\n", "{\n", '{"frame":0,"time_s":0.0}\n', "[" * 100_000])
def test_a_file_that_begins_otherwise_is_no_timeline(path: Path, content: str) -> None:
    assert formats.by_name("jsonl").is_timeline(path)
    path.write_text(content)
    assert not formats.by_name("jsonl").is_timeline(path)
