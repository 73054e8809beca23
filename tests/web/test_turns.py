"""Long work takes turns; the rest is told to come back, and the end waits for none of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from fervid.core.closing import Closing
from fervid.errors import SourceError
from fervid.web.address import Address
from fervid.web.answers import application
from fervid.web.server import Page
from fervid.web.turns import Turns

pytestmark = pytest.mark.realtime


class Workshop(Closing):
    """A site whose work lasts until it is told to go on."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.begun = threading.Semaphore(0)
        self.released = threading.Event()
        self.at_work = self.most_at_work = self.entered = 0
        self.turns = Turns(3, self.released.set)
        self.app = application([Route("/", self.answer, methods=["POST"]), Route("/", lambda _: Response("here"))])

    async def answer(self, request: Request) -> Response:
        self.turns.enter()
        self.entered += 1
        try:
            body = await request.body()
            return PlainTextResponse(await self.turns.run(lambda: self.work(body)))
        finally:
            self.turns.leave()

    def work(self, body: bytes) -> bytes:
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        self.begun.release()
        self.go_on.wait(20)
        self.at_work -= 1
        if body == b"bad":
            raise SourceError("bad")
        return body

    def start(self) -> None:
        self.turns.begin()

    def close(self) -> None:
        self.turns.close()


@pytest.fixture
def workshop() -> Iterator[Workshop]:
    site = Workshop()
    yield site
    site.go_on.set()
    assert site.released.wait(5)


def test_one_piece_of_work_is_done_after_the_other(workshop: Workshop) -> None:
    workshop.go_on.set()
    with Page(workshop, Address(port=0)) as page, ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda text: httpx.post(page.url, content=text), ["a", "bad", "c"]))
    assert [(answer.status_code, answer.text) for answer in answers] == [
        (200, "a"),
        (422, '{"error":"bad"}'),
        (200, "c"),
    ]
    assert workshop.most_at_work == 1


def test_the_rest_is_told_to_come_back_and_everything_else_is_answered(workshop: Workshop) -> None:
    with Page(workshop, Address(port=0)) as page, ThreadPoolExecutor(3) as pool:
        working = [pool.submit(httpx.post, page.url, content="x", timeout=20) for _ in range(3)]
        deadline = time.monotonic() + 20
        while workshop.entered < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        refused = httpx.post(page.url, content="y", timeout=20)
        assert refused.status_code == 503
        assert refused.json() == {"error": "fervid is busy with 3 other pictures; send it again in a moment"}
        assert refused.headers["Retry-After"] == "2"
        assert httpx.get(page.url).text == "here"
        workshop.go_on.set()
        assert [one.result().text for one in working] == ["x"] * 3
        assert httpx.post(page.url, content="y").text == "y"


def test_the_end_waits_for_no_work_and_releases_what_it_uses_afterwards(workshop: Workshop) -> None:
    page = Page(workshop, Address(port=0))
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(httpx.post, page.url, content="x", timeout=20) for _ in range(2)]
        assert workshop.begun.acquire(timeout=5)
        begin = time.monotonic()
        page.close()
        assert time.monotonic() - begin < 3
        page.close()
        for one in working:
            assert one.result().json() == {"error": "fervid is shutting down; send it again when it runs"}
    assert not workshop.released.is_set()  # the work goes on with it


def test_without_work_it_is_released_at_once(workshop: Workshop) -> None:
    Page(workshop, Address(port=0)).close()
    assert workshop.released.is_set()


def test_one_who_breaks_off_gives_up_the_place(workshop: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    def endless() -> Iterator[bytes]:
        yield b"x"
        raise ConnectionError

    workshop.go_on.set()
    with Page(workshop, Address(port=0)) as page:
        for _ in range(10):
            with pytest.raises(ConnectionError):
                httpx.post(page.url, content=endless())
        deadline = time.monotonic() + 5
        while httpx.post(page.url, content="y").status_code == 503 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert httpx.post(page.url, content="y").text == "y"
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
