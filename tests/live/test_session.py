"""A session opens and closes everything that a live analysis needs, and completes its recordings however it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import Timeline
from fervid.core.readings import FrameReading
from fervid.errors import OutputError
from fervid.live.controls import SavedFile
from fervid.live.group import LiveGroup
from fervid.live.meter import MeterReading
from fervid.live.session import Recordings
from fervid.settings import Settings
from fervid.sources.paced import Paced
from fervid.testing import FakeSource

pytestmark = pytest.mark.realtime

FRAMES = 30
SETTINGS = Settings(detector="haar", backend="pytorch")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


class Opened:
    """A session of a second of grey frames.

    Attributes:
        source: Its source.
        saved: The files that it reported.
    """

    def __init__(self, recordings: Recordings | None = None, *, fails_at: int | None = None) -> None:
        self.source = FakeSource([at / 30 for at in range(FRAMES)], fails_at=fails_at)
        self.saved: list[SavedFile] = []
        (self.session,) = LiveGroup(
            SETTINGS, [lambda: Paced(self.source)], recordings or Recordings(), on_saved=self.saved.append
        ).sessions


def test_a_loop_sees_the_frames_and_leaves_whole_recordings(tmp_path: Path) -> None:
    opened = Opened(Recordings(tmp_path / "a.mp4", tmp_path / "a.csv"))
    opened.session.start()
    indices = []
    for frame, reading in opened.session:
        assert frame.index == reading.index
        indices.append(frame.index)
    assert indices == sorted(set(indices))
    assert len(indices) > FRAMES / 2
    assert opened.source.closed
    assert opened.saved == [SavedFile(tmp_path / "a.mp4"), SavedFile(tmp_path / "a.csv")]
    assert len(Timeline.load(tmp_path / "a.csv").frames) == FRAMES - opened.session.live.dropped


def test_leaving_the_loop_ends_the_session(tmp_path: Path) -> None:
    opened = Opened(Recordings(csv=tmp_path / "a.csv"))
    opened.session.start()
    for _ in opened.session:
        break
    assert opened.source.closed
    assert opened.saved == [SavedFile(tmp_path / "a.csv")]


def test_a_source_that_fails_reaches_the_loop_and_the_recording_is_whole(tmp_path: Path) -> None:
    opened = Opened(Recordings(csv=tmp_path / "a.csv"), fails_at=10)
    opened.session.start()
    with pytest.raises(RuntimeError, match="source was told to fail"):
        list(opened.session)
    assert opened.saved == [SavedFile(tmp_path / "a.csv")]
    assert Timeline.load(tmp_path / "a.csv").frames


def test_a_recording_that_is_refused_leaves_nothing_open(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("mine")
    opened = Opened(Recordings(tmp_path / "a.mp4", tmp_path / "a.csv"))
    with pytest.raises(OutputError, match=r"a\.csv' exists already"), opened.session:
        opened.session.start()
    assert opened.source.closed
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_source_that_cannot_be_opened_is_an_error_at_once() -> None:
    def refuse() -> Paced:
        raise OSError("no camera")

    with pytest.raises(OSError, match="no camera"):
        LiveGroup(SETTINGS, [refuse], Recordings())


def test_a_view_is_shown_until_somebody_stops_it() -> None:
    shown: list[int] = []

    class View:
        def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
            shown.append(reading.index)

        def idle(self, meter: MeterReading) -> None: ...

    opened = Opened()
    with opened.session:
        opened.session.start()
        opened.session.play(View(), until=lambda: len(shown) >= 3)
    assert len(shown) == 3
