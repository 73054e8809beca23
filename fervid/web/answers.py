"""Responses that all sites share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from fervid import __version__
from fervid.core.emotions import UNCERTAIN, colour
from fervid.errors import FervidError, SourceError, UsageError
from fervid.run.option_flags import with_flags

_log = logging.getLogger(__name__)

_GOING_AWAY: Final = 1001

_STATUS: Final[dict[type[Exception], int]] = {UsageError: 400, SourceError: 422}

Talk = Coroutine[Any, Any, None]
"""A coroutine for one direction of a WebSocket."""


def application(routes: Sequence[BaseRoute]) -> Starlette:
    """Return an application whose errors are JSON: an object with the message for the user as `error`."""
    return Starlette(
        routes=routes,
        exception_handlers={
            FervidError: _failed,
            HTTPException: _refused,
            ClientDisconnect: _broken_off,
            Exception: _unexpected,
        },
    )


def error(status: int, line: str) -> Response:
    """Return an error response with one line for the user."""
    return JSONResponse({"error": printable(line)}, status)


def printable(name: str) -> str:
    """Return `name` with everything replaced that UTF-8 cannot encode, such as stray bytes in file names."""
    return name.encode(errors="replace").decode()


def setup(classes: Sequence[str], **more: Any) -> Mapping[str, Any]:
    """Return the facts that a page needs at the start: version, classes, colours (of uncertain faces too), `more`."""
    colours = {name: "#{:02x}{:02x}{:02x}".format(*colour(name)) for name in (*classes, UNCERTAIN)}
    return {"version": __version__, "classes": list(classes), "colours": colours, **more}


def attached(content: str | bytes, kind: str | None, name: str) -> Response:
    """Return content to be saved under `name`, which must be plain ASCII."""
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def body(request: Request, most: int) -> bytes | None:
    """Read the body of a request; return None, without reading on, once it is too large or announced to be.

    Args:
        request: The request.
        most: The largest size in bytes.
    """
    if int(request.headers.get("content-length", 0)) > most:
        return None
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            return None
    return bytes(content)


async def messages(socket: WebSocket) -> AsyncIterator[None]:
    """Yield None for each message that arrives, whatever its content, until the other side disconnects."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        yield


async def converse(socket: WebSocket, speaking: Talk, listening: Talk) -> None:
    """Send and receive on an accepted WebSocket until either is done or the other side disconnects; then close it."""
    tasks = {asyncio.ensure_future(speaking), asyncio.ensure_future(listening)}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    # Check both: when the other side disconnects, the task to be cancelled may have failed by itself.
    for failure in (task.exception() for task in tasks if not task.cancelled()):
        if failure is not None and not isinstance(failure, WebSocketDisconnect):
            _log.error("%s failed: %s: %s", socket.url.path, type(failure).__name__, failure)
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(WebSocketDisconnect):  # it disconnected first
            await socket.close(_GOING_AWAY)


async def _failed(_: Request, failure: Exception) -> Response:
    assert isinstance(failure, FervidError)
    return error(_STATUS.get(type(failure), 500), with_flags(failure))


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, HTTPException)
    answer = error(refusal.status_code, refusal.detail.lower())
    answer.headers.update(refusal.headers or {})
    return answer


async def _broken_off(_: Request, __: Exception) -> Response:
    return error(400, "the connection broke off before the whole request arrived")  # nobody receives it


async def _unexpected(request: Request, failure: Exception) -> Response:
    _log.error("%s %s failed: %s: %s", request.method, request.url.path, type(failure).__name__, failure)
    return error(500, f"unexpected {type(failure).__name__}; see the messages of fervid where it runs")
