"""The sound track of a recording: every sample at its time, whatever the chunks are like."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.beeps import RATE, beeps, has_sound, heard_beeps, samples_of
from writer_inputs import flat, reading

from fervid import formats
from fervid.core.emotions import FERPLUS
from fervid.core.readings import Frame
from fervid.core.sound_chunk import SoundChunk
from fervid.formats.context import Context
from fervid.formats.file_output import InPlace
from fervid.formats.video import VideoWriter
from fervid.video.clock import MICROSECOND

ZERO = 7.0
"""The time of the first frame, so that a recording has to begin in the middle."""


def chunks(sound: NDArray[np.float32], size: int = 960, begin: float = ZERO) -> list[SoundChunk]:
    """Some mono sound in pieces."""
    return [SoundChunk(sound[place : place + size, None], begin + place / RATE) for place in range(0, len(sound), size)]


def picture(index: int, time: float) -> Frame:
    return Frame(flat((9, 9, 9), (64, 48)), index, round(time / MICROSECOND), MICROSECOND)


def record(path: Path, sound: Iterable[SoundChunk], *, seconds: float = 3.0, has_track: bool = True) -> Path:
    """Record grey frames from `ZERO` on, 10 a second, each with the chunks that have begun by then."""
    waiting = sorted(sound, key=lambda chunk: chunk.time)
    with formats.create(path, Context(FERPLUS, sound=has_track), "video", output=InPlace) as writer:
        assert isinstance(writer, VideoWriter)
        for index in range(round(seconds * 10)):
            time = ZERO + index / 10
            writer.write(
                Frame(flat((9, 9, 9), (64, 48)), index, round(time / MICROSECOND), MICROSECOND), reading(index, time)
            )
            while waiting and waiting[0].time <= time:
                writer.write_sound(waiting.pop(0))
        writer.finish()
    return path


def test_a_beep_is_where_it_was(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", chunks(beeps([0.5, 2.5], 3.0)))
    assert heard_beeps(path) == pytest.approx([0.5, 2.5], abs=0.001)


def test_stereo_stays_stereo_and_mono_is_heard_on_both_sides(tmp_path: Path) -> None:
    left, right = beeps([0.5], 2.0), beeps([1.0], 2.0)
    mono = [SoundChunk(left[:, None], ZERO)]
    stereo = [SoundChunk(np.stack([left, right], axis=1), ZERO)]
    for sound, other in ((mono, 0.5), (stereo, 1.0)):
        path = record(tmp_path / f"{other}.mp4", sound)
        for channel, begin in ((0, 0.5), (1, other)):
            loud = np.flatnonzero(np.abs(samples_of(path, channel)) > 0.2)
            assert loud[0] / RATE == pytest.approx(begin, abs=0.001)


def test_what_is_missing_is_silent_and_what_comes_after_it_is_in_time(tmp_path: Path) -> None:
    sound = [chunk for chunk in chunks(beeps([0.5, 1.2, 2.5], 3.0)) if not 8.0 < chunk.time < 8.9]
    assert heard_beeps(record(tmp_path / "a.mp4", sound)) == pytest.approx([0.5, 2.5], abs=0.001)


def test_sound_from_before_the_first_picture_is_left_out(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", chunks(beeps([0.5, 1.5, 3.0], 4.0), begin=ZERO - 1.0))
    assert heard_beeps(path) == pytest.approx([0.5, 2.0], abs=0.001)


def test_sound_that_ends_or_comes_too_late_leaves_silence_up_to_half_a_second_before_the_end(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mp4", chunks(beeps([0.1], 0.5)))
    assert heard_beeps(path) == pytest.approx([0.1], abs=0.001)
    assert len(samples_of(path)) / RATE == pytest.approx(2.9 - 0.5, abs=0.05)


@pytest.mark.parametrize("drift", [-300e-6, 300e-6])
def test_a_sound_card_that_runs_fast_or_slow_stays_within_3_ms(drift: float, tmp_path: Path) -> None:
    """The difference after a minute would be 18 ms."""
    at = [1.0, 20.0, 40.0, 58.0]
    slow = [
        SoundChunk(chunk.samples, ZERO + (chunk.time - ZERO) * (1 + drift)) for chunk in chunks(beeps(at, 60.0), 4800)
    ]
    found = heard_beeps(record(tmp_path / "a.mp4", slow, seconds=60.0))
    assert found == pytest.approx([time * (1 + drift) for time in at], abs=0.003)


def test_without_sound_there_is_no_track(tmp_path: Path) -> None:
    assert not has_sound(record(tmp_path / "a.mp4", [], has_track=False))


def test_sound_before_the_first_picture_or_without_a_track_is_passed_over(tmp_path: Path) -> None:
    (chunk,) = chunks(beeps([0.05], 0.1), RATE)
    for has_track in (True, False):
        with formats.create(
            tmp_path / f"{has_track}.mp4", Context(FERPLUS, sound=has_track), "video", output=InPlace
        ) as writer:
            assert isinstance(writer, VideoWriter)
            writer.write_sound(chunk)
            writer.write(picture(0, ZERO), reading(0, ZERO))
            writer.write_sound(chunk)
            writer.write(picture(1, ZERO + 1), reading(1, ZERO + 1))
            writer.finish()
    assert heard_beeps(tmp_path / "True.mp4") == pytest.approx([0.05], abs=0.001)
    assert not has_sound(tmp_path / "False.mp4")


def test_a_recording_with_sound_can_be_used_while_it_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with formats.create(path, Context(FERPLUS, sound=True), "video", output=InPlace) as writer:
        assert isinstance(writer, VideoWriter)
        for index in range(40):
            time = ZERO + index / 10
            writer.write(
                Frame(flat((9, 9, 9), (64, 48)), index, round(time / MICROSECOND), MICROSECOND), reading(index, time)
            )
            if index < 20:  # then the microphone is silent
                writer.write_sound(SoundChunk(beeps([0.05], 0.1)[:, None], time))
        assert len(samples_of(path)) / RATE > 2.2
        assert heard_beeps(path, 0.05)
        writer.finish()
