"""One marker in several sessions: one time, one name, and a row beside the recordings of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

import fervid
from fervid import Marker, SourceError, UsageError
from fervid.core.markers import markers_path
from fervid.errors import OutputError
from fervid.formats.marker_files import read_markers
from fervid.live.group import LiveGroup
from fervid.live.session import LiveSession, Recordings
from fervid.settings import Settings
from fervid.sources.paced import Paced
from fervid.testing import FakeSource

pytestmark = pytest.mark.realtime


def group(recordings: Recordings, *seconds: float) -> LiveGroup:
    """A session for each duration, of 30 frames a second; the second one counts from 500 s by itself."""
    sources = [
        FakeSource([500.0 * place + at / 30 for at in range(round(30 * duration))])
        for place, duration in enumerate(seconds)
    ]
    return LiveGroup(
        Settings(detector="haar", backend="pytorch"), [lambda each=each: Paced(each) for each in sources], recordings
    )


def shows_one(session: LiveSession) -> LiveSession:
    """Wait for the first picture of a session."""
    next(filter(None, session.live.results.watch(1)))
    return session


def facts(marker: Marker | None) -> tuple[object, ...]:
    """What a marker has in common with those of other sessions."""
    assert marker is not None
    return marker.time, marker.name, marker.placed, marker.source


def test_a_marker_has_the_same_time_and_name_in_all_sessions(tmp_path: Path) -> None:
    with group(Recordings(csv=tmp_path / "a.csv"), 3, 3) as opened:
        opened.start()
        for session in map(shows_one, opened.sessions):
            assert session.controls.mark("alone").number == 1
        opened.sessions[1].controls.mark()
        before = opened.sessions[0].controls.mark("before").time
        first, second = fervid.mark(opened.sessions)
        named = fervid.mark(opened.sessions, " stimulus\n1 ", source="psychopy", time=first.time)
        after = opened.sessions[0].controls.mark("after").time
        assert [facts(each) for each in named] == [facts(named[0])] * 2
        assert facts(named[0])[:2] == (first.time, "stimulus 1")
        assert facts(first) == facts(second)
        assert first.name == "marker 3", "the second session has two before it"
        assert before - 0.05 <= first.time <= after + 0.05, "in spite of the clocks of the sources themselves"
        assert (first.number, second.number) == (3, 3)
        assert (first.files, second.files) == tuple((markers_path(tmp_path / f"a-{number}.csv"),) for number in (1, 2))
        with pytest.raises(UsageError, match="a marker cannot be placed at 1:"):
            fervid.mark(opened.sessions, time=3600)
    for number, here in ((1, first), (2, second)):
        found = {marker.number: marker for marker in read_markers(tmp_path / f"a-{number}.csv")}
        assert found[here.number] == here, "the file has what was returned"


def test_a_session_without_a_picture_or_an_end_has_none(tmp_path: Path) -> None:
    with group(Recordings(), 0.2, 4) as opened:
        with pytest.raises(SourceError, match="no picture has arrived yet"):
            fervid.mark(opened.sessions)
        opened.start()
        shows_one(opened.sessions[1])
        for _ in opened.sessions[0].live.results.watch(1):
            """Wait for the end."""
        absent, there = fervid.mark(opened.sessions, "late")
        assert absent is None
        assert there is not None
        assert [session.controls.markers.count for session in opened.sessions] == [0, 1]
    with pytest.raises(SourceError, match="all sources have ended"):
        fervid.mark(opened.sessions)


def test_a_file_that_cannot_be_written_costs_no_other_session_its_marker(tmp_path: Path) -> None:
    with group(Recordings(csv=tmp_path / "a.csv"), 3, 3) as opened:
        opened.start()
        for session in map(shows_one, opened.sessions):
            assert not session.live.results.ended
        markers_path(tmp_path / "a-1.csv").mkdir()
        with pytest.raises(OutputError, match=r"a-1\.csv\.markers\.csv"):
            fervid.mark(opened.sessions, "go")
        assert [session.controls.markers.count for session in opened.sessions] == [1, 1]
        assert [marker.name for marker in read_markers(tmp_path / "a-2.csv")] == ["go"]
        markers_path(tmp_path / "a-1.csv").rmdir()


def test_markers_without_a_name_never_share_a_number() -> None:
    with group(Recordings(), 4, 4) as opened:
        opened.start()
        for session in map(shows_one, opened.sessions):
            assert not session.live.results.ended
        threads = [threading.Thread(target=fervid.mark, args=(opened.sessions,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        names = [[marker.name for marker in session.controls.markers.placed] for session in opened.sessions]
    assert names[0] == names[1] == [f"marker {number}" for number in range(1, 21)]


def test_sessions_on_different_clocks_are_refused() -> None:
    with group(Recordings(), 1) as first, group(Recordings(), 1) as second:
        sessions = [*first.sessions, *second.sessions]
        with pytest.raises(UsageError, match="the sessions are on different clocks"):
            fervid.mark(sessions)
        first.start()
        (marker,) = fervid.mark(shows_one(first.sessions[0]), "go")
        assert facts(marker)[1] == "go"


def test_only_text_names_a_marker() -> None:
    with group(Recordings(), 1) as opened:
        for wrong in ({"name": 7}, {"source": None}):
            with pytest.raises(UsageError, match="name and source take text, not"):
                fervid.mark(opened.sessions, **wrong)
        with pytest.raises(UsageError, match="time takes a number, not 'soon'"):
            fervid.mark(opened.sessions, time="soon")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fervid.mark(3), "sessions takes what fervid.live returned, not 3"),
        (lambda: fervid.mark([]), r"sessions takes what fervid.live returned, not \[\]"),
        (lambda: fervid.mark(["clip.mp4"]), "sessions takes what fervid.live returned"),
    ],
)
def test_what_is_no_session_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
