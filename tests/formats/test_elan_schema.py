"""What fervid writes for ELAN is valid by the schema that the Max Planck Institute publishes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xmlschema
from support.drawn_timelines import CLASSES, alternating, face, frames
from support.two_faces import TIMES

from fervid import FaceReading, FrameReading, Timeline, formats
from fervid.core.markers import Marker
from fervid.formats.output import Memory

pytestmark = pytest.mark.schema

ODD_CLASSES = ('a & b <c> --> "d"', "l'été\x1b", " neutral ", "ä中😀")


@pytest.fixture(scope="module")
def schema(elan_schema_file: Path) -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(elan_schema_file)


def two_faces_a_gap_and_a_cut() -> tuple[FrameReading, ...]:
    """Two faces of which one changes; the gap and the cut of `two_faces`; another face after the cut."""
    found = []
    for index, time in enumerate(milliseconds / 1000 for milliseconds in TIMES):
        first = face(index, time, "happy" if index < 20 else "surprise")
        people = (first, face(index, time, "neutral", 2)) if index < 60 else (face(index, time, face_id=3),)
        found.append(FrameReading(index, time, people))
    return tuple(found)


def uncertain_for_a_second(index: int, time: float) -> tuple[FaceReading, ...]:
    return (face(index, time, certain=not 1 <= time < 2),)


def with_odd_classes(index: int, time: float) -> tuple[FaceReading, ...]:
    """A face that shows each of the classes for a second."""
    one, shares = face(index, time), np.full(len(ODD_CLASSES), 0.1, np.float32)
    shares[int(time) % len(ODD_CLASSES)] = 0.7
    return (FaceReading(index, time, 1, one.box, 0.9, ODD_CLASSES, shares, shares),)


TIMELINES = {
    "one face": Timeline(CLASSES, frames(10)),
    "two faces, a gap and a cut": Timeline(CLASSES, two_faces_a_gap_and_a_cut()),
    "markers": Timeline(CLASSES, frames(3), markers=(Marker(1, 0.5, "a & b"), Marker(2, 0.55, "c\x1b"))),
    "an uncertain stretch": Timeline(CLASSES, frames(3, faces=uncertain_for_a_second)),
    "odd classes": Timeline(ODD_CLASSES, frames(4, faces=with_odd_classes)),
    "frames without a face": Timeline(CLASSES, frames(2, faces=lambda *_: ())),
    "no frame": Timeline(CLASSES, ()),
    "no class": Timeline((), ()),
    "a single frame": Timeline(CLASSES, frames(0.04)),
    "a clock that begins before 0": Timeline(
        CLASSES, tuple(FrameReading(n, n / 25 - 5, alternating(n, n / 25 - 5)) for n in range(250))
    ),
}
VIDEOS = ("talk.mp4", 'a "b" & <c>.mp4', "l'été #1 100% [2].mov", "tab\tand\x1b.mkv", "面.webm")


@pytest.mark.parametrize("name", TIMELINES)
def test_a_timeline_gives_a_valid_file(schema: xmlschema.XMLSchema, name: str, tmp_path: Path) -> None:
    TIMELINES[name].save(tmp_path / "talk.eaf")
    schema.validate(tmp_path / "talk.eaf")


@pytest.mark.parametrize("video", VIDEOS)
def test_the_name_of_the_video_leaves_the_file_valid(schema: xmlschema.XMLSchema, video: str, tmp_path: Path) -> None:
    try:
        (tmp_path / video).write_bytes(b"any")
    except OSError:
        pytest.skip("the system allows no such name")
    TIMELINES["one face"].save(tmp_path / "talk.eaf", media=tmp_path / video)
    schema.validate(tmp_path / "talk.eaf")
    assert "MEDIA_DESCRIPTOR" in (tmp_path / "talk.eaf").read_text("utf-8")


def test_what_goes_to_standard_output_is_valid(schema: xmlschema.XMLSchema, tmp_path: Path) -> None:
    (tmp_path / "talk.mp4").write_bytes(b"any")
    output = Memory()
    timeline = TIMELINES["one face"]
    timeline.write(formats.by_name("elan").open(output, timeline.context(media=tmp_path / "talk.mp4")))
    schema.validate(output.content.decode("utf-8"))


def test_the_schema_finds_what_is_wrong(schema: xmlschema.XMLSchema, tmp_path: Path) -> None:
    TIMELINES["one face"].save(tmp_path / "talk.eaf")
    text = (tmp_path / "talk.eaf").read_text("utf-8")
    wrongs = {
        "TIME_SLOT_REF1": "TIME_SLOT_REF9",
        'TIME_SLOT_ID="ts1b"': 'TIME_SLOT_ID="ts9999"',
        'LINGUISTIC_TYPE_ID="emotion"': 'LINGUISTIC_TYPE_ID="feeling"',
        "<LANGUAGE ": "<LOCALE ",
        "T00:": "T",
    }
    for right, wrong in wrongs.items():
        assert right in text
        assert not schema.is_valid(text.replace(right, wrong, 1)), right
