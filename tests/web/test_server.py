"""The server begins where it can, and ends at once."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from web_lives import Looping, Served, grey, served
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from fervid.errors import OutputError
from fervid.web.address import Address
from fervid.web.server import Page

pytestmark = pytest.mark.realtime


class Empty:
    """A site that shows nothing."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    async def app(self, scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def start(self) -> None:
        self.calls.append("start")

    def close(self) -> None:
        self.calls.append("close")

    def __enter__(self) -> Empty:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def test_any_free_port_will_do() -> None:
    site = Empty()
    with Page(site, Address(port=0)) as page:
        assert page.address.port > 0
        assert httpx.get(page.url).status_code == 204
    assert site.calls == ["start", "close"]
    with Page(site, page.address) as again:  # the port is free at once
        assert again.address == page.address


def test_a_page_that_is_closed_at_once_leaves_its_port_free() -> None:
    for _ in range(20):  # the server may have begun, or not
        page = Page(Empty(), Address(port=0))
        page.close()
        socket.create_server(("127.0.0.1", page.address.port)).close()


def test_a_port_in_use_is_one_line_or_another_port() -> None:
    site = Empty()
    with Page(site, Address(port=0)) as first:
        with pytest.raises(OutputError, match=rf"{first.address} is in use; choose another port"):
            Page(Empty(), first.address)
        with Page(Empty(), first.address, another=True) as second:
            assert second.address.port != first.address.port
            assert httpx.get(second.url).status_code == 204


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (Address("192.0.2.1"), "'192.0.2.1' is not an address of this machine; give one, or 0.0.0.0"),
        (Address("nowhere.invalid"), "the host 'nowhere.invalid' is unknown"),
    ],
)
def test_an_address_that_cannot_be_is_one_line(address: Address, message: str) -> None:
    with pytest.raises(OutputError, match=message):
        Page(Empty(), address)


def test_ipv6() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Page(Empty(), Address("::1", 0)) as page:
        assert page.token is None
        assert page.url == f"http://[::1]:{page.address.port}/"
        assert httpx.get(page.url).status_code == 204


def test_for_others_the_address_is_one_that_they_can_reach() -> None:
    with Page(Empty(), Address("0.0.0.0", 0)) as page:
        assert "0.0.0.0" not in page.url
        assert httpx.get(page.url).status_code == 303  # it has exchanged the token


def test_a_name_of_this_machine_that_leads_to_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many systems have their own in /etc/hosts. The page lets in names that always mean loopback alone."""
    asked = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: asked("127.0.0.1", *rest, **more))
    with served(Looping(grey()), Path(), address=Address("own-name", 0)) as page:
        assert page.page.url == f"{page.http}/"
        assert httpx.get(page.page.url).status_code == 200


def stuck(page: Served) -> socket.socket:
    """A viewer who asks for pictures, and reads nothing."""
    viewer = socket.create_connection(("127.0.0.1", page.page.address.port))
    viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    viewer.sendall(
        b"GET /picture HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return viewer


def ask(viewer: socket.socket) -> None:
    """A masked text message, `next`."""
    viewer.sendall(b"\x81\x84\x00\x00\x00\x00next")


def test_it_closes_at_once_with_viewers_of_all_kinds(tmp_path: Path) -> None:
    """One who waits for a picture, one who listens, one who has long left off reading, one who keeps a connection."""
    with (
        served(Looping(grey()), tmp_path) as page,
        connect(f"{page.ws}/picture") as waiting,
        connect(f"{page.ws}/readings") as listening,
        httpx.Client() as keeping,
        stuck(page) as sleeping,
    ):
        keeping.get(f"{page.http}/setup")
        waiting.send("next")
        waiting.recv(timeout=20)  # a pause before the first picture would leave none to wait for
        page.live.paused = True
        ask_until_none_comes(waiting)
        for _ in range(3):
            ask(sleeping)
            time.sleep(0.05)
        closing = threading.Thread(target=page.page.close)
        closing.start()
        closing.join(20)
        assert not closing.is_alive()
        assert was_sent_away(waiting)
        assert was_sent_away(listening)
        page.page.close()  # a second time does no harm


def ask_until_none_comes(viewer: ClientConnection) -> None:
    """Ask for pictures until the viewer waits for one that does not come."""
    with suppress(TimeoutError):
        while True:
            viewer.send("next")
            viewer.recv(timeout=0.5)


def was_sent_away(viewer: ClientConnection) -> bool:
    """Whether, after all that was sent before, the connection is closed."""
    try:
        for _ in range(1000):
            viewer.recv(timeout=1)
    except ConnectionClosed:
        return True
    return False
