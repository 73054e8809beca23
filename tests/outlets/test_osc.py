"""OSC messages as python-osc's server receives them."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from outlet_cases import ORIGIN, OscServer, frame, happy, osc_server, reading
from pythonosc.osc_bundle import OscBundle
from support.drawn_timelines import CLASSES, face

from fervid.core.markers import Marker
from fervid.errors import OutputError, UsageError
from fervid.outlets import destinations
from fervid.outlets.osc import LARGEST, OscReceiver


@pytest.fixture
def server() -> Iterator[OscServer]:
    with osc_server() as running:
        yield running


def opened(server: OscServer, rate: float | None = None):  # type: ignore[no-untyped-def]
    return OscReceiver("127.0.0.1", server.port, rate).open(ORIGIN)


def test_the_messages_of_a_frame_have_its_values(server: OscServer) -> None:
    outlet = opened(server)
    read = face(12, 0.5, "happy", face_id=4, probability=0.83)
    outlet.send(frame(12, 0.5), reading(12, 0.5, read), 100.5)
    server.wait_for("/fervid/face/1/neutral", 1)
    found = dict(server.messages)
    assert found["/fervid/time"] == pytest.approx((0.5,))
    assert found["/fervid/frame"] == (12,)
    assert found["/fervid/faces"] == (1,)
    assert found["/fervid/face/1/present"] == (1,)
    assert found["/fervid/face/1/id"] == (4,)
    assert found["/fervid/face/1/emotion"] == ("happy",)
    assert found["/fervid/face/1/confidence"] == pytest.approx((0.83,))
    assert found["/fervid/face/1/quality"] == pytest.approx((0.95,))
    assert found["/fervid/face/1/box"] == pytest.approx((240 / 640, 90 / 360, 170 / 640, 170 / 360))
    assert {name: found[f"/fervid/face/1/{name}"][0] for name in CLASSES} == pytest.approx(read.strengths)
    assert len(found) == 3 + 6 + len(CLASSES)
    outlet.close()


def test_a_face_that_has_left_is_told_once_and_its_slot_goes_to_the_next(server: OscServer) -> None:
    outlet = opened(server)
    outlet.send(frame(0, 0.0), reading(0, 0.0, face(0, 0.0)), 100.0)
    for index, when in enumerate((0.5, 1.5, 2.0), start=1):
        outlet.send(frame(index, when), reading(index, when), 100 + when)
    assert [count for (count,) in server.wait_for("/fervid/faces", 4)] == [1, 0, 0, 0]
    assert server.values("/fervid/face/1/present") == [(1,), (0,)]
    outlet.send(frame(9, 9.0), reading(9, 9.0, face(9, 9.0, face_id=2)), 109.0)
    server.wait_for("/fervid/frame", 5)
    assert server.wait_for("/fervid/face/1/id", 2) == [(1,), (2,)]
    outlet.close()


def test_at_the_end_all_faces_have_left(server: OscServer) -> None:
    outlet = opened(server)
    outlet.send(frame(0, 0.0), reading(0, 0.0, face(0, 0.0), face(0, 0.0, face_id=2)), 100.0)
    outlet.close()
    assert server.wait_for("/fervid/face/2/present", 2) == [(1,), (0,)]
    assert server.values("/fervid/face/1/present") == [(1,), (0,)]
    assert server.values("/fervid/faces") == [(2,), (0,)]


def test_the_rate_is_limited_and_a_face_that_left_meanwhile_is_told(server: OscServer) -> None:
    outlet = opened(server, rate=1)
    outlet.send(frame(0, 0.0), reading(0, 0.0, face(0, 0.0)), 100.0)
    for index in range(1, 91):
        outlet.send(frame(index, index / 30), reading(index, index / 30), 100 + index / 30)
    assert [index for (index,) in server.wait_for("/fervid/frame", 4)] == [0, 30, 60, 90]
    assert server.values("/fervid/face/1/present") == [(1,), (0,)]
    outlet.close()


def test_a_marker_is_sent_at_once_whatever_the_rate(server: OscServer) -> None:
    outlet = opened(server, rate=0.1)
    outlet.send(*happy(0, 0.0))
    outlet.mark(Marker(1, 0.5, "stimulus 3"))
    assert server.wait_for("/fervid/marker", 1) == [("stimulus 3", 0.5)]
    outlet.close()


def test_a_frame_that_was_passed_over_is_not_sent(server: OscServer) -> None:
    outlet = opened(server)
    outlet.send(frame(0, 0.0), reading(0, 0.0, face(0, 0.0), analysed=False), 100.0)
    outlet.send(*happy(1, 0.1))
    assert server.wait_for("/fervid/frame", 1) == [(1,)]
    outlet.close()


def test_a_crowd_is_split_into_datagrams_with_one_time_tag() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10)
        outlet = OscReceiver("127.0.0.1", receiver.getsockname()[1]).open(ORIGIN)
        crowd = [face(0, 0.0, face_id=number) for number in range(1, 26)]
        outlet.send(frame(0, 0.0), reading(0, 0.0, *crowd), time.monotonic() - 2)
        datagrams = []
        addresses: list[str] = []
        while len(addresses) < 3 + 25 * (6 + len(CLASSES)):
            datagrams.append(receiver.recv(65536))
            addresses += [message.address for message in OscBundle(datagrams[-1])]
        outlet.close()
    assert len(datagrams) > 1
    assert max(map(len, datagrams)) <= LARGEST
    assert len(set(addresses)) == len(addresses)
    tags = {datagram[8:16] for datagram in datagrams}
    seconds, fraction = struct.unpack(">II", tags.pop())
    assert not tags
    assert seconds - 2208988800 + fraction / 2**32 == pytest.approx(time.time() - 2, abs=1)


def test_each_of_several_sources_has_addresses_of_its_own(server: OscServer) -> None:
    outlet = OscReceiver("127.0.0.1", server.port).open(replace(ORIGIN, label="2"))
    outlet.send(*happy(7, 0.0))
    assert server.wait_for("/fervid/2/frame", 1) == [(7,)]
    assert server.wait_for("/fervid/2/face/1/present", 1) == [(1,)]
    outlet.close()


@pytest.mark.parametrize("text", ["", "localhost", ":9000", "9000", "localhost:0", "localhost:65536", "a b:1", "a:b"])
def test_an_address_needs_a_host_and_a_port(text: str) -> None:
    with pytest.raises(UsageError, match=f"^osc takes HOST:PORT, not '{text}'; write 127.0.0.1:9000, for example$"):
        destinations(osc=text)


def test_an_address_of_the_sixth_version_has_brackets() -> None:
    assert OscReceiver.parse("[::1]:9000", 20.0) == OscReceiver("::1", 9000, 20.0)


def test_a_host_that_does_not_exist_is_told() -> None:
    with pytest.raises(OutputError, match=r"^the host 'nowhere\.invalid' of the OSC receiver was not found; check"):
        OscReceiver("nowhere.invalid", 9000).open(ORIGIN)
