"""The frames of a clip with their times, ground truth and sound."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from samples.clips import CLIPS
from samples.render import adapted
from samples.staging import SOUND_RATE, TIME_BASE, frame_times, shots, sound, truth


def test_the_same_seed_draws_the_same_frames_and_another_seed_others() -> None:
    first, again, other = (list(islice(shots(adapted(CLIPS["vfr"], (160, 90)), seed), 12)) for seed in (7, 7, 8))
    assert all(np.array_equal(one.image, two.image) for one, two in zip(first, again, strict=True))
    assert [shot.pts for shot in first] == [shot.pts for shot in again]
    assert [shot.pts for shot in first] != [shot.pts for shot in other]
    assert not np.array_equal(first[0].image, other[0].image)


@pytest.mark.parametrize("name", [name for name in CLIPS if name != "vfr"])
def test_steady_frames_are_a_thirtieth_of_a_second_apart(name: str) -> None:
    times = frame_times(CLIPS[name], np.random.default_rng(1))
    assert len(times) == round(CLIPS[name].seconds * 30)
    assert set(np.diff(times)) == {1 / (30 * TIME_BASE)}


def test_frames_of_a_phone_are_unevenly_spaced() -> None:
    steps = np.diff(frame_times(CLIPS["vfr"], np.random.default_rng(1))) * float(TIME_BASE)
    assert len(set(steps.round(4))) > 20
    assert 0.028 < steps.min() < np.median(steps) < 0.06 < steps.max() < 0.09


def test_the_face_of_single_shows_each_expression() -> None:
    seen = [truth(CLIPS["single"], second + 0.7)[0].expression for second in range(5)]
    assert seen == ["neutral", "happy", "surprise", "sad", "angry"]


def test_the_farther_face_is_left_out_while_it_is_covered() -> None:
    names = [[found.face for found in truth(CLIPS["crossing"], time)] for time in (0.0, 2.0, 4.0)]
    assert names == [["cleo", "ben"], ["ben"], ["cleo", "ben"]]


def test_the_paths_of_two_people_cross() -> None:
    for clip, times in ((CLIPS["crossing"], (0.0, 4.0)), (CLIPS["faces"], (2.0, 4.5))):
        order = []
        for time in times:
            places = {found.face: found.box.x for found in truth(clip, time)}
            order.append(places["ben"] < places["cleo"])
        assert order == [True, False]


def test_in_faces_one_person_leaves_and_another_arrives() -> None:
    who = [{found.face for found in truth(CLIPS["faces"], time)} for time in (1.0, 6.6, 8.5)]
    assert who == [{"ada", "ben", "cleo"}, {"ada", "cleo"}, {"ada", "cleo", "dan"}]


def test_a_whole_face_lies_in_the_frame_and_nobody_covers_it() -> None:
    clip = CLIPS["faces"]
    leaving = [found for time in np.arange(5.0, 6.2, 0.1) for found in truth(clip, time) if found.face == "ben"]
    assert leaving[0].whole
    assert not leaving[-1].whole
    assert leaving[-1].box.x + leaving[-1].box.width > clip.width


def test_none_has_no_people() -> None:
    assert all(not shot.truth for shot in shots(adapted(CLIPS["none"], (160, 90))))


def test_the_tone_follows_the_expression() -> None:
    clip, pitches = CLIPS["single"], []
    for second in range(5):
        wave = sound(clip, round((second + 0.5) * SOUND_RATE), SOUND_RATE // 4)
        spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
        pitches.append(np.fft.rfftfreq(len(wave), 1 / SOUND_RATE)[spectrum > spectrum.max() / 2].min())
    np.testing.assert_allclose(pitches, [220.0, 261.6, 246.9, 174.6, 110.0], atol=6)


def test_the_sound_is_continuous_and_never_clips() -> None:
    clip = CLIPS["single"]
    parts = np.concatenate([sound(clip, start, 1600) for start in range(0, 5 * SOUND_RATE, 1600)])
    assert np.abs(parts).max() < 0.5
    assert np.abs(np.diff(parts)).max() < 0.03
