"""Access control: on loopback only fervid's own pages, elsewhere only visitors with the token."""

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
    """ASGI middleware that refuses foreign requests and sets security headers.

    Without a token, ``Host`` must name loopback: a foreign site may point its name at 127.0.0.1 (DNS rebinding), but
    cannot hide that name. In any case, requests that change something and all WebSockets must come from a page of this
    host if they come from a page at all (cross-site request forgery).

    Args:
        app: The application to protect.
        token: The secret that visitors present, either as ``?token=`` in the address, which a visit of the page
            exchanges for a cookie, or as ``Authorization: Bearer``. None if only this machine can reach the page.
        cookie: The name of the cookie, which should differ between servers on the same host.
    """

    def __init__(self, app: ASGIApp, token: str | None = None, *, cookie: str = "fervid") -> None:
        self._app = app
        self._token = token
        self._cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or pass it on, as ASGI defines."""

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
        """Return the response that refuses a request or redirects it; None to pass it on."""
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
        # http.cookies would fail at cookies that other servers on this host may have set.
        carried = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        shown = [given, bearer if scheme.lower() == "bearer" else None, carried]
        if not any(_equal(one, token) for one in shown if one is not None):
            what = "This is not the token of this run" if given else "A token is needed here"
            answer = _refusal(401, f"{what}; open the address that fervid printed.")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        if given is not None and scope["type"] == "http" and scope["path"] == "/":
            answer = RedirectResponse("./", status_code=303)  # removes the token from the address bar and the history
            answer.set_cookie(self._cookie, token, httponly=True, samesite="strict")
            return answer
        return None


def _refusal(status: int, line: str) -> Response:
    return PlainTextResponse(line + "\n", status)


def _equal(one: str, other: str) -> bool:
    """Compare in constant time, so that timing reveals nothing about the token."""
    return hmac.compare_digest(one.encode(), other.encode())


def _name(host: str) -> str:
    """Return the name or address in a ``Host`` header, without port and brackets."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:  # brackets that do not close
        return ""


def _same_origin(origin: str | None, host: str) -> bool:
    """Return True if `origin` is a page of `host`, or None, as programs send it."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == host.lower() != ""
    except ValueError:
        return False
