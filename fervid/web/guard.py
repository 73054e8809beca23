"""Who may see a page: on loopback its own browser pages alone, elsewhere those who have the token."""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fervid.web.address import is_loopback

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_READING: Final = {"GET", "HEAD"}


class Guard:
    """ASGI middleware that lets nobody else in, and sets the headers that keep a page to itself.

    Without a token, ``Host`` must name loopback: a page of the internet may let its own name point to 127.0.0.1 (DNS
    rebinding), but cannot hide that name. With or without, what changes something and every WebSocket must come from a
    page of this host, where it comes from a page at all (cross-site request forgery).

    Args:
        app: What is guarded.
        token: What visitors must show: as ``?token=`` in the address, which a visit of the page itself exchanges for a
            cookie, or as ``Authorization: Bearer``. None where only this machine can reach the page.
        cookie: The cookie's name, which should tell this server from another one on the same host.
    """

    def __init__(self, app: ASGIApp, token: str | None = None, *, cookie: str = "fervid") -> None:
        self._app = app
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or hand it on; see ASGI."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = self._answer(scope)
        if answer is None:
            await self._app(scope, receive, send_with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: 403
        else:
            await answer(scope, receive, send_with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """What to send instead of what is guarded; None to let it through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._token is None and not is_loopback(_name(host)):
            return _refusal(403, f"'{host}' is not a name of this machine; open the address that fervid printed.")
        changing = scope["type"] == "websocket" or scope["method"] not in _READING
        if changing and not _same_origin(headers.get("origin"), host):
            return _refusal(403, "This request came from another site's page; open the address that fervid printed.")
        return None if self._token is None else self._admission(scope, headers, self._token)

    def _admission(self, scope: Scope, headers: Headers, token: str) -> Response | None:
        given = QueryParams(scope["query_string"]).get("token")
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        # Not http.cookies, which gives up at what other servers of this host may have set.
        carried = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        shown = [given, bearer if scheme.lower() == "bearer" else None, carried]
        if not any(_equal(one, token) for one in shown if one is not None):
            what = "This is not the token of this run" if given else "A token is needed here"
            answer = _refusal(401, f"{what}; open the address that fervid printed.")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if given is not None and scope["type"] == "http" and scope["path"] == "/":
            answer = RedirectResponse("./", status_code=303)  # takes the token out of the address bar and the history
            answer.set_cookie(self._cookie, token, httponly=True, samesite="strict")
            return answer
        return None


def _refusal(status: int, line: str) -> Response:
    return PlainTextResponse(line + "\n", status)


def _equal(one: str, other: str) -> bool:
    """Compared in a time that does not tell where they begin to differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _name(host: str) -> str:
    """The name or address in a ``Host`` header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets that do not close
        return ""


def _same_origin(origin: str | None, host: str) -> bool:
    """Whether `origin` is a page of `host`; programs send none."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False
