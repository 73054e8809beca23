"""Who is let in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from web_lives import Looping, Served, grey, served
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from fervid.web.address import Address


@pytest.fixture
def here(tmp_path: Path):
    """A page for this machine alone."""
    with served(Looping(grey()), tmp_path) as page:
        yield page


@pytest.fixture
def everywhere(tmp_path: Path):
    """A page for all who have its token."""
    with served(Looping(grey()), tmp_path, address=Address("0.0.0.0", 0)) as page:
        yield page


def status(method: str, address: str, headers: Mapping[str, str] | None = None) -> int:
    return httpx.request(method, address, headers=headers).status_code


def ws_status(address: str, **headers: str) -> int:
    """101 where a WebSocket is accepted."""
    try:
        with connect(address, additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


class TestOnLoopback:
    def test_this_machine_needs_no_token(self, here: Served) -> None:
        assert here.page.token is None
        assert here.page.url == f"{here.http}/"
        assert status("GET", here.page.url) == 200
        assert status("GET", here.page.url.replace("127.0.0.1", "localhost")) == 200

    @pytest.mark.parametrize("host", ["evil.com", "evil.com:{port}", "127.0.0.1.evil.com", "192.168.1.5", "[", ""])
    def test_a_name_that_is_not_loopback_is_refused(self, here: Served, host: str) -> None:
        """As a page of the internet has it that lets its own name point to this machine."""
        named = {"Host": host.format(port=here.page.address.port)}
        assert status("GET", f"{here.http}/setup", named) in (400, 403)
        assert status("POST", f"{here.http}/pause", named) in (400, 403)
        assert not here.live.paused

    def test_pages_of_other_sites_give_no_orders_and_hear_nothing(self, here: Served) -> None:
        port = here.page.address.port
        for origin in (
            "http://evil.com",
            "null",
            f"http://127.0.0.1:{port + 1}",
            f"http://localhost:{port}",
            "http://[",
        ):
            answer = httpx.post(f"{here.http}/pause", headers={"Origin": origin})
            assert answer.status_code == 403
            assert answer.text == "This request came from another site's page; open the address that fervid printed.\n"
            assert ws_status(f"{here.ws}/readings", Origin=origin) == 403
        assert not here.live.paused
        assert status("POST", f"{here.http}/pause", {"Origin": here.http}) == 200
        assert ws_status(f"{here.ws}/readings", Origin=here.http) == 101
        assert here.live.paused

    def test_every_answer_keeps_the_page_to_itself(self, here: Served) -> None:
        for path in ("/", "/setup", "/live.js", "/nothing"):
            headers = httpx.get(f"{here.http}{path}").headers
            assert headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cache-Control"] == "no-store"
            assert "server" not in headers


class TestElsewhere:
    def test_without_the_token_there_is_nothing(self, everywhere: Served) -> None:
        for path in ("/", "/setup", "/style.css", "/nothing", "/?token=wrong", "/?token=", "/?token=%C3%A9"):
            answer = httpx.get(f"{everywhere.http}{path}")
            assert answer.status_code == 401, path
            assert answer.text.count("\n") == 1
            assert "open the address that fervid printed" in answer.text
        assert status("POST", f"{everywhere.http}/pause") == 401
        assert ws_status(f"{everywhere.ws}/readings") == 403
        assert ws_status(f"{everywhere.ws}/picture?token=wrong") == 403
        assert status("GET", f"{everywhere.http}/setup", {"Authorization": "Bearer wrong"}) == 401
        assert status("GET", f"{everywhere.http}/setup", {"Cookie": "a=b; ]="}) == 401

    def test_a_first_visit_exchanges_the_token_for_a_cookie(self, everywhere: Served) -> None:
        token = everywhere.page.token
        assert token is not None
        assert len(token) >= 32
        assert everywhere.page.url.endswith(f"/?token={token}")
        with httpx.Client() as visitor:
            answer = visitor.get(f"{everywhere.http}/?token={token}")
            assert answer.status_code == 303
            assert token not in answer.headers["Location"]
            assert {"httponly", "samesite=strict"} <= set(answer.headers["Set-Cookie"].lower().split("; "))
            assert visitor.get(f"{everywhere.http}/").status_code == 200
            assert visitor.post(f"{everywhere.http}/mirror").status_code == 200
            assert visitor.post(f"{everywhere.http}/mirror", headers={"Origin": "http://evil.com"}).status_code == 403
            cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        assert ws_status(f"{everywhere.ws}/readings", Cookie=cookies) == 101

    def test_cookies_of_other_servers_on_this_host_do_not_lock_out(self, everywhere: Served) -> None:
        port = everywhere.page.address.port
        cookies = f'settings={{"dark": true}}; broken; fervid-{port}={everywhere.page.token}'
        assert status("GET", f"{everywhere.http}/setup", {"Cookie": cookies}) == 200

    def test_programs_show_the_token_themselves(self, everywhere: Served) -> None:
        token = everywhere.page.token
        bearer = {"Authorization": f"Bearer {token}"}
        assert status("GET", f"{everywhere.http}/history", bearer) == 200
        assert status("GET", f"{everywhere.http}/history?token={token}") == 200
        assert ws_status(f"{everywhere.ws}/readings", **bearer) == 101
        assert ws_status(f"{everywhere.ws}/picture?token={token}") == 101

    def test_each_run_has_a_token_of_its_own(self, everywhere: Served, tmp_path: Path) -> None:
        with served(Looping(grey()), tmp_path, address=Address("0.0.0.0", 0)) as other:
            assert other.page.token != everywhere.page.token
