"""The sound of a device beside the pictures, in time with them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sound_recordings import AT, SECONDS, assert_in_time, play
from support.beeps import beeps, has_sound, heard_beeps, write_beeps
from support.sound_server import SoundServer

import fervid
from fervid.errors import SourceError
from fervid.live.controls import Controls
from fervid.sources import open_live
from fervid.sources.sound_devices import list_sound_devices
from fervid.sources.sound_source import SoundSource
from samples.serve import TransportServer

pytestmark = [pytest.mark.realtime, pytest.mark.limit(30)]


@pytest.fixture
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_beeps(tmp_path / "clip.mp4", [], SECONDS)


@pytest.fixture
def server_of_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundServer]:
    """A sound server with one microphone, which is silent at first; needs the marker `sound`."""
    with SoundServer(tmp_path / "pulse") as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        yield server


def begun(controls: Controls) -> float:
    """The time at which the clip began by its newest picture, which may be late, in seconds of the monotonic clock."""
    result = controls.live.results.newest
    assert result is not None
    return result.arrived - result.frame.time


@pytest.mark.usefixtures("no_thread_is_left")
@pytest.mark.parametrize(("rate", "layout"), [(44_100, "stereo"), (16_000, "mono")])
def test_a_file_is_played_beside_the_picture(rate: int, layout: str, clip: Path, tmp_path: Path) -> None:
    file = write_beeps(tmp_path / "sound.wav", AT, SECONDS, picture=False, rate=rate, layout=layout, codec="pcm_s16le")
    with open_live(str(clip)) as source:
        assert_in_time(play(source, tmp_path, sound=SoundSource(str(file))), AT)


def test_a_program_chooses_the_sound(clip: Path, tmp_path: Path) -> None:
    file = write_beeps(tmp_path / "sound.wav", AT, SECONDS, picture=False, codec="pcm_s16le")
    path = tmp_path / "live.mp4"
    with fervid.live(
        clip, record=path, record_clean=True, sound=file, end=SECONDS, detector="haar", backend="pytorch"
    ) as session:
        assert [reading.index for _, reading in session]
    assert_in_time(path, AT)


def test_sound_that_ends_leaves_the_recording_whole_with_one_line(
    clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = write_beeps(tmp_path / "sound.wav", [0.2], 0.5, picture=False, codec="pcm_s16le")
    with open_live(str(clip)) as source, caplog.at_level(logging.WARNING):
        path = play(source, tmp_path, sound=SoundSource(str(file)))
    assert_in_time(path, [0.2])
    assert [record.message for record in caplog.records] == [
        f"the sound of '{file}' has ended; recordings go on without it"
    ]


@pytest.mark.usefixtures("no_thread_is_left")
def test_a_network_address_is_heard_too(clip: Path, tmp_path: Path) -> None:
    sound = write_beeps(tmp_path / "sound.mp4", AT, SECONDS)
    with TransportServer(sound) as server, open_live(str(clip)) as source:
        path = play(source, tmp_path, sound=SoundSource(server.address))
    assert has_sound(path)
    assert len(heard_beeps(path)) == len(AT)


def test_a_device_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="the sound device 'nothing' cannot be opened: there is none, or another"):
        SoundSource("nothing")
    (tmp_path / "text.wav").write_text("this is no sound")
    with pytest.raises(SourceError, match=r"the sound of '.*text.wav' cannot be read"):
        SoundSource(str(tmp_path / "text.wav"))


@pytest.mark.sound
@pytest.mark.usefixtures("no_thread_is_left")
def test_a_microphone_is_in_time_with_the_picture(server_of_sound: SoundServer, clip: Path, tmp_path: Path) -> None:
    assert f"pulse:{server_of_sound.microphone}" in [device.name for device in list_sound_devices()]
    with server_of_sound.speaking() as voice, SoundSource(f"pulse:{server_of_sound.microphone}") as sound:
        time.sleep(1)  # so that the clock of the microphone is known

        def act(controls: Controls, _: int) -> None:
            voice.say(beeps(AT, SECONDS), begun(controls))

        with open_live(str(clip)) as source:
            assert_in_time(play(source, tmp_path, act, sound=sound), AT)


@pytest.mark.sound
def test_a_microphone_that_is_lost_leaves_the_recording_whole_with_one_line(
    server_of_sound: SoundServer, clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The driver may wait for it for ever."""

    def act(_: Controls, index: int) -> None:
        if index >= 10:
            server_of_sound.close()

    with server_of_sound.speaking(), open_live(str(clip)) as source:
        sound = SoundSource(f"pulse:{server_of_sound.microphone}", patience=0.5)
        path = play(source, tmp_path, act, sound=sound)
    assert has_sound(path)
    assert sum("recordings go on without it" in record.message for record in caplog.records) == 1
