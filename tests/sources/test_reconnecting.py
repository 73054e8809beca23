"""Live sources that are opened again: growing waits, a message for each, and times with true gaps."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import pytest
from support.clips import grey

from fervid.core.readings import Frame
from fervid.errors import SourceError
from fervid.sources.base import AbsentError
from fervid.sources.reconnecting import WAITS, Reconnecting
from fervid.sources.stream import Stream
from samples.serve import MjpegServer, paced


class Clock:
    """A clock that moves on when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


class Scripted:
    """A source that yields ten frames a second by `clock`, and then ends or fails."""

    name = "tcp://camera"

    def __init__(self, clock: Clock, frames: int, fails: str | None = None, base: Fraction = Fraction(1, 1000)) -> None:
        self._clock = clock
        self._frames = frames
        self._fails = fails
        self._base = base
        self.undecodable = 1
        self.closed = False
        self.arrived = 0.0

    def __iter__(self) -> Iterator[Frame]:
        for index in range(self._frames):
            self._clock.now += 0.1
            self.arrived = self._clock.now
            yield Frame(grey(9), index, round(index / 10 / self._base) + 77, self._base)
        if self._fails:
            raise SourceError(self._fails, "wait")

    def stop(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def reconnecting(clock: Clock, connections: list[Scripted | SourceError]) -> Reconnecting:
    """Return a source with these connections, which stops after the last one."""
    waiting = iter(connections)
    source: Reconnecting | None = None

    def connect() -> Scripted:
        following = next(waiting, None)
        if following is None:
            assert source is not None
            source.stop()
            return Scripted(clock, 0)
        if isinstance(following, SourceError):
            raise following
        return following

    source = Reconnecting(connect, wait=clock.wait)
    return source


def test_times_continue_with_the_gap_at_its_true_length() -> None:
    clock = Clock()
    source = reconnecting(clock, [Scripted(clock, 3), Scripted(clock, 3, base=Fraction(1, 90000))])
    frames = list(source)
    assert [frame.index for frame in frames] == list(range(6))
    assert {frame.time_base for frame in frames} == {Fraction(1, 1000)}
    # 0.1 s to the first frame of the second connection, and the wait of 1 s before it.
    assert [frame.pts - 77 for frame in frames] == [0, 100, 200, 1300, 1400, 1500]
    assert source.reconnections >= 1


def test_waits_grow_until_a_frame_arrives_and_each_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    gone = [SourceError("tcp://camera refuses the connection", "check it") for _ in range(7)]
    sources = [Scripted(clock, 1, "tcp://camera has stalled"), *gone, Scripted(clock, 1)]
    assert len(list(reconnecting(clock, sources))) == 2
    assert clock.waits == [*WAITS, 30.0, 30.0, 1.0]
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 9
    assert caplog.messages[0] == "tcp://camera has stalled; reconnecting in 1 s"
    assert caplog.messages[1] == "tcp://camera refuses the connection; reconnecting in 2 s"
    assert caplog.messages[8] == "tcp://camera has ended; reconnecting in 1 s"


def test_every_connection_is_closed_and_its_undecodable_packets_are_counted() -> None:
    clock = Clock()
    connections = [Scripted(clock, 2), Scripted(clock, 0), Scripted(clock, 2)]
    source = reconnecting(clock, list(connections))
    list(source)
    source.close()
    assert all(connection.closed for connection in connections)
    assert source.undecodable == 4  # three and the one after the last


def test_a_source_that_is_not_there_yet_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    absent = [AbsentError("tcp://camera refuses the connection", "check the port") for _ in range(3)]
    source = reconnecting(clock, [*absent, Scripted(clock, 2), Scripted(clock, 1)])
    assert clock.waits == [1.0, 2.0, 4.0]
    assert caplog.messages == [
        "tcp://camera refuses the connection; check the port; trying again in 1 s",
        "tcp://camera refuses the connection; trying again in 2 s",
        "tcp://camera refuses the connection; trying again in 4 s",
    ]
    assert source.reconnections == 0
    assert len(list(source)) == 3
    assert clock.waits[3] == 1.0


def test_what_waiting_does_not_change_fails_at_once() -> None:
    clock = Clock()
    with pytest.raises(SourceError, match="requires a password"):
        reconnecting(clock, [SourceError("it requires a password", "put it into the address")])
    assert clock.waits == []


def test_stop_ends_a_wait_for_the_next_attempt() -> None:
    clock = Clock()
    connections = iter([Scripted(clock, 1)])
    source = Reconnecting(lambda: next(connections), waits=[60])
    threading.Timer(0.1, source.stop).start()
    assert len(list(source)) == 1


def held() -> tuple[int, int]:
    """Return the numbers of open files and of threads of this process."""
    return len(list(Path("/proc/self/fd").iterdir())), len(list(Path("/proc/self/task").iterdir()))


def test_a_source_with_a_name_is_waited_for_within_the_loop(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    absent = AbsentError("tcp://camera refuses the connection", "check the port")
    answers: list[Scripted | SourceError] = [absent, absent, Scripted(clock, 3)]

    def connect() -> Scripted:
        answer = answers.pop(0)
        if isinstance(answer, SourceError):
            raise answer
        return answer

    source = Reconnecting(connect, wait=clock.wait, absent="tcp://camera")
    assert (source.name, source.undecodable, clock.waits) == ("tcp://camera", 0, [])
    frames = iter(source)
    assert [next(frames).index for _ in range(3)] == [0, 1, 2]
    assert clock.waits == [1.0, 2.0]
    assert source.reconnections == 0
    assert caplog.messages == [
        "tcp://camera refuses the connection; check the port; trying again in 1 s",
        "tcp://camera refuses the connection; trying again in 2 s",
    ]
    source.close()


def test_what_waiting_does_not_change_ends_the_wait_within_the_loop() -> None:
    clock = Clock()
    answers = [AbsentError("it refuses", "wait"), SourceError("it requires a password", "give one")]

    def connect() -> Scripted:
        raise answers.pop(0)

    with pytest.raises(SourceError, match="requires a password"):
        next(iter(Reconnecting(connect, wait=clock.wait, absent="tcp://camera")))


@pytest.mark.skipif(sys.platform != "linux", reason="counts what Linux lists in /proc")
def test_a_hundred_real_reconnections_leave_no_thread_and_no_file_open() -> None:
    picture = cv2.imencode(".jpg", grey(9))[1].tobytes()
    seen: dict[int, tuple[int, int]] = {}
    with (
        MjpegServer(lambda: paced([picture] * 12, 2000)) as server,
        Reconnecting(lambda: Stream(server.address), waits=[0.0]) as source,
    ):
        for _ in source:
            seen.setdefault(source.reconnections, held())
            if source.reconnections == 100:
                source.stop()
    # The server's threads are in this process too; the last ones may not have ended yet.
    assert [now - before for now, before in zip(seen[100], seen[10], strict=True)] == pytest.approx([0, 0], abs=3)
