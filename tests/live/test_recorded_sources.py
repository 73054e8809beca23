"""The sound of streams and files in their recordings, in time with the picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from sound_recordings import AT, SECONDS, assert_in_time, play
from support.beeps import has_sound, heard_beeps, samples_of, write_beeps
from support.rtsp_server import RtspServer

from fervid.live.controls import Controls
from fervid.sources import LiveSource, open_live
from fervid.sources.reconnecting import Reconnecting
from samples.serve import TransportServer

pytestmark = [pytest.mark.realtime, pytest.mark.limit(30)]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_beeps(tmp_path / "clip.mp4", AT, SECONDS)


def test_a_stream_keeps_its_sound_in_time_with_the_picture(clip: Path, tmp_path: Path) -> None:
    with TransportServer(clip) as server, open_live(server.address, sound=True) as source:
        assert_in_time(play(source, tmp_path), AT)


def test_a_network_camera_keeps_its_sound_in_time_with_the_picture(tmp_path: Path) -> None:
    """Over RTSP, with two streams whose times only the reports of the sender bring together."""
    with RtspServer(AT, SECONDS) as server, open_live(server.address, sound=True) as source:
        assert_in_time(play(source, tmp_path), AT)


def test_a_file_keeps_its_sound_in_time_with_the_picture(clip: Path, tmp_path: Path) -> None:
    with open_live(str(clip), sound=True) as source:
        assert_in_time(play(source, tmp_path), AT)


def test_a_file_whose_sound_cannot_be_decoded_is_recorded_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = write_beeps(tmp_path / "clip.mkv", AT, 0.5)
    content = clip.read_bytes()
    assert content.count(b"A_AAC") == 1
    clip.write_bytes(content.replace(b"A_AAC", b"A_XYZ"))
    with open_live(str(clip), sound=True) as source:
        assert not has_sound(play(source, tmp_path))
    assert caplog.messages == [f"'{clip}' has no sound that FFmpeg can decode; it is recorded without sound"]


def test_only_what_is_asked_for_is_heard(clip: Path, tmp_path: Path) -> None:
    with open_live(str(clip)) as source:
        assert not has_sound(play(source, tmp_path))


def test_a_recording_that_begins_in_the_middle_has_the_sound_from_there(clip: Path, tmp_path: Path) -> None:
    def act(controls: Controls, index: int) -> None:
        if index >= 36 and controls.recording and not list(tmp_path.glob("live-*.mp4")):
            controls.toggle_recording()
            controls.toggle_recording()

    with open_live(str(clip), sound=True) as source:
        play(source, tmp_path, act)
    (second,) = tmp_path.glob("live-*.mp4")
    assert_in_time(second, AT[1:])


def test_a_pause_is_silent(clip: Path, tmp_path: Path) -> None:
    paused: list[bool] = []

    def act(controls: Controls, index: int) -> None:
        if index >= 8 and not paused:
            paused.append(True)
            controls.toggle_pause()

    with open_live(str(clip), sound=True) as source:
        path = play(source, tmp_path, act)
    assert heard_beeps(path) == []
    assert np.abs(samples_of(path)).max() < 0.01


def test_it_is_still_in_time_when_a_source_returns_with_sound_of_another_format(tmp_path: Path) -> None:
    clips = iter(
        [
            write_beeps(tmp_path / "a.ts", AT, SECONDS),
            write_beeps(tmp_path / "b.ts", AT, SECONDS, rate=44_100, layout="stereo"),
        ]
    )
    path = play(Connected(lambda: open_live(str(next(clips)), sound=True)), tmp_path)
    assert_in_time(path, [*AT, *AT])


class Connected(Reconnecting):
    """Two connections, of which the second is the last."""

    def __init__(self, connect: Callable[[], LiveSource]) -> None:
        super().__init__(connect, waits=[0.1])

    def __iter__(self) -> Iterator[object]:  # type: ignore[override]
        for frame in super().__iter__():
            yield frame
            if self.reconnections and frame.index >= 2 * round(SECONDS * 25) - 2:
                self.stop()
