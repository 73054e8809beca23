"""Connections have places and time limits, so that nobody without the token can keep out viewers."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send
from test_server import Empty, ask, stuck
from web_lives import ANY, Looping, Served, grey, served
from websockets.sync.client import connect

from fervid.core.closing import Closing
from fervid.errors import OutputError
from fervid.web import connections
from fervid.web.address import Address
from fervid.web.places import Places
from fervid.web.server import Page

pytestmark = pytest.mark.realtime

EVERYWHERE = Address("0.0.0.0", 0)
LARGE = b"0" * 20_000_000
HALF_A_REQUEST = b"GET /setup HTTP/1.1\r\nHost: "
WHOLE_REQUEST = HALF_A_REQUEST + b"127.0.0.1\r\n\r\n"

unix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no limit of descriptors")


class Reader(Closing):
    """A site that tells the size of what is sent to /size, and sends a lot from anywhere else without reading."""

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        response: Response = PlainTextResponse(LARGE)
        if scope["path"] == "/size":
            try:
                response = PlainTextResponse(str(len(await Request(scope, receive).body())))
            except ClientDisconnect:
                return
        await response(scope, receive, send)

    def start(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def reader() -> Iterator[Page]:
    with Page(Reader(), Address(port=0)) as page:
        yield page


@pytest.fixture
def everywhere(tmp_path: Path) -> Iterator[Served]:
    """A page for all who have its token."""
    with served(Looping(grey()), tmp_path, address=EVERYWHERE) as page:
        yield page


def call(page: Page, sent: bytes = b"", *, source: str = "127.0.0.1") -> socket.socket:
    """A connection that has sent something."""
    opened = socket.create_connection(("127.0.0.1", page.address.port), timeout=5, source_address=(source, 0))
    opened.sendall(sent)
    return opened


def post(path: str, length: int, *, host: str = "127.0.0.1") -> bytes:
    """The head of a request with a body."""
    return f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n".encode()


def received(opened: socket.socket) -> bytes:
    """Everything that arrives until the other side closes the connection."""
    parts = []
    try:
        while part := opened.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        pass
    return b"".join(parts)


def opened_by(page: Page) -> int:
    """The number of connections that the server holds."""
    return len(page._server.server_state.connections)


def wait_until(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


class TestDescriptors:
    def test_the_number_of_places_follows_from_the_free_descriptors(self) -> None:
        for descriptors, most in ((None, 256), (1000, 256), (230, 76), (45, 15), (5, 8)):
            assert Places((), descriptors).most == most

    @unix_only
    def test_idle_connections_under_a_low_limit_cost_neither_the_page_nor_a_frame(self, tmp_path: Path) -> None:
        code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
sys.path[:0] = {[path for path in sys.path if path]!r}
from pathlib import Path
from web_lives import ANY, Looping, grey, served
with served(Looping(grey(), 20), Path({str(tmp_path)!r})) as page:
    print(page.page.url, flush=True)
    sys.stdin.readline()
    print(page.live.results.newest.reading.index, page.live.dropped)
"""
        piped = subprocess.PIPE
        with (
            subprocess.Popen([sys.executable, "-c", code], stdin=piped, stdout=piped, stderr=piped, text=True) as child,
            ExitStack() as held,
        ):
            assert child.stdout is not None
            url = httpx.URL(child.stdout.readline().strip())
            for _ in range(300):
                held.enter_context(socket.create_connection((url.host, url.port or 0), timeout=5))
            time.sleep(1)
            assert httpx.get(url).status_code == 200
            said, complaints = child.communicate("\n", timeout=20)
        read, dropped = map(int, said.split())
        assert complaints == ""
        assert read > 15
        assert dropped <= 5  # a few may be at the start, on a busy machine

    @unix_only
    def test_where_no_descriptor_is_left_the_page_waits_for_one(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        accept = asyncio.SelectorEventLoop.sock_accept
        tries: list[socket.socket] = []

        async def counted(loop: asyncio.SelectorEventLoop, listener: socket.socket) -> object:
            tries.append(listener)
            return await accept(loop, listener)

        monkeypatch.setattr(asyncio.SelectorEventLoop, "sock_accept", counted)
        with all_descriptors_restored(), served(Looping(grey(), 20), tmp_path) as page, ExitStack() as held:
            viewer = held.enter_context(socket.socket())
            viewer.settimeout(5)
            assert wait_until(lambda: page.live.results.newest is not None)
            null = os.open(os.devnull, os.O_RDONLY)
            held.callback(os.close, null)
            taken = list(copies(null))
            before = page.live.results.newest, page.live.dropped
            viewer.connect(("127.0.0.1", page.page.address.port))
            viewer.sendall(WHOLE_REQUEST)
            time.sleep(0.8)
            assert page.live.dropped <= before[1] + 3
            assert page.live.results.newest is not before[0]
            for descriptor in taken:
                os.close(descriptor)
            assert viewer.recv(15) == b"HTTP/1.1 200 OK"
        assert len(tries) < 20, "it does not pause between its attempts"
        (warning,) = [record.getMessage() for record in caplog.records]
        assert warning == "the page takes no new viewers for now (Too many open files)"

    @unix_only
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # asyncio leaves half a loop behind
    def test_a_page_that_lacks_descriptors_at_its_start_is_one_line(self) -> None:
        with Page(Empty(), ANY):  # which imports what else needs descriptors
            pass
        site = Empty()
        with all_descriptors_restored(), ExitStack() as held:
            null = os.open(os.devnull, os.O_RDONLY)
            held.callback(os.close, null)
            port, *others = copies(null)
            os.close(port)
            for descriptor in others:
                held.callback(os.close, descriptor)
            with pytest.raises(OutputError, match=r"the page cannot be served at .* \(Too many open files\)"):
                Page(site, ANY)
            gc.collect()
        assert site.calls == ["start", "close"]


def copies(descriptor: int) -> Iterator[int]:
    """Copies of a descriptor, until the process may have no more."""
    try:
        while True:
            yield os.dup(descriptor)
    except OSError:
        return


@contextmanager
def all_descriptors_restored() -> Iterator[None]:
    """A low limit during the block, which the page raises."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


class TestStrangers:
    @pytest.mark.parametrize(
        "request_sent",
        [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            post("/pause", 3, host="a") + b"abc",
            post("/pause", 1_000_000, host="a") + b"a",
            b"GET /readings HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            b"NONSENSE\r\n\r\n",
        ],
        ids=["request", "body", "half a body", "WebSocket", "nonsense"],
    )
    def test_a_refusal_ends_the_connection(
        self, everywhere: Served, request_sent: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "LINGER_S", 0.2)
        begin = time.monotonic()
        with call(everywhere.page, request_sent) as stranger:
            assert received(stranger).split(b" ", 2)[1] in (b"401", b"403", b"400")
            assert wait_until(lambda: opened_by(everywhere.page) == 0)
        assert time.monotonic() - begin < 2

    def test_those_who_hold_places_keep_out_nobody_with_the_token(self, everywhere: Served) -> None:
        with ExitStack() as held:
            for number in range(320):
                half = HALF_A_REQUEST if number % 2 else post("/pause", 10**9)
                held.enter_context(call(everywhere.page, half))
            assert httpx.get(everywhere.page.url).status_code == 303
            bearer = {"Authorization": f"Bearer {everywhere.page.token}"}
            with connect(f"{everywhere.ws}/readings", additional_headers=bearer) as viewer:
                for _ in range(100):
                    held.enter_context(call(everywhere.page, HALF_A_REQUEST))
                assert viewer.recv(timeout=5)

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have 127.0.0.1 alone")
    def test_a_slow_newcomer_does_not_give_way_to_a_crowd_from_another_address(self, everywhere: Served) -> None:
        whole = f"GET /setup?token={everywhere.page.token} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        with call(everywhere.page, whole[:20], source="127.0.0.2") as slow, ExitStack() as held:
            for _ in range(300):
                held.enter_context(call(everywhere.page, HALF_A_REQUEST))
            slow.sendall(whole[20:])
            assert slow.recv(15) == b"HTTP/1.1 200 OK"

    def test_when_all_places_are_taken_by_viewers_the_newcomer_is_turned_away(
        self, everywhere: Served, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        httpx.get(everywhere.page.url)  # the server runs in a thread of its own, and has places once it answers
        monkeypatch.setattr(everywhere.page._server._places, "most", 2)
        bearer = {"Authorization": f"Bearer {everywhere.page.token}"}
        with (
            connect(f"{everywhere.ws}/readings", additional_headers=bearer) as one,
            connect(f"{everywhere.ws}/readings", additional_headers=bearer) as other,
        ):
            with call(everywhere.page) as third:
                assert received(third) == b""
            assert one.recv(timeout=5)
            assert other.recv(timeout=5)


class TestTimeLimits:
    @pytest.mark.parametrize(
        "before", [b"", b"GET /setup HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"], ids=["first", "second"]
    )
    def test_a_request_that_does_not_arrive_ends_the_connection(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes
    ) -> None:
        monkeypatch.setattr(connections, "REQUEST_S", 0.3)
        with served(Looping(grey()), tmp_path) as page, call(page.page, before) as half:
            if before:
                assert half.recv(65536).startswith(b"HTTP/1.1 200")
                time.sleep(0.5)  # an idle connection has more time
            begin = time.monotonic()
            half.sendall(HALF_A_REQUEST)
            received(half)
            assert time.monotonic() - begin < 2

    def test_a_connection_without_a_request_ends(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "REQUEST_S", 0.3)
        with served(Looping(grey()), tmp_path) as page, call(page.page, b"") as silent:
            assert received(silent) == b""

    def test_one_that_arrives_in_pieces_is_answered(self, reader: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "REQUEST_S", 2.0)
        with call(reader) as slow:
            for letter in post("/size", 4) + b"body":
                slow.sendall(bytes([letter]))
                time.sleep(0.005)
            assert slow.recv(15) == b"HTTP/1.1 200 OK"

    @pytest.mark.parametrize(("piece", "answered"), [(200, True), (1, False)], ids=["slow", "next to nothing"])
    def test_a_body_may_be_slow_but_not_without_end(
        self, reader: Page, monkeypatch: pytest.MonkeyPatch, piece: int, answered: bool
    ) -> None:
        monkeypatch.setattr(connections, "BODY_S", 0.3)
        monkeypatch.setattr(connections, "BODY_RATE", 1000)
        with call(reader, post("/size", 20 * piece)) as sender:
            try:
                for _ in range(20):
                    sender.sendall(b"x" * piece)
                    time.sleep(0.05)
            except OSError:
                assert not answered
            assert received_start(sender) == (b"HTTP/1.1 200 OK" if answered else b"")

    def test_a_body_has_to_end_however_fast_it_comes(self, reader: Page, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "BODY_S", 0.1)
        monkeypatch.setattr(connections, "LONGEST_BODY_S", 0.4)
        begin = time.monotonic()
        with call(reader, post("/size", 10**9)) as sender, suppress(OSError):
            while time.monotonic() - begin < 5:
                sender.sendall(b"x" * 1000)
                time.sleep(0.001)
        assert time.monotonic() - begin < 2

    def test_a_response_that_needs_no_body_arrives_and_the_body_is_cut_off(
        self, reader: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "LINGER_S", 0.3)
        with call(reader, post("/else", 10**9)) as sender:
            sender.sendall(b"x" * 200_000)
            assert len(received(sender)) > len(LARGE)
            assert wait_until(lambda: opened_by(reader) == 0, 2)

    def test_who_takes_nothing_of_a_response_is_disconnected(
        self, reader: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "STALL_S", 0.2)
        with call(reader, WHOLE_REQUEST) as sleeping:
            assert wait_until(lambda: opened_by(reader) == 1)
            assert wait_until(lambda: opened_by(reader) == 0, 3)
            sleeping.close()
        with call(reader, WHOLE_REQUEST) as slow:
            got = 0
            while got < len(LARGE) and (part := slow.recv(400_000)):
                got += len(part)
                time.sleep(0.01)
            assert got >= len(LARGE)

    def test_so_is_a_viewer_of_pictures(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(connections, "STALL_S", 0.2)
        noise = [np.random.default_rng(seed).integers(0, 255, (720, 1280, 3), np.uint8) for seed in range(2)]
        with served(Looping(noise, 30), tmp_path) as page, stuck(page) as viewer:
            deadline = time.monotonic() + 10
            try:
                while time.monotonic() < deadline:
                    ask(viewer)
                    time.sleep(0.002)
            except OSError:
                pass
            assert time.monotonic() < deadline


def received_start(opened: socket.socket) -> bytes:
    """The beginning of a response; nothing where the connection was closed."""
    try:
        return opened.recv(15)
    except OSError:
        return b""


def test_a_malformed_websocket_leaves_no_traceback(
    everywhere: Served, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    malformed = (
        b"GET /readings HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: 5\r\n"
        b"Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n12345"
    )
    with caplog.at_level("INFO"), call(everywhere.page, malformed) as stranger:
        received(stranger)
        assert wait_until(lambda: opened_by(everywhere.page) == 0)
    assert capfd.readouterr().err == ""
    assert [record for record in caplog.records if record.name != "httpx"] == []
