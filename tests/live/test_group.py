"""Sessions of several sources begin together, count from one zero, and go on when another one ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from fervid import Timeline
from fervid.core.readings import FrameReading
from fervid.errors import OutputError, SourceError, UsageError
from fervid.formats.sidecar import read_sidecar
from fervid.live.group import LiveGroup, check_files
from fervid.live.meter import MeterReading
from fervid.live.session import LiveSession, Recordings
from fervid.settings import Settings
from fervid.sources.paced import Paced
from fervid.testing import FakeSource

pytestmark = pytest.mark.realtime

SETTINGS = Settings(detector="haar", backend="pytorch")


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield
    assert {thread.name for thread in threading.enumerate() if thread.name.startswith("fervid")} == set()


class Indices:
    """A view that keeps the index of each frame it was shown."""

    def __init__(self) -> None:
        self.indices: list[int] = []

    def show(self, image: NDArray[np.uint8], reading: FrameReading, meter: MeterReading) -> None:
        self.indices.append(reading.index)

    def idle(self, meter: MeterReading) -> None: ...


def source(seconds: float, first: float = 0.0, fails_at: int | None = None) -> FakeSource:
    """Thirty frames a second, the first at its own time."""
    times = [first + at / 30 for at in range(round(30 * seconds))]
    return FakeSource(times, fails_at=fails_at, error=SourceError("fake.mp4 broke off", "try again"))


def group(sources: list[FakeSource], recordings: Recordings) -> LiveGroup:
    return LiveGroup(SETTINGS, [lambda each=each: Paced(each) for each in sources], recordings)


def test_the_timelines_of_sources_with_times_of_their_own_count_from_one_moment(tmp_path: Path) -> None:
    """The second one counts from 500 s by itself, as a part of a longer recording does."""
    before = datetime.now(timezone.utc)
    with group([source(0.6), source(0.6, first=500.0)], Recordings(csv=tmp_path / "a.csv")) as opened:
        opened.start()
        views = [Indices(), Indices()]
        opened.play(views)
    assert [view.indices[-1] for view in views] == [17, 17]
    frames = [Timeline.load(tmp_path / f"a-{number}.csv").frames for number in (1, 2)]
    for mine, other in zip(*frames, strict=False):
        assert 0 < mine.time < 5
        assert abs((mine.time - mine.index / 30) - (other.time - other.index / 30)) < 0.3
    first, second = (read_sidecar(tmp_path / f"a-{number}.csv") for number in (1, 2))
    assert first is not None
    assert second is not None
    assert first["started"] == second["started"]
    began = datetime.fromisoformat(first["started"].replace("Z", "+00:00"))
    assert before < began < datetime.now(timezone.utc)
    assert (first["input"], first["result"], second["result"]) == ("fake.mp4", "a-1.csv", "a-2.csv")


def test_a_source_that_fails_is_closed_and_the_other_goes_on(tmp_path: Path) -> None:
    sources = [source(2, fails_at=6), source(1)]
    ended: list[tuple[LiveSession, Exception | None]] = []
    with group(sources, Recordings(csv=tmp_path / "a.csv")) as opened:
        opened.start()
        views = [Indices(), Indices()]

        def note_end(session: LiveSession, error: Exception | None) -> None:
            ended.append((session, error))
            assert sources[0].closed
            assert not sources[1].closed

        opened.play(views, on_end=note_end)
    ((session, error),) = ended
    assert session is opened.sessions[0]
    assert str(error) == "fake.mp4 broke off; try again"
    assert views[1].indices[-1] == 29
    assert Timeline.load(tmp_path / "a-1.csv").frames[-1].index == 5
    assert sources[1].closed


def test_the_error_of_the_last_source_is_raised() -> None:
    with group([source(0.2), source(1, fails_at=20)], Recordings()) as opened:
        opened.start()
        with pytest.raises(SourceError, match="broke off"):
            opened.play([Indices(), Indices()])


@pytest.mark.parametrize("name", ["a-2.csv", "a-2.csv.json"])
def test_where_a_recording_cannot_begin_no_source_has_begun_and_no_file_is_left(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    sources = [source(1), source(1)]
    message = rf"{name}' exists already; replace it with overwrite=True, or choose another name$"
    with group(sources, Recordings(csv=tmp_path / "a.csv")) as opened, pytest.raises(OutputError, match=message):
        opened.start()
    assert [each.yielded for each in sources] == [0, 0]
    assert all(each.closed for each in sources)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_files_that_are_in_the_way_are_found_before_anything_is_opened(tmp_path: Path) -> None:
    def check(sources: list[str], *, overwrite: bool = False) -> None:
        recordings = Recordings(tmp_path / "a.mp4", tmp_path / "a.csv", overwrite=overwrite)
        check_files(
            sources,
            recordings,
            source_option="SOURCE",
            sound_option="--sound",
            video_option="--record",
            csv_option="--csv",
        )

    check(["0", "1"])
    (tmp_path / "a-2.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"a-2\.csv' exists already"):
        check(["0", "1"])
    check(["0", "1"], overwrite=True)
    check(["0"])
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(OutputError, match=r"a\.csv' exists already"):
        check(["0"])
    (tmp_path / "a-1.csv").mkdir()
    with pytest.raises(OutputError, match=r"a-1\.csv' is a folder; name a file in it"):
        check(["0", "1"], overwrite=True)
    (tmp_path / "a-1.csv").rmdir()
    (tmp_path / "a-1.mp4").write_text("a clip")
    with pytest.raises(UsageError, match=r"SOURCE 2 and --record both name '.*a-1\.mp4'"):
        check(["0", str(tmp_path / "a-1.mp4")], overwrite=True)
    with pytest.raises(UsageError, match="'0' is named twice; name each source once"):
        check(["0", "1", "0"])
