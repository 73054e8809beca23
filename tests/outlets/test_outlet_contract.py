"""All live outputs keep the same contract, each with the real library and a program that receives from it."""

from __future__ import annotations

import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator

import numpy as np
import pytest
from outlet_cases import ORIGIN, OscServer, happy, osc_server, plug_in
from support.lsl_network import LslNetwork, received

from fervid.errors import MissingPackageError
from fervid.outlets.base import Destination, Outlet
from fervid.outlets.lsl import READINGS, LabStreams
from fervid.outlets.osc import OscReceiver
from fervid.outlets.sender import Sender
from fervid.outlets.virtual_camera import VirtualCamera


class Case(ABC):
    """An output and the program that receives from it.

    Attributes:
        destination: Opens the output.
        module: The module that the output needs.
    """

    destination: Destination
    module: str

    @abstractmethod
    def connect(self) -> None:
        """Connect the receiver, after the output was opened."""

    @abstractmethod
    def arrived(self, count: int) -> list[int]:
        """Return the indices of so many frames as the receiver got them."""


class Lsl(Case):
    destination = LabStreams(1)
    module = "pylsl"

    def __init__(self, network: LslNetwork) -> None:
        self._network = network

    def connect(self) -> None:
        self._inlet = self._network.inlet(READINGS)

    def arrived(self, count: int) -> list[int]:
        samples = received(self._inlet, count)
        return [round((when - samples[0][1]) * 30) for _, when in samples]


class Osc(Case):
    module = "pythonosc"

    def __init__(self, server: OscServer) -> None:
        self._server = server
        self.destination = OscReceiver("127.0.0.1", server.port)

    def connect(self) -> None:
        """Do nothing: it listens."""

    def arrived(self, count: int) -> list[int]:
        return [index for (index,) in self._server.wait_for("/fervid/frame", count)]


class Camera(Case):
    destination = VirtualCamera()
    module = "pyvirtualcam"

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._camera = plug_in(monkeypatch)

    def connect(self) -> None:
        """Do nothing: it is a device."""

    def arrived(self, count: int) -> list[int]:
        deadline = time.monotonic() + 10
        while len(self._camera.shown) < count and time.monotonic() < deadline:
            time.sleep(0.005)
        return [int(picture[-1, -1, 0]) for picture in self._camera.shown]


@pytest.fixture(params=[pytest.param("lsl", marks=pytest.mark.lsl), "osc", "virtual camera"])
def case(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Case]:
    if request.param == "lsl":
        yield Lsl(request.getfixturevalue("lsl_network"))
    elif request.param == "osc":
        with osc_server() as server:
            yield Osc(server)
    else:
        yield Camera(monkeypatch)


def test_every_frame_arrives_in_order(case: Case) -> None:
    outlet = case.destination.open(ORIGIN)
    case.connect()
    for index in range(10):
        outlet.send(*happy(index, index / 30))
    assert case.arrived(10) == list(range(10))
    outlet.close()


def test_it_can_be_closed_more_than_once_and_without_a_frame(case: Case) -> None:
    outlet = case.destination.open(ORIGIN)
    outlet.close()
    outlet.close()


def test_the_picture_of_the_frame_stays_as_it_is(case: Case) -> None:
    outlet = case.destination.open(ORIGIN)
    frame, reading, arrived = happy(7, 0.2)
    outlet.send(frame, reading, arrived)
    outlet.close()
    assert np.array_equal(frame.image, np.full((360, 640, 3), 7))


def test_a_thread_sends_what_is_put_and_ends(case: Case) -> None:
    with Sender(case.destination, ORIGIN) as sender:
        case.connect()
        for index in range(5):
            sender.put(*happy(index, index / 30))
            while sender.pending:
                time.sleep(0.001)
        assert case.arrived(5) == list(range(5))
    assert sender.dropped == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "fervid-send"]


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, case.module, None)
    with pytest.raises(MissingPackageError, match=rf"^{case.module} cannot be imported .*; run: pip install '"):
        case.destination.open(ORIGIN)


class Stuck(Outlet):
    """An output whose receiver takes nothing until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.sent: list[int] = []
        self.closed = False

    def send(self, frame, reading, arrived) -> None:  # type: ignore[no-untyped-def]
        assert self.released.wait(20)
        if frame.index == 3:
            raise OSError("the network is unreachable")
        self.sent.append(frame.index)

    def close(self) -> None:
        self.closed = True


class Opening:
    """A destination that opens one output, which was made before."""

    name = "the test"

    def __init__(self, outlet: Stuck, capacity: int) -> None:
        self.outlet = outlet
        self.capacity = capacity

    def open(self, origin: object) -> Outlet:
        return self.outlet


def test_a_receiver_that_takes_nothing_delays_nobody_and_costs_the_oldest_frames() -> None:
    stuck = Stuck()
    sender = Sender(Opening(stuck, 2), ORIGIN)  # type: ignore[arg-type]
    sender.put(*happy(0, 0.0))
    while sender.pending:
        time.sleep(0.001)
    begin = time.thread_time()
    for index in range(1, 1000):
        sender.put(*happy(index, index / 30))
    assert time.thread_time() - begin < 5
    assert sender.dropped == 997
    stuck.released.set()
    sender.close()
    assert (stuck.sent, stuck.closed) == ([0, 998, 999], True)


def test_a_failure_is_told_once_and_counted_and_the_next_frame_is_tried(caplog: pytest.LogCaptureFixture) -> None:
    stuck = Stuck()
    stuck.released.set()
    with Sender(Opening(stuck, 100), ORIGIN) as sender:  # type: ignore[arg-type]
        for index in (1, 3, 3, 4, 3):
            sender.put(*happy(index, index / 30))
    assert (stuck.sent, sender.dropped) == ([1, 4], 3)
    assert [record.message.partition(":")[0] for record in caplog.records] == ["the test does not get the frames"] * 2
