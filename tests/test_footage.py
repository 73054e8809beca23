"""Real footage: what fervid must find in four real clips."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import fervid
from benchmarks.footage import CLIPS, labelled_parts
from fervid import Timeline

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def timelines(real_clips: Path, assets: Path) -> dict[str, Timeline]:
    """Each clip as the default settings read it."""
    return {name: fervid.timeline(real_clips / name, detector="mediapipe") for name in CLIPS}


def test_no_frame_is_lost(timelines: dict[str, Timeline]) -> None:
    assert {name: len(timeline.frames) for name, timeline in timelines.items()} == {
        "expressions_640x360.mp4": 472,
        "single_face_mp3.mp4": 72,
        "face_then_none_hevc.mov": 169,
        "no_face.mp4": 95,
    }


def test_the_face_is_found_in_98_percent_of_the_frames_that_show_it_whole(timelines: dict[str, Timeline]) -> None:
    """A hand covers part of the face from 2.9 to 9.5 s."""
    whole = [frame for frame in timelines["expressions_640x360.mp4"].frames if not 2.9 <= frame.time <= 9.5]
    assert sum(bool(frame.faces) for frame in whole) >= 0.98 * len(whole)


def test_a_cartoon_has_no_face(timelines: dict[str, Timeline]) -> None:
    assert list(timelines["no_face.mp4"].readings) == []


def test_one_person_is_one_identity(timelines: dict[str, Timeline]) -> None:
    assert {reading.face_id for reading in timelines["single_face_mp3.mp4"].readings} == {1}
    assert {reading.face_id for reading in timelines["expressions_640x360.mp4"].readings} == {1}


def test_a_face_ends_where_the_scene_changes(timelines: dict[str, Timeline]) -> None:
    frames = [frame.index for frame in timelines["face_then_none_hevc.mov"].frames if frame.faces]
    assert frames
    assert max(frames) < 90


def test_bayes_gives_every_labelled_frame_its_label_and_changes_less_often(
    timelines: dict[str, Timeline], real_clips: Path, assets: Path
) -> None:
    parts = labelled_parts(real_clips)
    for name in {part.file for part in parts}:
        timeline = fervid.timeline(real_clips / name, detector="mediapipe", smoothing="bayes")
        for part in parts:
            if part.file == name:
                right, total = part.score(timeline)
                assert right == total
        likeliest = [[reading.likeliest for reading in each.readings] for each in (timeline, timelines[name])]
        bayes, average = (sum(a != b for a, b in itertools.pairwise(labels)) for labels in likeliest)
        assert bayes <= average


def test_93_percent_of_the_labelled_frames_bear_their_label(timelines: dict[str, Timeline], real_clips: Path) -> None:
    scores = [part.score(timelines[part.file]) for part in labelled_parts(real_clips)]
    right, total = (sum(column) for column in zip(*scores, strict=True))
    assert total > 300
    assert right / total >= 0.93
