"""Real footage: what fervid must find in four real clips."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import fervid
from benchmarks.footage import CLIPS, labelled_parts
from benchmarks.uncertain import CLIP, COVERED, LIGHT, spoilt
from fervid import Timeline

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def timelines(real_clips: Path, assets: Path) -> dict[str, Timeline]:
    """Each clip as the default settings read it."""
    return {name: fervid.timeline(real_clips / name, detector="mediapipe") for name in CLIPS}


@pytest.fixture(scope="module")
def averaged(real_clips: Path, assets: Path) -> dict[str, Timeline]:
    """Each clip with labels, smoothed by an exponential average."""
    names = {part.file for part in labelled_parts(real_clips)}
    return {name: fervid.timeline(real_clips / name, detector="mediapipe", smoothing="ema") for name in names}


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


def test_every_labelled_frame_has_its_label(
    timelines: dict[str, Timeline], averaged: dict[str, Timeline], real_clips: Path
) -> None:
    for part in labelled_parts(real_clips):
        right, total = part.score(timelines[part.file])
        assert right == total > 0
        readings = averaged[part.file].readings
        assert {face.likeliest for face in readings if part.start <= face.time < part.end} == {part.emotion}


def test_the_default_changes_no_more_often_than_an_average(
    timelines: dict[str, Timeline], averaged: dict[str, Timeline]
) -> None:
    likeliest = [[reading.likeliest for reading in each[CLIP].readings] for each in (timelines, averaged)]
    with_bayes, with_average = (sum(a != b for a, b in itertools.pairwise(labels)) for labels in likeliest)
    assert with_bayes <= with_average


def test_a_hidden_face_is_uncertain_as_often_as_with_an_average_and_a_plain_one_hardly_ever(
    timelines: dict[str, Timeline], averaged: dict[str, Timeline]
) -> None:
    """A hand covers part of the face from 2.9 to 9.5 s."""
    every = [
        [face.time for face in each[CLIP].readings if face.emotion == "uncertain"] for each in (timelines, averaged)
    ]
    covered, average = (sum(COVERED[0] <= time < COVERED[1] for time in times) for times in every)
    assert covered >= 25
    assert covered == pytest.approx(average, abs=8)
    assert len(every[0]) - covered <= 4
    assert sum(face.emotion == "uncertain" for face in timelines["single_face_mp3.mp4"].readings) <= 4


def test_no_certain_reading_is_wrong_where_next_to_no_light_is_left(
    real_clips: Path, assets: Path, tmp_path: Path
) -> None:
    dark = spoilt(real_clips / CLIP, tmp_path / "dark.mp4", lambda image: (image * LIGHT).astype(np.uint8))
    readings = list(fervid.timeline(dark, detector="mediapipe", every=2).readings)
    assert len(readings) > 200
    assert np.mean([face.emotion == "uncertain" for face in readings]) > 0.5
    for part in labelled_parts(real_clips):
        if part.file == CLIP:
            found = {face.emotion for face in readings if part.start <= face.time < part.end}
            assert found <= {part.emotion, "uncertain"}
