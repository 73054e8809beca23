"""Live outputs as they are asked for on the command line and from Python."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from outlet_cases import OscServer, osc_server, plug_in
from support.lsl_network import LslNetwork, received, received_until

import fervid
from fervid import Timeline
from fervid.cli import run
from fervid.errors import FervidError, OutputError, UsageError
from fervid.live.group import LiveGroup
from fervid.live.session import Recordings
from fervid.outlets import destinations
from fervid.outlets.lsl import EVENTS, READINGS
from fervid.settings import Settings
from fervid.sources import open_live

FAST = Settings(detector="haar", backend="pytorch")


@pytest.fixture
def server() -> Iterator[OscServer]:
    with osc_server() as running:
        yield running


@pytest.mark.lsl
@pytest.mark.realtime
def test_a_lab_gets_the_readings_of_the_timeline_with_the_times_of_the_frames(
    drawn_clip: Path, lsl_network: LslNetwork, tmp_path: Path
) -> None:
    recordings = Recordings(csv=tmp_path / "a.csv")
    with LiveGroup(FAST, [lambda: open_live(str(drawn_clip))], recordings) as group:
        group.send_to(destinations(lsl=True, lsl_faces=3))
        readings, events = lsl_network.inlet(f"{READINGS}"), lsl_network.inlet(EVENTS)
        begin = lsl_network.now()
        (session,) = group.sessions
        session.start()
        for _ in session:
            pass
        end = lsl_network.now()
    frames = Timeline.load(tmp_path / "a.csv").frames
    samples = received(readings, len(frames))
    assert len(samples) == len(frames) - session.senders[0].dropped > 0
    offsets = [when - frame.time for (_, when), frame in zip(samples, frames, strict=True)]
    # A busy machine may delay the first frames, which makes their offsets larger; the timeline is exact to 0.5 ms.
    assert all(later < earlier + 0.0011 for earlier, later in itertools.pairwise(offsets))
    assert begin < samples[0][1] < samples[-1][1] < end
    width = len(session.classes) + 2
    for (values, _), frame in zip(samples, frames, strict=True):
        slots = np.reshape(values, (3, width))
        ids = {int(row[-1]): row for row in slots if not np.isnan(row[-1])}
        assert ids.keys() == {face.face_id for face in frame.faces}
        for face in frame.faces:
            assert ids[face.face_id][:-2] == pytest.approx(face.probabilities, abs=0.002)
    last = {face.face_id for face in frames[-1].faces}
    told = received_until(events, f"face/{max(last)}/left")
    assert told[-len(last) :] == [f"face/{face_id}/left" for face_id in sorted(last)]


@pytest.mark.realtime
def test_a_python_program_sends_to_osc_and_to_a_virtual_camera(
    drawn_clip: Path, server: OscServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    camera = plug_in(monkeypatch)
    with fervid.live(
        drawn_clip, osc=f"127.0.0.1:{server.port}", virtual_camera=True, csv=tmp_path / "a.csv", settings=FAST
    ) as session:
        for frame, _ in session:
            if not session.controls.markers.count:
                session.controls.mark("now", time=frame.time)
    assert server.wait_for("/fervid/marker", 1)[0][0] == "now"
    frames = Timeline.load(tmp_path / "a.csv").frames
    assert server.wait_for("/fervid/frame", len(frames)) == [(frame.index,) for frame in frames]
    assert server.wait_for("/fervid/faces", len(frames) + 1)[-1] == (0,)
    assert len(camera.shown) > 0
    assert camera.shown[0].shape == (180, 320, 3)
    assert [sender.name for sender in session.senders] == [
        f"the OSC receiver at 127.0.0.1:{server.port}",
        "the virtual camera",
    ]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--osc", "nonsense"], "--osc takes HOST:PORT, not 'nonsense'; write 127.0.0.1:9000, for example"),
        (["--osc-rate", "10"], "--osc-rate has no effect by itself; add --osc HOST:PORT"),
        (["--lsl-faces", "2"], "--lsl-faces has no effect by itself; add --lsl"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_opened(
    arguments: list[str], line: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(["live", str(tmp_path / "missing.mp4"), "--no-window", *arguments]) == 2
    assert capsys.readouterr().err.splitlines() == [f"fervid: {line}"]


def test_a_python_program_is_told_the_names_that_it_uses(drawn_clip: Path) -> None:
    with pytest.raises(UsageError, match=r"^lsl_faces has no effect by itself; add lsl=True$"):
        fervid.live(drawn_clip, lsl_faces=2)
    with pytest.raises(UsageError, match=r"^osc_rate takes a number from 0\.1 to 1000"):
        fervid.live(drawn_clip, osc="127.0.0.1:9000", osc_rate=0)


def test_an_output_that_cannot_be_opened_closes_the_session(drawn_clip: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(OutputError, match=r"the host 'nowhere\.invalid' of the OSC receiver was not found"):
        fervid.live(drawn_clip, osc="nowhere.invalid:9000", settings=FAST)
    assert time.monotonic() - begin < 60
    with pytest.raises(FervidError):
        fervid.live("missing.mp4", osc="127.0.0.1:9000", settings=FAST)
