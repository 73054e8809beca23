"""Recordings joined byte by byte, whose clock jumps: pictures and sound stay together in the annotated video."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from support.clips import MILLISECONDS, grey
from writer_inputs import copy, packets, writing

from fervid.core.readings import FrameReading
from fervid.core.timecodes import Timecode
from fervid.formats.sound_clock import SoundClock
from fervid.sources import open_source

SECOND = 48_000
FLASH = 20
"""The frame of each recording, of 25 a second, that is white and has a tone."""


def record(
    path: Path, starts: Sequence[int], *, sound: str = "mp2", tracks: int = 1, sound_seconds: float = 2.0
) -> Path:
    """Write a recording of two seconds that begins at each of `starts`, in milliseconds, and join them."""
    joined = b"".join(_recording(path, start, sound, tracks, sound_seconds).read_bytes() for start in starts)
    path.write_bytes(joined)
    return path


def _recording(path: Path, start: int, sound: str, tracks: int, sound_seconds: float) -> Path:
    samples = np.zeros(round(sound_seconds * SECOND), np.int16)
    tone = slice(FLASH * SECOND // 25, (FLASH + 3) * SECOND // 25)
    samples[tone] = np.sin(np.arange(tone.stop - tone.start) * 0.1) * 16_000
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=25, options={"preset": "ultrafast", "g": "25", "bf": "0"})
        video.width, video.height, video.pix_fmt, video.codec_context.time_base = 64, 48, "yuv420p", MILLISECONDS
        audios = [file.add_stream(sound, rate=SECOND, layout="mono") for _ in range(tracks)]
        for n in range(50):
            image = grey(230 if FLASH <= n < FLASH + 3 else 40)
            frame = av.VideoFrame.from_ndarray(image, "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = start + 40 * n, MILLISECONDS
            file.mux(video.encode(frame))
        file.mux(video.encode(None))
        for audio in audios:
            heard = av.AudioFrame.from_ndarray(samples[None], "s16", "mono")
            heard.sample_rate, heard.pts, heard.time_base = SECOND, start * SECOND // 1000, Fraction(1, SECOND)
            file.mux(audio.encode(heard))
            file.mux(audio.encode(None))
    return path


def flashes(path: Path) -> list[float]:
    """The times at which the picture turns white."""
    with av.open(str(path)) as file:
        return _begins([(f.time, f.to_ndarray(format="gray").mean() > 150) for f in file.decode(video=0)])


def tones(path: Path, track: int = 0) -> list[float]:
    """The times at which the tone begins, to a packet of sound."""
    states = []
    with av.open(str(path)) as file:
        for heard in file.decode(audio=track):
            samples = heard.to_ndarray()
            loud = 0.1 if samples.dtype.kind == "f" else 3000
            states.append((heard.time, np.abs(samples.astype(float)).max() > loud))
    return _begins(states)


def _begins(states: Sequence[tuple[float, bool]]) -> list[float]:
    before = False
    begins = []
    for time, state in states:
        if state and not before:
            begins.append(time)
        before = state
    return begins


JOINS = {
    (0, 0): [0.8, 2.8],
    (5_000, 0): [0.8, 2.8],
    (0, 60_000): [0.8, 60.8],
    (1_000, 1_500): [0.8, 2.8],
    (10_000, 0, 30_000, 20_000): [0.8, 2.8, 32.8, 34.8],
}
"""The times of the flashes after the first picture, for recordings that begin at certain milliseconds."""


@pytest.mark.parametrize("starts", JOINS, ids=str)
def test_each_flash_has_its_tone(tmp_path: Path, starts: Sequence[int]) -> None:
    out = tmp_path / "out.mp4"
    copy(record(tmp_path / "joined.ts", starts), partial(writing, out))
    assert flashes(out) == pytest.approx(JOINS[starts], abs=0.05)
    assert tones(out) == pytest.approx(flashes(out), abs=0.06)


def test_so_it_has_where_the_sound_of_a_recording_ends_early(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    copy(record(tmp_path / "joined.ts", (0, 0, 0), sound_seconds=1.6), partial(writing, out))
    assert flashes(out) == pytest.approx([0.8, 2.8, 4.8], abs=0.05)
    assert tones(out) == pytest.approx(flashes(out), abs=0.06)


def test_so_it_has_in_every_track_and_where_sound_is_encoded_again(tmp_path: Path) -> None:
    out = tmp_path / "out.mov"  # which takes no Opus
    copy(record(tmp_path / "joined.ts", (8_000, 0, 0), sound="libopus", tracks=2), partial(writing, out))
    assert flashes(out) == pytest.approx([0.8, 2.8, 4.8], abs=0.05)
    for track in range(2):
        assert tones(out, track) == pytest.approx(flashes(out), abs=0.06)


@pytest.mark.parametrize("start", [1, 3, 5])
def test_a_part_after_a_restart_takes_its_own_sound_along(tmp_path: Path, start: int) -> None:
    out = tmp_path / "out.mp4"
    span = {"start": Timecode(seconds=start), "end": Timecode(seconds=start + 2)}
    with (
        open_source(record(tmp_path / "joined.ts", (8_000, 0, 0, 0)), **span) as source,
        writing(out, source.info, trimmed=True) as writer,
    ):
        for frame in source:
            writer.write(frame, FrameReading(frame.index, frame.time, ()))
        writer.finish()
    assert flashes(out) == pytest.approx([1.8], abs=0.05)
    assert tones(out) == pytest.approx([1.8], abs=0.06)
    assert packets(out)[-1][0] < 2


class TestSoundClock:
    def test_sound_waits_for_the_pictures_to_pass_the_restart(self) -> None:
        clock = SoundClock()
        clock.follow(Fraction(2), [])
        assert [clock.shift(1, Fraction(time)) for time in (0, 1, 2)] == [0, 0, 0]
        assert clock.shift(1, Fraction(0)) is None
        clock.follow(Fraction(3), [Fraction(5, 2)])
        assert [clock.shift(1, Fraction(time)) for time in (0, 1)] == [Fraction(5, 2)] * 2

    def test_each_track_passes_the_restart_on_its_own(self) -> None:
        clock = SoundClock()
        clock.follow(Fraction(9), [Fraction(5)])
        assert [clock.shift(track, Fraction(time)) for track, time in ((1, 4), (2, 4), (1, 0), (2, 5), (2, 1))] == [
            *(0, 0, 5),
            *(0, 5),
        ]

    def test_a_track_that_begins_after_the_restart_has_passed_it_too(self) -> None:
        clock = SoundClock()
        clock.follow(Fraction(4), [])
        assert clock.shift(1, Fraction(4)) == 0
        assert clock.shift(2, Fraction(0)) is None
        clock.follow(Fraction(5), [Fraction(5)])
        assert [clock.shift(2, Fraction(time)) for time in (0, 1)] == [5, 5]

    def test_sound_that_jumps_back_alone_waits_no_longer_than_two_seconds(self) -> None:
        clock = SoundClock()
        clock.follow(Fraction(10), [])
        assert clock.shift(1, Fraction(10)) == 0
        clock.follow(Fraction(12), [])
        assert clock.shift(1, Fraction(5)) is None
        clock.follow(Fraction(13), [])
        assert clock.shift(1, Fraction(5)) == 0

    def test_at_the_end_it_does_not_wait(self) -> None:
        clock = SoundClock()
        assert clock.shift(1, Fraction(10)) == 0
        clock.end()
        assert clock.shift(1, Fraction(5)) == 0
