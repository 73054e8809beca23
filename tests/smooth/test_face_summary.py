"""The totals of each face: emotions, changes, the longest segment, absences."""

from __future__ import annotations

import dataclasses
import json

import pytest
from smooth.test_segmentation import CLASSES, frames

import fervid
from fervid import FaceSummary, FrameReading, Timeline
from fervid.core.emotions import UNCERTAIN
from fervid.errors import UsageError
from fervid.smooth.face_summary import summarise


def totals(readings: list[FrameReading]) -> tuple[FaceSummary, ...]:
    return summarise(readings, CLASSES)


def test_seconds_and_shares_are_those_of_the_frames() -> None:
    (face,) = totals(frames("hhhhhhhssn  uuuuuuuuuu"))
    assert face.seconds == pytest.approx({"happy": 0.7, "sad": 0.2, "neutral": 0.1, UNCERTAIN: 1.0})
    assert list(face.seconds) == [*CLASSES, UNCERTAIN]
    assert (face.total, face.absent, face.no_face) == (pytest.approx(2.0), pytest.approx(0.2), pytest.approx(0.2))
    assert face.share("happy") == pytest.approx(0.35)
    assert face.mean_quality == 1.0


def test_each_face_is_absent_while_only_others_are_there() -> None:
    first, second = totals(frames("hhhhhhhhhh  ", "          ss"))
    assert (first.face_id, first.absent, first.no_face) == (1, pytest.approx(0.2), 0.0)
    assert (second.face_id, second.absent, second.no_face) == (2, pytest.approx(1.0), 0.0)


def test_a_gap_belongs_neither_to_an_emotion_nor_to_an_absence() -> None:
    (face,) = totals([*frames("hhhhhhhh"), *frames("hhhhhhhh", start=100.0)])
    assert face.seconds["happy"] == pytest.approx(1.6)
    assert (face.absent, face.longest) == (0.0, pytest.approx(0.8))


@pytest.mark.parametrize(
    ("letters", "transitions"),
    [
        ("hhhhhhssssss", 1),
        ("hhhhhhsshhhhhh", 0),  # too short for a segment
        ("hhhhhhuuuuuussssss", 1),
        ("hhhhhhuuuuuuhhhhhh", 0),
        ("hhhhhh ssssss", 0),  # nobody saw the change
        ("hhhhhhssssssnnnnnnhhhhhh", 3),
        ("uuuuuuu", 0),
    ],
)
def test_changes_from_one_emotion_to_another_are_counted(letters: str, transitions: int) -> None:
    (face,) = totals(frames(letters))
    assert face.transitions == transitions


def test_the_longest_segment_is_that_of_an_emotion() -> None:
    (face,) = totals(frames("hhhhhhssssssssuuuuuuuuuuuu"))
    assert (face.longest_emotion, face.longest) == ("sad", pytest.approx(0.8))
    (unknown,) = totals(frames("uuuuuuuuu"))
    assert (unknown.longest_emotion, unknown.longest) == (None, 0.0)


def test_a_recording_without_a_face_has_a_summary_too() -> None:
    (nobody,) = totals(frames("          "))
    assert (nobody.face_id, nobody.total, nobody.no_face) == (None, 0, pytest.approx(1.0))
    assert (nobody.mean_quality, nobody.share("happy")) == (None, 0.0)


def test_in_a_recording_without_a_face_nobody_is_there_all_the_time() -> None:
    (nobody,) = totals([FrameReading(n, n / 10, ()) for n in range(20)])
    assert (nobody.absent, nobody.no_face) == (pytest.approx(2.0), pytest.approx(2.0))
    assert nobody.share("happy") == 0.0


def test_an_emotion_that_no_class_names_has_no_share() -> None:
    (face,) = totals(frames("hhhhhhhh"))
    assert face.share("bored") == 0.0


def test_of_two_longest_segments_the_first_counts() -> None:
    (face,) = totals([*frames("hhhhhhhh", step=0.125), *frames("ssssssss", step=0.125, start=64)])
    assert (face.seconds["sad"], face.longest_emotion) == (face.seconds["happy"], "happy")


def test_the_shortest_segment_decides_how_often_an_emotion_changes() -> None:
    readings = frames("hhhhhhsshhhhhh")
    assert [summarise(readings, CLASSES, shortest)[0].transitions for shortest in (0.5, 0.2)] == [0, 2]


def test_a_summary_survives_json() -> None:
    for summary in (*totals(frames("hhhhhhss nnnnnnn", "uuuuuuuuuussssss")), *totals(frames("   "))):
        assert FaceSummary.parse(json.loads(json.dumps(dataclasses.asdict(summary)))) == summary


def test_the_totals_of_a_timeline_are_those_of_its_tally() -> None:
    timeline = Timeline(CLASSES, tuple(frames("hhhhhhss nnnnnnn", "uuuuuuuuuussssss")))
    seconds = timeline.tally().seconds
    faces = fervid.summary(timeline)
    assert {name: sum(face.seconds[name] for face in faces) for name in seconds} == pytest.approx(seconds)
    assert fervid.summary(timeline, shortest=0)[0].transitions == 1
    with pytest.raises(UsageError, match=r"summary takes a fervid.Timeline, not .*; load one with Timeline.load"):
        fervid.summary("talk.csv")  # type: ignore[arg-type]
